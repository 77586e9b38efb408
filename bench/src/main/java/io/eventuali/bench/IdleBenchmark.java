package io.eventuali.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Memory that subscribers take who have nothing to read. */
final class IdleBenchmark implements Bench.Benchmark {
    private static final int[] SUBSCRIBERS = {1_000, 5_000};
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final byte[] REQUEST =
            "GET /v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void run(Options options, Report report) throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres)) {
            report.database(postgres);
            // Once to load and compile what a subscriber needs.
            connect(service, 200).close();
            long before = service.heapKib();
            report.add("heapKibWithout", before);
            report.add("residentKibWithout", service.residentKib());
            for (int subscribers : SUBSCRIBERS) {
                try (Crowd crowd = connect(service, subscribers)) {
                    double each = (double) (service.heapKib() - before) / subscribers;
                    report.add("heapKibEachWith" + subscribers, each);
                    report.add("residentKibWith" + subscribers, service.residentKib());
                    report.goal("subscribersIn30KibWith" + subscribers, 30 / each, 1);
                    crowd.drain();
                }
            }
        }
    }

    private static Crowd connect(EventualiService service, int subscribers) throws Exception {
        Crowd crowd =
                new Crowd(service.port(), subscribers, i -> REQUEST, (before, bytes, piece) -> Math.max(before, bytes));
        crowd.readTo(1, LIMIT);
        return crowd;
    }
}
