package io.eventuali.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** 5,000 subscribers come back at once, some events behind: where the live buffer still holds their place, and where it does not. */
final class StormBenchmark implements Bench.Benchmark {
    private static final int BEHIND = 2_000;
    private static final int SPREAD = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final byte[] CAUGHT_UP = "event: caught-up".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void run(Options options, Report report) throws Exception {
        int rounds = options.rounds(3);
        int subscribers = options.subscribers(5_000);
        report.add("subscribers", subscribers);
        report.add("eventsBehind", BEHIND + " to " + (BEHIND + SPREAD));
        run("Memory", Map.of(), subscribers, rounds, report);
        run("Database", Map.of("EVENTUALI_STREAMER_CAPACITY", "512"), subscribers, rounds, report);
    }

    private static void run(String name, Map<String, String> settings, int subscribers, int rounds, Report report)
            throws Exception {
        double[] seconds = new double[rounds];
        double[] reads = new double[rounds];
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres, settings);
                Publisher publisher = new Publisher(service.port())) {
            report.database(postgres);
            byte[] append = Publisher.append("order-1", 100);
            for (int round = -1; round < rounds; round++) {
                // New history each time, so that nothing of it is in memory but what the service keeps by itself.
                for (int i = 0; i < (BEHIND + SPREAD) / 100; i++) {
                    publisher.send(append);
                    publisher.answer();
                }
                long head = service.position();
                double before = service.metric("eventuali_page_cache_reads_total");
                long started = System.nanoTime();
                try (Crowd crowd = new Crowd(
                        service.port(),
                        subscribers,
                        i -> ("GET /v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: "
                                        + (head - BEHIND - i % SPREAD) + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII),
                        (seen, bytes, piece) -> Crowd.endHolds(piece, CAUGHT_UP)
                                ? head + 1
                                : Math.min(head, Crowd.lastId(seen, bytes, piece)))) {
                    crowd.readTo(head + 1, LIMIT);
                    if (round >= 0) {
                        seconds[round] = (System.nanoTime() - started) / 1e9;
                    }
                }
                if (round >= 0) {
                    reads[round] = service.metric("eventuali_page_cache_reads_total") - before;
                    System.out.printf(
                            Locale.ROOT,
                            "from %s, round %d: %.2f s, %.0f pages read%n",
                            name.toLowerCase(Locale.ROOT),
                            round + 1,
                            seconds[round],
                            reads[round]);
                }
            }
        }
        report.add("secondsFrom" + name, seconds);
        report.add("pageReadsFrom" + name, reads);
        report.goal("stormsPerTenSecondsFrom" + name, 10 / Report.median(seconds), 1);
    }
}
