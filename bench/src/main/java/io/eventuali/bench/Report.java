package io.eventuali.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a benchmark found: printed as it comes, written to results/{name}.json at the end. */
final class Report {
    private final String name;
    private final Map<String, Object> members = new LinkedHashMap<>();

    Report(String name) {
        this.name = name;
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("cpu", firstMatch(Path.of("/proc/cpuinfo"), "model name"));
        machine.put("loadBefore", firstLine(Path.of("/proc/loadavg")));
        machine.put("java", System.getProperty("java.runtime.version"));
        members.put("benchmark", name);
        members.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        members.put("machine", machine);
    }

    void database(PostgresServer server) {
        add("postgresql", server.text("SHOW server_version"));
        for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            if (!server.text("SHOW " + setting).equals("on")) {
                throw new IllegalStateException(setting + " is off");
            }
        }
    }

    /** A finding: a number, a text, or an array of numbers. */
    void add(String key, Object value) {
        members.put(key, value);
        System.out.printf(Locale.ROOT, "%-34s %s%n", key, json(value));
    }

    /** A ratio and whether it reaches what it should. */
    void goal(String key, double value, double atLeast) {
        members.put(key, value);
        members.put(key + "Goal", atLeast);
        System.out.printf(
                Locale.ROOT,
                "%-34s %.2f (goal: at least %s): %s%n",
                key,
                value,
                json(atLeast),
                value >= atLeast ? "reached" : "NOT REACHED");
    }

    void write() {
        Path file = Path.of(System.getProperty("bench.home"), "results", name + ".json");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, json(members) + "\n");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        System.out.println("written to " + file);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String json(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> json(entry.getKey()) + ":" + json(entry.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof double[] numbers) {
            return Arrays.stream(numbers).mapToObj(Report::json).collect(Collectors.joining(",", "[", "]"));
        }
        if (value instanceof Double number) {
            return String.format(Locale.ROOT, Math.abs(number) >= 1_000 ? "%.0f" : "%.3f", number);
        }
        if (value instanceof Number number) {
            return number.toString();
        }
        return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String firstLine(Path file) {
        try {
            return Files.readAllLines(file).get(0);
        } catch (IOException notLinux) {
            return "unknown";
        }
    }

    private static String firstMatch(Path file, String key) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException notLinux) {
            return "unknown";
        }
    }
}
