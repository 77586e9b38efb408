package io.eventuali.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * The history of one aggregate of two events, and of a type of 1,000, in a long log and in one of a twentieth of it: time to {@code caught-up},
 * to the answer of a page, and to the end of an export; against a filter that no index helps, which reads all of the log. Then a filter that
 * most events pass, against none.
 */
final class HistoryBenchmark implements Bench.Benchmark {
    private static final int SMALL = 20;
    private static final int OF_TYPE = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(15);

    @Override
    public void run(Options options, Report report) throws Exception {
        int rounds = options.rounds(5);
        int large = options.events();
        int small = large / SMALL;
        report.add("events", large);
        try (PostgresServer postgres = PostgresServer.start()) {
            report.database(postgres);
            EventualiService.start(postgres).close();
            fill(postgres, 0, small, "small");
            measure(postgres, "small", small, rounds, report);
            fill(postgres, small, large, "large");
            measure(postgres, "large", large, rounds, report);
        }
    }

    /** Ten aggregate types of two event types each, in streams of ten events and of one; what is looked for is in place of some of the latter. */
    private static void fill(PostgresServer postgres, int from, int to, String name) {
        int step = (to - from) / OF_TYPE;
        String[] data = SampleEvent.data(0, 0).split("0{16}");
        long started = System.nanoTime();
        postgres.execute("""
            INSERT INTO events (global_position, stream_id, stream_position, recorded_at, event_id,
                                aggregate_type, aggregate_id, event_type, data, metadata)
            SELECT n,
                   CASE WHEN n = %4$d THEN %3$d WHEN n %% 10 = 0 THEN n ELSE (n - 1) / 100 * 100 + n %% 10 END,
                   CASE WHEN n = %4$d THEN 2 WHEN n %% 10 = 0 THEN 1 ELSE (n - 1) %% 100 / 10 + 1 END,
                   timestamptz '2026-01-01 00:00:00Z' + n * interval '1 millisecond', gen_random_uuid(),
                   CASE WHEN n IN (%3$d, %4$d) THEN 'Chat' WHEN n %% %5$d = 0 THEN 'Refund' ELSE 'Type' || n %% 10 END,
                   CASE WHEN n IN (%3$d, %4$d) THEN 'run-%6$s' WHEN n %% 10 = 0 THEN 'one-' || n ELSE 'a-' || (n - 1) / 100 END,
                   CASE WHEN n IN (%3$d, %4$d) THEN 'Said' WHEN n %% %5$d = 0 THEN 'Refund%6$s' ELSE 'Common' || n %% 20 END,
                   '%7$s' || lpad(n::text, 16, '0') || '%8$s', '{}'
              FROM generate_series(%1$d + 1, %2$d) AS n;
            INSERT INTO stream (stream_id, aggregate_type, aggregate_id)
            SELECT stream_id, aggregate_type, aggregate_id FROM events WHERE global_position > %1$d AND stream_position = 1
            ON CONFLICT DO NOTHING;
            """.formatted(
                from, to, from + (to - from) / 4 + 10, from + (to - from) / 4 * 3 + 10, step, name, data[0], data[1]));
        // The projection that comes with the service would go over all of it meanwhile.
        postgres.execute("UPDATE projection SET position = " + to);
        postgres.execute("VACUUM (ANALYZE) events");
        postgres.execute("VACUUM (ANALYZE) stream");
        postgres.checkLog();
        System.out.printf(Locale.ROOT, "%d events put in %.0f s%n", to - from, (System.nanoTime() - started) / 1e9);
    }

