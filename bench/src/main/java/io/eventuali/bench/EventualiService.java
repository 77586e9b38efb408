package io.eventuali.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The built service as a process of its own, without any option of the JVM. */
final class EventualiService implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path log;
    private final int port;
    private final Duration readyAfter;

    private EventualiService(Process process, Path log, int port, Duration readyAfter) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.readyAfter = readyAfter;
    }

    static EventualiService start(PostgresServer database) {
        return start(Map.of("EVENTUALI_DATABASE_URL", database.url()));
    }

    /** Starts it and returns when it reports itself ready. */
    static EventualiService start(Map<String, String> settings) {
        int port = Programs.freePort();
        try {
            Path log = Files.createTempFile("eventuali-bench", ".log");
            ProcessBuilder builder = new ProcessBuilder("java", "-jar", System.getProperty("bench.service"))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
            builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
            builder.environment().putAll(settings);
            long started = System.nanoTime();
            Process process = builder.start();
            while (!ready(port)) {
                Duration waited = Duration.ofNanos(System.nanoTime() - started);
                if (waited.compareTo(START_LIMIT) > 0 || !process.isAlive()) {
                    Programs.stop(process, "TERM");
                    throw new IllegalStateException("the service does not start:\n" + Files.readString(log));
                }
                Programs.pause(Duration.ofMillis(5));
            }
            return new EventualiService(process, log, port, Duration.ofNanos(System.nanoTime() - started));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static boolean ready(int port) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/q/health/ready")
                            .toURL()
                            .openConnection();
            connection.setReadTimeout(5_000);
            return connection.getResponseCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** From the start of the process to its first positive readiness answer. */
    Duration readyAfter() {
        return readyAfter;
    }

    /** Resident memory of the Java process. */
    long residentKib() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
            throw new IllegalStateException("no VmRSS in /proc/" + process.pid() + "/status");
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    @Override
    public void close() {
        Programs.stop(process, "TERM");
        try {
            Files.delete(log);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
