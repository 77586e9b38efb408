package io.eventuali.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * A document projection over the whole log, checkpoint included: the one that comes with the service, over a log with 100
 * aggregate types and 100 event types, which makes 10,000 documents. Against it, one connection that merely reads the log.
 * Then the time from an append to the document that has it.
 */
final class ProjectionBenchmark implements Bench.Benchmark {
    private static final int TYPES = 100;
    private static final int PAGE = 2_048;
    private static final int LIVE_APPENDS = 1_000;
    private static final String PROJECTION = "/v1/projections/event-statistics";
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    public void run(Options options, Report report) throws IOException, SQLException, InterruptedException {
        int rounds = options.rounds(5);
        int events = options.events();
        double[] projected = new double[rounds];
        double[] read = new double[rounds];
        try (PostgresServer postgres = PostgresServer.start()) {
            report.database(postgres);
            EventualiService.start(postgres).close();
            fill(postgres, events);
            postgres.checkLog();
            try (EventualiService service = EventualiService.start(postgres)) {
                await(postgres, events);
                long before = service.residentKib();
                for (int round = 0; round < rounds; round++) {
                    Duration processor = service.processorTime();
                    projected[round] = project(service, postgres, events);
                    processor = service.processorTime().minus(processor);
                    read[round] = read(postgres, events);
                    System.out.printf(
                            Locale.ROOT,
                            "round %d: %.0f events/s projected (%.1f us of the service's processor time each), %.0f merely read%n",
                            round + 1,
                            projected[round],
                            processor.toNanos() / 1e3 / events,
                            read[round]);
                }
                report.add("residentKibBefore", before);
                report.add("residentKibAfter", service.residentKib());
                live(service, report);
            }
        }
        report.add("events", events);
        report.add("documents", TYPES * TYPES);
        report.add("projectedPerSecond", projected);
        report.add("readPerSecond", read);
        report.add("ratioToRead", Report.median(projected) / Report.median(read));
        report.goal("projectedMedian", Report.median(projected), 78_000);
    }

    private static void fill(PostgresServer postgres, int events) {
        String[] data = SampleEvent.data(0, 0).split("0{16}");
        postgres.execute("""
                INSERT INTO stream (stream_id, aggregate_type, aggregate_id)
                SELECT n, 'Type-' || n, 'one' FROM generate_series(1, least(%1$d, %2$d)) AS n;
                INSERT INTO events (global_position, stream_id, stream_position, recorded_at, event_id,
                                    aggregate_type, aggregate_id, event_type, data, metadata)
                SELECT n, 1 + (n - 1) %% %1$d, 1 + (n - 1) / %1$d,
                       timestamptz '2026-01-01 00:00:00Z' + n * interval '1 millisecond', gen_random_uuid(),
                       'Type-' || (1 + (n - 1) %% %1$d), 'one', 'Event-' || (1 + (n - 1) / %1$d %% %1$d),
                       '%3$s' || lpad(n::text, 16, '0') || '%4$s', '{}'
                  FROM generate_series(1, %2$d) AS n;
                UPDATE log_head SET position = %2$d, recorded_at = (SELECT max(recorded_at) FROM events);
                """.formatted(TYPES, events, data[0], data[1]));
        postgres.execute("VACUUM (ANALYZE) events");
    }

    private double project(EventualiService service, PostgresServer postgres, int events)
            throws IOException, SQLException, InterruptedException {
        postgres.execute("CHECKPOINT");
        long started = System.nanoTime();
        send(service, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.noBody()), PROJECTION + "/reset");
        await(postgres, events);
        double seconds = (System.nanoTime() - started) / 1e9;
        check(postgres, events);
        return events / seconds;
    }

    private static void await(PostgresServer postgres, long position) throws SQLException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (Connection connection = postgres.connect();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT position FROM projection WHERE name = 'event-statistics' AND serving")) {
            while (true) {
                try (ResultSet rows = query.executeQuery()) {
                    if (rows.next() && rows.getLong(1) >= position) {
                        return;
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("the projection does not come to " + position);
                }
                Programs.pause(Duration.ofMillis(10));
            }
        }
    }

    private static void check(PostgresServer postgres, int events) {
        String counted = postgres.text("""
                SELECT count(*) || ' ' || sum((state::jsonb ->> 'count')::bigint)
                  FROM projection_state JOIN projection USING (generation)
                 WHERE projection.name = 'event-statistics' AND serving
                """);
        String expected = Math.min(events, TYPES * TYPES) + " " + events;
        if (!counted.equals(expected)) {
            throw new IllegalStateException("documents and events are " + counted + ", not " + expected);
        }
    }

    /** Pages of the log by one connection, every column of every row taken out. */
    private static double read(PostgresServer postgres, int events) throws SQLException {
        try (Connection connection = postgres.connect();
                PreparedStatement page = connection.prepareStatement(
                        "SELECT global_position, stream_position, event_id, aggregate_type, aggregate_id, event_type,"
                                + " recorded_at, data, metadata FROM events"
                                + " WHERE global_position > ? AND global_position <= ? ORDER BY global_position")) {
            long started = System.nanoTime();
            long position = 0;
            while (position < events) {
                page.setLong(1, position);
                page.setLong(2, position + PAGE);
                try (ResultSet rows = page.executeQuery()) {
                    while (rows.next()) {
                        position = rows.getLong(1);
                        for (int column = 2; column <= 9; column++) {
                            rows.getObject(column);
                        }
                    }
                }
            }
            return events * 1e9 / (System.nanoTime() - started);
        }
    }

    /** Appends one after the other, each followed by a read that waits for it. */
    private void live(EventualiService service, Report report) throws IOException, InterruptedException {
        double[] millis = new double[LIVE_APPENDS];
        for (int i = 0; i < LIVE_APPENDS; i++) {
            HttpResponse<String> appended = send(
                    service,
                    HttpRequest.newBuilder()
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("[{\"eventType\":\"Live\",\"data\":{}}]")),
                    "/v1/streams/Live/one/events");
            long answered = System.nanoTime();
            String position = appended.body().replaceAll(".*\"lastGlobalPosition\":(\\d+).*", "$1");
            send(service, HttpRequest.newBuilder(), PROJECTION + "/state/Live%2FLive?timeout=30s&after=" + position);
            millis[i] = (System.nanoTime() - answered) / 1e6;
        }
        Arrays.sort(millis);
        report.add("visibleMillisP50", millis[LIVE_APPENDS / 2]);
        report.add("visibleMillisP99", millis[LIVE_APPENDS * 99 / 100]);
        report.add("visibleMillisMax", millis[LIVE_APPENDS - 1]);
    }

    private HttpResponse<String> send(EventualiService service, HttpRequest.Builder request, String path)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                http.send(request.uri(URI.create(service.url() + path)).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IllegalStateException(path + " answered " + response.statusCode() + " " + response.body());
        }
        return response;
    }
}
