package io.eventuali.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.Tool;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients that generators make of the OpenAPI document compile as they come, and work against the service. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class GeneratedClientsIT {
    private static final Path PROGRAMS = Path.of("src/test/clients");
    private static final Path GENERATED = Path.of("target/clients");
    private static final Path TOOLS = Path.of("target/tools");

    private static DatabaseServer database;
    private static Replica replica;

    @BeforeAll
    static void start() throws IOException {
        generate();
        database = new DatabaseServer();
        replica = Replica.start(database);
    }

    @AfterAll
    static void stop() {
        replica.close();
        database.close();
    }

    /** All of them in one process, with the settings beside the program that uses the client. */
    private static void generate() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Tool.java(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                TOOLS.resolve("openapi-generator-cli.jar").toString(),
                "batch",
                "--fail-fast"));
        try (Stream<Path> programs = Files.list(PROGRAMS)) {
            programs.map(program -> program.resolve("generator.yaml"))
                    .filter(Files::exists)
                    .map(Path::toString)
                    .sorted()
                    .forEach(command::add);
        }
        String output = Tool.run(Path.of("."), command.toArray(String[]::new));
        assertThat(output).contains("generators successfully").doesNotContain("[ERROR]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java-native", "java-okhttp"})
    void java(String client) throws IOException {
        String libraries = libraries();
        Path classes = Files.createDirectories(GENERATED.resolve(client).resolve("classes"));
        List<String> arguments =
                new ArrayList<>(List.of("-proc:none", "-nowarn", "-cp", libraries, "-d", classes.toString()));
        try (Stream<Path> sources = Files.walk(GENERATED.resolve(client).resolve("src/main/java"))) {
            sources.map(Path::toString).filter(path -> path.endsWith(".java")).forEach(arguments::add);
        }
        assertThat(ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(System.out, System.err, arguments.toArray(String[]::new)))
                .isZero();

        uses(
                Path.of("."),
                Tool.java(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-cp",
                classes + File.pathSeparator + libraries,
                PROGRAMS.resolve(client).resolve("UseClient.java").toString(),
                address(),
                client);
    }

    @Test
    void typescript_fetch() throws IOException {
        Path directory = copyOfProgram(Tool.nodePackages(), "typescript-fetch");
        copy(GENERATED.resolve("typescript-fetch"), directory.resolve("client"));
        Tool.run(directory, "../node_modules/.bin/tsc");

        uses(directory, "node", "build/use-client.js", address(), "typescript-fetch");
    }

    @Test
    void openapi_typescript_with_openapi_fetch() throws IOException {
        Path directory = copyOfProgram(Tool.nodePackages(), "openapi-fetch");
        Tool.run(
                directory,
                "../node_modules/.bin/openapi-typescript",
                Path.of("docs/openapi.yaml").toAbsolutePath().toString(),
                "--output",
                "schema.d.ts");
        Tool.run(directory, "../node_modules/.bin/tsc");

        uses(directory, "node", "build/use-client.js", address(), "openapi-fetch");
    }

    @Test
    void python() {
        Optional<String> python = Stream.of("python3", "/usr/bin/python3")
                .filter(GeneratedClientsIT::hasPythonLibraries)
                .findFirst();
        assumeTrue(python.isPresent(), "needs Python with pydantic 2, urllib3, dateutil and typing_extensions");
        Path generated = GENERATED.resolve("python").toAbsolutePath();
        Tool.run(generated, python.get(), "-m", "compileall", "-q", "eventuali_client");

        uses(
                Path.of("."),
                Map.of("PYTHONPATH", generated.toString()),
                python.get(),
                PROGRAMS.resolve("python/use_client.py").toString(),
                address(),
                "python");
    }

    private static boolean hasPythonLibraries(String python) {
        return Tool.succeeds(
                python,
                "-c",
                "import pydantic, urllib3, dateutil, typing_extensions; assert int(pydantic.VERSION.split('.')[0]) >= 2");
    }

    @Test
    void go() throws IOException {
        assumeTrue(Tool.succeeds("go", "version"), "needs a Go compiler");
        Path generated = GENERATED.resolve("go").toAbsolutePath();
        Files.createDirectories(generated.resolve("use"));
        Files.copy(
                PROGRAMS.resolve("go/main.go"), generated.resolve("use/main.go"), StandardCopyOption.REPLACE_EXISTING);
        // The generator names the newest language, and modules that this client does not need.
        Tool.run(generated, "go", "mod", "edit", "-go=1.18");
        Files.deleteIfExists(generated.resolve("go.sum"));
        Map<String, String> alone = Map.of("GOFLAGS", "-mod=mod", "GOPROXY", "off", "GOTOOLCHAIN", "local");
        Tool.run(generated, alone, "go", "build", "-o", "use/use", "./use");

        uses(generated, "use/use", address(), "go");
    }

    private static String address() {
        return replica.uri("").toString();
    }

    private static void uses(Path directory, String... command) {
        uses(directory, Map.of(), command);
    }

    private static void uses(Path directory, Map<String, String> environment, String... command) {
        assertThat(Tool.run(directory, environment, command)).isEqualTo("""
                appended, at 2
                read UserRegistered Ada at 1, next 2
                read UserVerified of CloudEvents 1.0
                refused 412 /problems/version-conflict, expected 1, actual 2
                appended to 2
                registered 2
                """);
    }

    private static Path copyOfProgram(Path nodePackages, String name) throws IOException {
        Path directory = nodePackages.resolve("client-" + name);
        copy(PROGRAMS.resolve(name), directory);
        return directory;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** What the generated clients need: the libraries of the tests, and two more. */
    private static String libraries() throws IOException {
        try (Stream<Path> more = Files.list(TOOLS.resolve("client-libraries"))) {
            return more.map(Path::toString)
                    .reduce(System.getProperty("java.class.path"), (all, one) -> all + File.pathSeparator + one);
        }
    }
}
