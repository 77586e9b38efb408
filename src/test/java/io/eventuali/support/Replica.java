package io.eventuali.support;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The packaged service as a process of its own: the jar, or the native executable where the build made one. */
public final class Replica implements AutoCloseable {
    /** Shared by all requests of a test; HTTP/1.1 with kept connections, like most clients. */
    public static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final String runner;
    private final String databaseUrl;
    private final List<String> archive;
    private final List<String> options;
    private final int port = Ports.free();
    private final Path log = Path.of("target", "replica-" + port + ".log");
    private Process process;

    private Replica(String runner, String databaseUrl, List<String> archive, List<String> options) {
        this.runner = runner;
        this.databaseUrl = databaseUrl;
        this.archive = archive;
        this.options = options;
        try {
            // Of an earlier run of the tests, in which another replica had the port.
            Files.deleteIfExists(log);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Starts a replica and waits until it is ready. Options are {@code -D…} settings. */
    public static Replica start(DatabaseServer database, String... options) {
        Replica replica = launch(database, options);
        replica.awaitReady();
        return replica;
    }

    /** Starts a replica without waiting. */
    public static Replica launch(DatabaseServer database, String... options) {
        return launch(database.url(), options);
    }

    /** Starts a replica without a configured database, without waiting. */
    public static Replica launchWithoutDatabase(String... options) {
        return launch((String) null, options);
    }

    /** Starts a replica on a database that is reached in another way, without waiting. */
    public static Replica launch(String databaseUrl, String... options) {
        return launch(System.getProperty("test.runner"), databaseUrl, options);
    }

    /** Starts a replica of another application than the service alone, and waits until it is ready. */
    public static Replica startJar(Path runner, DatabaseServer database, String... options) {
        Replica replica = launchJar(runner, database, options);
        replica.awaitReady();
        return replica;
    }

    /** Starts a replica of another application than the service alone, without waiting. */
    public static Replica launchJar(Path runner, DatabaseServer database, String... options) {
        return launch(runner.toString(), database.url(), options);
    }

    /** Starts a replica of another application on a database that is reached in another way, without waiting. */
    public static Replica launchJar(Path runner, String databaseUrl, String... options) {
        return launch(runner.toString(), databaseUrl, options);
    }

    private static Replica launch(String runner, String databaseUrl, String[] options) {
        List<String> archive = isJar(runner) ? ClassArchive.options(Path.of(runner)) : List.of();
        Replica replica = new Replica(runner, databaseUrl, archive, List.of(options));
        replica.run();
        return replica;
    }

    /** Starts a replica that writes a class archive when it ends, without waiting. */
    static Replica launchRecorded(Path runner, DatabaseServer database, String archiveOption) {
        Replica replica = new Replica(runner.toString(), database.url(), List.of(archiveOption), List.of());
        replica.run();
        return replica;
    }

    /** False for a native executable. */
    private static boolean isJar(String runner) {
        return runner.endsWith(".jar");
    }

    private void run() {
        boolean isJar = isJar(runner);
        List<String> command = new ArrayList<>();
        if (isJar) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            // Most replicas live for seconds: what the second compiler costs, it does not earn back.
            command.add("-XX:TieredStopAtLevel=1");
        } else {
            command.add(runner);
        }
        command.addAll(List.of("-Xmx256m", "-Dquarkus.http.port=" + port, "-Dquarkus.http.host=localhost"));
        if (options.stream().noneMatch(option -> option.startsWith("-Deventuali.security."))) {
            command.add("-Deventuali.security.enabled=false");
        }
        command.addAll(archive);
        command.addAll(options);
        if (isJar) {
            command.addAll(List.of("-jar", runner));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (databaseUrl == null) {
            builder.environment().remove("EVENTUALI_DATABASE_URL");
        } else {
            builder.environment().put("EVENTUALI_DATABASE_URL", databaseUrl);
        }
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        try {
            process = builder.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** {@code kill -9}. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** SIGSTOP: like a very long pause of the process, during which its connections stay open. */
    public void freeze() {
        signal("-STOP");
    }

    /** SIGCONT: goes on after {@link #freeze} as if nothing had happened. */
    public void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(pid())).start().waitFor();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts it again, on the same port, after {@link #kill}. */
    public void restart() {
        relaunch();
        awaitReady();
    }

    /** Starts it again without waiting. */
    public void relaunch() {
        run();
    }

    public void awaitReady() {
        await().atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException(
                                "replica ended with " + process.exitValue() + ", its last words:\n" + lastWords());
                    }
                    return status("/q/health/ready") == 200;
                });
    }

    /** Waits for the process to end by itself and returns its exit code. */
    public int awaitExit() {
        await().atMost(Duration.ofSeconds(60)).until(() -> !process.isAlive());
        return process.exitValue();
    }

    /** What the process has logged so far. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The end of the log, for a failure that must explain itself where only the test's output is kept. */
    private String lastWords() {
        List<String> lines = log().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public int port() {
        return port;
    }

    public URI uri(String path) {
        return URI.create("http://localhost:" + port + path);
    }

    /** Status of a GET, or -1 if there was no answer. */
    public int status(String path) {
        try {
            return HTTP.send(
                            HttpRequest.newBuilder(uri(path))
                                    .timeout(Duration.ofSeconds(5))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException noAnswer) {
            return -1;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    /** Body of a GET that must succeed. */
    public String get(String path) {
        try {
            HttpResponse<String> response =
                    HTTP.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + " answered " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Value of a metric without regard to its tags, summed over them. */
    public double metric(String name) {
        return get("/q/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public void close() {
        stop();
    }

    /** SIGTERM: asks it to stop, and returns at once. */
    public void terminate() {
        process.destroy();
    }

    /** Asks it to stop (SIGTERM) and waits until it has. */
    public void stop() {
        terminate();
        try {
            if (!process.waitFor(20, java.util.concurrent.TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
