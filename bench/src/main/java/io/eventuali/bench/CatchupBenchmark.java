package io.eventuali.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.postgresql.PGConnection;

/**
 * One subscriber that replays the whole log over SSE, then 50 at once, which should read each page of the database once; for
 * orientation, the time of COPY for the same rows.
 */
final class CatchupBenchmark implements Bench.Benchmark {
    private static final int STREAMS = 500;
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @Override
    public void run(Options options, Report report) throws IOException, SQLException {
        int rounds = options.rounds(5);
        int events = options.events();
        double[] replay = new double[rounds];
        double[] copy = new double[rounds];
        try (PostgresServer postgres = PostgresServer.start()) {
            report.database(postgres);
            // The schema is the service's own; the events are put behind its back, which is quicker than appending
            // them.
            EventualiService.start(postgres).close();
            fill(postgres, events);
            postgres.checkLog();
            try (EventualiService service = EventualiService.start(postgres)) {
                report.add("firstReplayPerSecond", replay(service, events));
                for (int round = 0; round < rounds; round++) {
                    replay[round] = replay(service, events);
                    copy[round] = copy(postgres, events);
                    System.out.printf(
                            Locale.ROOT,
                            "round %d: %.0f events/s replayed, %.0f rows/s copied%n",
                            round + 1,
                            replay[round],
                            copy[round]);
                }
                many(service, options.subscribers(50), events, report);
                report.add("residentKibAfter", service.residentKib());
            }
        }
        report.add("events", events);
        report.add("replayPerSecond", replay);
        report.add("copyPerSecond", copy);
        report.add("copyMedian", Report.median(copy));
        report.add("ratioToCopy", Report.median(replay) / Report.median(copy));
        report.goal("replayMedian", Report.median(replay), 100_000);
    }

    static void fill(PostgresServer postgres, int events) {
        String[] data = SampleEvent.data(0, 0).split("0{16}");
        postgres.execute("""
            INSERT INTO stream (stream_id, aggregate_type, aggregate_id)
            SELECT n, 'Order', 'order-' || n FROM generate_series(1, least(%1$d, %2$d)) AS n;
            INSERT INTO events (global_position, stream_id, stream_position, recorded_at, event_id,
                                aggregate_type, aggregate_id, event_type, data, metadata)
            SELECT n, 1 + (n - 1) %% %1$d, 1 + (n - 1) / %1$d,
                   timestamptz '2026-01-01 00:00:00Z' + n * interval '1 millisecond', gen_random_uuid(),
                   'Order', 'order-' || (1 + (n - 1) %% %1$d), '%3$s',
                   '%4$s' || lpad(n::text, 16, '0') || '%5$s', '{}'
              FROM generate_series(1, %2$d) AS n;
            """.formatted(STREAMS, events, SampleEvent.TYPE, data[0], data[1]));
        postgres.execute("VACUUM (ANALYZE) events");
    }

    private static double replay(EventualiService service, int events) throws IOException {
        long started = System.nanoTime();
        try (SseReader reader = new SseReader(service.port(), 0)) {
            reader.readToCaughtUp((bytes, from, to) -> {});
            if (reader.last() != events) {
                throw new IllegalStateException("caught up at " + reader.last() + " of " + events);
            }
        }
        return events * 1e9 / (System.nanoTime() - started);
    }

    /** One and many by the same reader, in turns. */
    private static void many(EventualiService service, int subscribers, int events, Report report) throws IOException {
        int rounds = 3;
        double[] alone = new double[rounds];
        double[] together = new double[rounds];
        double[] reads = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            alone[round] = seconds(service, 1, events);
            double before = service.metric("eventuali_page_cache_reads_total");
            together[round] = seconds(service, subscribers, events);
            reads[round] = service.metric("eventuali_page_cache_reads_total") - before;
            System.out.printf(
                    Locale.ROOT,
                    "round %d: one %.1f s, %d together %.1f s, %.0f pages read%n",
                    round + 1,
                    alone[round],
                    subscribers,
                    together[round],
                    reads[round]);
        }
        report.add("secondsAlone", alone);
        report.add("secondsWith" + subscribers, together);
        report.add("pageReadsWith" + subscribers, reads);
        report.add("deliveredPerSecondWith" + subscribers, subscribers * events / Report.median(together));
        double times = Report.median(together) / Report.median(alone);
        report.add("timesOfOneWith" + subscribers, times);
        report.goal("inverseOfTimesOfOneWith" + subscribers, 1 / times, 1 / 5.0);
    }

    private static double seconds(EventualiService service, int subscribers, int events) throws IOException {
        byte[] request = "GET /v1/events/stream?from=start HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        long started = System.nanoTime();
        try (Crowd crowd = new Crowd(service.port(), subscribers, i -> request, Crowd::lastId)) {
            crowd.readTo(events, LIMIT);
        }
        return (System.nanoTime() - started) / 1e9;
    }

    private static double copy(PostgresServer postgres, int events) throws SQLException, IOException {
        try (Connection connection = postgres.connect()) {
            long started = System.nanoTime();
            long rows = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY events TO STDOUT", OutputStream.nullOutputStream());
            if (rows != events) {
                throw new IllegalStateException("COPY gave " + rows + " rows");
            }
            return events * 1e9 / (System.nanoTime() - started);
        }
    }
}
