package io.eventuali.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A document projection over the whole log, checkpoint included: the one that comes with the service, over a log with 100
 * aggregate types and 100 event types, which makes 10,000 documents. Against it, one connection that merely reads the log.
 * Then the time from an append to the document that has it; what is live on the heap while documents are rebuilt; a
 * projection in memory; and ten projections that go over the log together.
 */
final class ProjectionBenchmark implements Bench.Benchmark {
    private static final int TYPES = 100;
    private static final int PAGE = 2_048;
    private static final int LIVE_APPENDS = 1_000;
    private static final String PROJECTION = "/v1/projections/event-statistics";
    private static final int TEN = 10;
    private static final int HEAP_LOOKS = 6;
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Pattern AT = Pattern.compile("\"position\":(\\d+)");

    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    public void run(Options options, Report report) throws IOException, SQLException, InterruptedException {
        int rounds = options.rounds(5);
        int events = options.events();
        double[] projected = new double[rounds];
        double[] read = new double[rounds];
        double[] inMemory = new double[rounds];
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
                            "round %d: %.0f events/s projected (%.1f us of the service's processor time each), %.0f"
                                    + " merely read%n",
                            round + 1,
                            projected[round],
                            processor.toNanos() / 1e3 / events,
                            read[round]);
                }
                report.add("residentKibBefore", before);
                report.add("residentKibAfter", service.residentKib());
                heap(service, postgres, events, report);
                live(service, report);
            }
            for (int round = 0; round < rounds; round++) {
                inMemory[round] = inMemory(postgres, events);
            }
            ten(postgres, events, report);
        }
        report.add("events", events);
        report.add("documents", TYPES * TYPES);
        report.add("projectedPerSecond", projected);
        report.add("readPerSecond", read);
        report.add("ratioToRead", Report.median(projected) / Report.median(read));
        report.goal("projectedMedian", Report.median(projected), 78_000);
        report.add("inMemoryPerSecond", inMemory);
        report.goal("inMemoryRatioToRead", Report.median(inMemory) / Report.median(read), 0.5);
    }

    /** What is live on the heap now and then while documents are rebuilt; collecting it takes time, so the rate is not looked at. */
    private void heap(EventualiService service, PostgresServer postgres, int events, Report report)
            throws IOException, SQLException, InterruptedException {
        report.add("heapKibBefore", service.heapKib());
        send(service, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.noBody()), PROJECTION + "/rebuild");
        double[] heap = new double[HEAP_LOOKS];
        double[] at = new double[HEAP_LOOKS];
        for (int look = 0; look < HEAP_LOOKS; look++) {
            heap[look] = service.heapKib();
            at[look] = Long.parseLong(postgres.text("SELECT max(position) FILTER (WHERE NOT serving)"
                    + " FROM projection WHERE name = 'event-statistics'"));
            Programs.pause(Duration.ofMillis(500));
        }
        report.add("heapKibWhileRebuilding", heap);
        report.add("heapLookedAtPosition", at);
        while (!postgres.text("SELECT count(*) FROM projection WHERE name = 'event-statistics'")
                .equals("1")) {
            Programs.pause(Duration.ofMillis(50));
        }
        await(postgres, events);
    }

    /** A projection in memory begins at the start of the process: the second half of the log counts, the first one warms up. */
    private double inMemory(PostgresServer postgres, int events) throws IOException, InterruptedException {
        try (EventualiService service = projections(postgres, name -> name.equals("heap-counts"))) {
            long half = 0;
            long from = 0;
            while (true) {
                Matcher at = AT.matcher(send(service, HttpRequest.newBuilder(), "/v1/projections/heap-counts")
                        .body());
                long now = System.nanoTime();
                long position = at.find() ? Long.parseLong(at.group(1)) : 0;
                if (half == 0 && position >= events / 2) {
                    half = position;
                    from = now;
                }
                if (position >= events) {
                    if (half == position) {
                        throw new IllegalStateException("too few events to measure a projection in memory");
                    }
                    return (position - half) * 1e9 / (now - from);
                }
                Programs.pause(Duration.ofMillis(5));
            }
        }
    }

    /** How often each page of the log is read while ten projections go over it. */
    private void ten(PostgresServer postgres, int events, Report report) throws SQLException {
        try (EventualiService service = projections(postgres, name -> name.startsWith("counts-"))) {
            long started = System.nanoTime();
            await(postgres, "name LIKE 'counts-%'", TEN, events);
            double seconds = (System.nanoTime() - started) / 1e9;
            double pages = service.metric("eventuali_log_page_read_seconds_count");
            report.add("tenProjectionsEventsPerSecond", TEN * events / seconds);
            report.add("tenProjectionsPageReads", pages);
            report.add("tenProjectionsReadsOfEachPage", pages / Math.ceil((double) events / PAGE));
        }
    }

    /** The service with some of the projections of bench/projection, and not its own one. */
    private static EventualiService projections(PostgresServer postgres, Predicate<String> wanted) {
        List<String> names = new ArrayList<>(List.of("event-statistics", "heap-counts"));
        for (int i = 1; i <= TEN; i++) {
            names.add("counts-" + i);
        }
        String settings = names.stream()
                .filter(wanted.negate())
                .map(name -> "-Deventuali.projection." + name + ".enabled=false")
                .collect(Collectors.joining(" "));
        return EventualiService.startJar(
                Path.of(System.getProperty("bench.home"), "projection/target/quarkus-app/quarkus-run.jar"),
                postgres,
                Map.of("JAVA_TOOL_OPTIONS", settings));
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
        await(postgres, "name = 'event-statistics'", 1, position);
    }

    /** Waits until so many served projections have come to a position. */
    private static void await(PostgresServer postgres, String which, int count, long position) throws SQLException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (Connection connection = postgres.connect();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT count(*) FROM projection WHERE serving AND position >= ? AND " + which)) {
            query.setLong(1, position);
            while (true) {
                try (ResultSet rows = query.executeQuery()) {
                    if (rows.next() && rows.getInt(1) == count) {
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