    private static void measure(PostgresServer postgres, String name, int events, int rounds, Report report)
            throws Exception {
        try (EventualiService service = EventualiService.start(postgres)) {
            long started = System.nanoTime();
            while (service.metric("eventuali_log_index_position") + 4_096 < events) {
                Programs.pause(Duration.ofMillis(100));
                if (System.nanoTime() - started > LIMIT.toNanos()) {
                    throw new IllegalStateException("the index does not come to the head");
                }
            }
            report.add(name + "SecondsToIndex", (System.nanoTime() - started) / 1e9);
            report.add(
                    name + "IndexBytesAnEvent",
                    postgres.number("SELECT pg_total_relation_size('kind_positions')") / (double) events);
            String aggregate = "aggregateType=Chat&aggregateId=run-" + name;
            String type = "eventType=Refund" + name;
            kinds(service, name + "Aggregate", aggregate, 2, rounds, report);
            kinds(service, name + "Id", "aggregateId=run-" + name, 2, rounds, report);
            kinds(service, name + "Type", type, OF_TYPE, rounds, report);
            kinds(service, name + "Prefix", "eventType=Refund" + name.charAt(0) + "*", OF_TYPE, rounds, report);
            double scan = seconds(service, "/v1/events/stream?from=start&aggregateId=*none", 0);
            report.add(name + "FullScanSeconds", scan);
            int last = Math.min(events, 1_000_000);
            double[] all = new double[rounds];
            double[] most = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                all[round] = last / seconds(service, "/v1/events/stream?from=" + (events - last), -1);
                most[round] =
                        last / seconds(service, "/v1/events/stream?eventType=Common*&from=" + (events - last), -1);
            }
            report.add(name + "ReplayedPerSecond", all);
            report.add(name + "ReplayedPerSecondBehindFilter", most);
            report.goal(name + "RatioBehindFilter", Report.median(most) / Report.median(all), 0.9);
        }
    }

    private static void kinds(
            EventualiService service, String name, String filter, int events, int rounds, Report report)
            throws IOException {
        double[] stream = new double[rounds];
        double[] page = new double[rounds];
        double[] export = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            stream[round] = 1e3 * seconds(service, "/v1/events/stream?from=start&" + filter, events);
            page[round] = 1e3 * seconds(service, "/v1/events?limit=1000&" + filter, events);
            export[round] = 1e3 * seconds(service, "/v1/events?limit=1000000&ndjson&" + filter, events);
        }
        report.add(name + "CaughtUpMillis", stream);
        report.add(name + "PageMillis", page);
        report.add(name + "ExportMillis", export);
    }

    /** Time of a request to its end, or to {@code caught-up}, by a connection of its own. */
    private static double seconds(EventualiService service, String target, int events) throws IOException {
        boolean stream = target.contains("/stream");
        boolean export = target.contains("&ndjson&");
        String accept = stream ? "text/event-stream" : export ? "application/x-ndjson" : "application/json";
        String path = target.replace("&ndjson", "");
        long started = System.nanoTime();
        try (Socket socket = new Socket("127.0.0.1", service.port())) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: " + accept
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            int found = read(socket.getInputStream(), stream);
            if (events >= 0 && found != events) {
                throw new IllegalStateException(path + " gave " + found + " events, not " + events);
            }
        }
        return (System.nanoTime() - started) / 1e9;
    }

    /** Counts events up to {@code caught-up}, or to the end. */
    private static int read(InputStream in, boolean stream) throws IOException {
        byte[] event = "\"eventId\":".getBytes(StandardCharsets.US_ASCII);
        byte[] end = "event: caught-up".getBytes(StandardCharsets.US_ASCII);
        byte[] buffer = new byte[1 << 16];
        int events = 0;
        int ofEvent = 0;
        int ofEnd = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            for (int i = 0; i < read; i++) {
                byte at = buffer[i];
                ofEvent = at == event[ofEvent] ? ofEvent + 1 : at == event[0] ? 1 : 0;
                ofEnd = at == end[ofEnd] ? ofEnd + 1 : at == end[0] ? 1 : 0;
                if (ofEvent == event.length) {
                    events++;
                    ofEvent = 0;
                }
                if (ofEnd == end.length) {
                    return events;
                }
            }
        }
        if (stream) {
            throw new EOFException("the stream ended before it had caught up");
        }
        return events;
    }
}
