package io.eventuali.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Time from the start of the process to its first positive readiness answer, and what it occupies when nothing happens. */
final class StartupBenchmark implements Bench.Benchmark {
    @Override
    public void run(Options options, Report report) throws IOException {
        Duration idle = options.turn(10);
        int rounds = options.rounds(5);
        try (PostgresServer postgres = PostgresServer.start()) {
            report.database(postgres);
            measure(report, "external", Map.of("EVENTUALI_DATABASE_URL", postgres.url()), rounds, idle);
        }
        // The service's own user has to own it.
        Path directory = Files.createTempDirectory("eventuali-bench-embedded");
        try {
            Map<String, String> embedded = Map.of(
                    "EVENTUALI_EMBEDDED_POSTGRES_ENABLED",
                    "true",
                    "EVENTUALI_EMBEDDED_POSTGRES_DIRECTORY",
                    directory.toString());
            measure(report, "embedded", embedded, rounds, idle);
        } finally {
            Programs.deleteTree(directory);
        }
    }

    private static void measure(Report report, String name, Map<String, String> settings, int rounds, Duration idle) {
        double[] again = new double[rounds];
        double[] resident = new double[rounds];
        try (EventualiService first = EventualiService.start(settings)) {
            report.add(name + "FirstStartMillis", first.readyAfter().toMillis());
        }
        for (int round = 0; round < rounds; round++) {
            try (EventualiService service = EventualiService.start(settings)) {
                again[round] = service.readyAfter().toMillis();
                Programs.pause(idle);
                resident[round] = service.residentKib() / 1024.0;
            }
        }
        report.add(name + "StartMillis", again);
        report.add(name + "StartMillisMedian", Report.median(again));
        report.add(name + "IdleResidentMib", resident);
        report.add(name + "IdleResidentMibMedian", Report.median(resident));
    }
}
