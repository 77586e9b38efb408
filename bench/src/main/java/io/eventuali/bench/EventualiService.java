package io.eventuali.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The built service as a process of its own, without any option of the JVM. */
final class EventualiService implements AutoCloseable {
    private static final Pattern POSITION = Pattern.compile("\"globalPosition\":(\\d+)");
    private static final Pattern HEAP = Pattern.compile("used (\\d+)K");
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration SETTLE_LIMIT = Duration.ofMinutes(3);

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

    /** Starts it with further settings, given as environment variables. */
    static EventualiService start(PostgresServer database, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("EVENTUALI_DATABASE_URL", database.url());
        return start(all);
    }

    /** Starts an application that has the service in it. */
    static EventualiService startJar(Path runner, PostgresServer database) {
        return startJar(runner, database, Map.of());
    }

    /** Starts an application that has the service in it, with further settings, given as environment variables. */
    static EventualiService startJar(Path runner, PostgresServer database, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("EVENTUALI_DATABASE_URL", database.url());
        return start(runner.toString(), all);
    }

    /** Starts it and returns when it reports itself ready. */
    static EventualiService start(Map<String, String> settings) {
        return start(System.getProperty("bench.service"), settings);
    }

    private static EventualiService start(String runner, Map<String, String> settings) {
        int port = Programs.freePort();
        try {
            Path log = Files.createTempFile("eventuali-bench", ".log");
            ProcessBuilder builder = new ProcessBuilder("java", "-jar", runner)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
            builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
            // A process of its own runs in production, where security is on unless it is said otherwise.
            builder.environment().put("EVENTUALI_SECURITY_ENABLED", "false");
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

    /** Global position of the newest event. */
    long position() {
        Matcher position = POSITION.matcher(get("/v1/position"));
        if (!position.find()) {
            throw new IllegalStateException("no position");
        }
        return Long.parseLong(position.group(1));
    }

    /** Value of a metric without tags. */
    double metric(String name) {
        return get("/q/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no metric " + name));
    }

    /** Returns when the projections have come to the end of the log, so that the next turn does not pay for this one's events. */
    void settle() {
        long began = System.nanoTime();
        while (get("/q/metrics")
                .lines()
                .filter(line -> line.startsWith("eventuali_projection_lag_events{"))
                .anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)) > 0)) {
            if (System.nanoTime() - began > SETTLE_LIMIT.toNanos()) {
                throw new IllegalStateException(
                        "projections have not come to the end of the log within " + SETTLE_LIMIT);
            }
            Programs.pause(Duration.ofMillis(200));
        }
    }

    private String get(String path) {
        try (InputStream body = URI.create(url() + path).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Processor time that the Java process has used. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** Heap in use after a full collection. */
    long heapKib() {
        String pid = Long.toString(process.pid());
        Programs.output(Duration.ofSeconds(30), List.of("jcmd", pid, "GC.run"));
        String info = Programs.output(Duration.ofSeconds(30), List.of("jcmd", pid, "GC.heap_info"));
        Matcher used = HEAP.matcher(info);
        if (!used.find()) {
            throw new IllegalStateException("unknown form of " + info);
        }
        return Long.parseLong(used.group(1));
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

    /** Asks it to stop, waits until it has, and returns how long that took. */
    Duration stop() {
        long asked = System.nanoTime();
        Programs.stop(process, "TERM");
        return Duration.ofNanos(System.nanoTime() - asked);
    }

    @Override
    public void close() {
        stop();
        try {
            Files.delete(log);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
