package io.eventuali.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.postgresql.PGConnection;

/**
 * Appends of 100 events a request over HTTP against one database connection that inserts 1,000 rows a statement from
 * arrays, into a table of the same columns and indexes on the same server. The sides take turns.
 */
final class AppendBatchBenchmark implements Bench.Benchmark {
    private static final int STREAMS = 500;
    private static final int EVENTS = 100;
    private static final int CONNECTIONS = 16;
    private static final int ROWS = 1_000;

    @Override
    public void run(Options options, Report report) throws SQLException {
        Duration turn = options.turn(8);
        int rounds = options.rounds(5);
        double[] arrays = new double[rounds];
        double[] appends = new double[rounds];
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres);
                Connection connection = postgres.connect()) {
            report.database(postgres);
            postgres.execute("CREATE TABLE array_events (LIKE events INCLUDING ALL)");
            ArrayInserts inserts = new ArrayInserts(connection);
            Wrk wrk = new Wrk(service, STREAMS, EVENTS);
            wrk.run(CONNECTIONS, turn.plusSeconds(7));
            service.settle();
            inserts.run(turn);
            long appended = 0;
            long before = postgres.number("SELECT position FROM log_head");
            for (int round = 0; round < rounds; round++) {
                Wrk.Result result = wrk.run(CONNECTIONS, turn);
                appends[round] = result.perSecond() * EVENTS;
                appended += result.requests() * EVENTS;
                service.settle();
                arrays[round] = inserts.run(turn);
                System.out.printf(
                        "round %d: %.0f events/s appended, %.0f rows/s inserted%n",
                        round + 1, appends[round], arrays[round]);
            }
            long stored = postgres.number("SELECT position FROM log_head") - before;
            if (stored < appended || stored > appended + (long) rounds * CONNECTIONS * EVENTS) {
                throw new IllegalStateException("%d events were answered, %d stored".formatted(appended, stored));
            }
            postgres.checkLog();
        }
        report.add("turnSeconds", turn.toSeconds());
        report.add("errors", 0);
        report.add("arrayInsertsPerSecond", arrays);
        report.add("appendedPerSecond", appends);
        report.add("arrayInsertsMedian", Report.median(arrays));
        report.add("appendedMedian", Report.median(appends));
        report.goal("ratio", Report.median(appends) / Report.median(arrays), 0.6);
    }

    /** One connection that inserts as fast as it can. Its event ids are ordered by time, the cheapest for the index. */
    private static final class ArrayInserts {
        private final Connection connection;
        private final Random random = new Random(4711);
        private final long[] positions = new long[ROWS];
        private final long[] streams = new long[ROWS];
        private final UUID[] ids = new UUID[ROWS];
        private final String[] types = new String[ROWS];
        private final String[] names = new String[ROWS];
        private final String[] eventTypes = new String[ROWS];
        private final String[] data = new String[ROWS];
        private final String[] metadata = new String[ROWS];
        private long position;

        ArrayInserts(Connection connection) {
            this.connection = connection;
            Arrays.fill(types, "Order");
            Arrays.fill(eventTypes, SampleEvent.TYPE);
            Arrays.fill(metadata, "{}");
        }

        double run(Duration time) throws SQLException {
            PGConnection primitives = connection.unwrap(PGConnection.class);
            long rows = 0;
            long started = System.nanoTime();
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO array_events (global_position, stream_id, stream_position, recorded_at, event_id,"
                            + " aggregate_type, aggregate_id, event_type, data, metadata)"
                            + " SELECT n, stream, n, now(), id, type, name, event_type, data, metadata"
                            + " FROM unnest(?::bigint[], ?::bigint[], ?::uuid[], ?::text[], ?::text[], ?::text[],"
                            + " ?::text[], ?::text[]) AS e (n, stream, id, type, name, event_type, data, metadata)")) {
                while (System.nanoTime() - started < time.toNanos()) {
                    fill();
                    insert.setArray(1, primitives.createArrayOf("int8", positions));
                    insert.setArray(2, primitives.createArrayOf("int8", streams));
                    insert.setArray(3, connection.createArrayOf("uuid", ids));
                    insert.setArray(4, connection.createArrayOf("text", types));
                    insert.setArray(5, connection.createArrayOf("text", names));
                    insert.setArray(6, connection.createArrayOf("text", eventTypes));
                    insert.setArray(7, connection.createArrayOf("text", data));
                    insert.setArray(8, connection.createArrayOf("text", metadata));
                    rows += insert.executeUpdate();
                }
            }
            return rows * 1e9 / (System.nanoTime() - started);
        }

        /** Ten runs of 100 events, each of one stream, as the appends have them. */
        private void fill() {
            long millis = System.currentTimeMillis();
            for (int row = 0; row < ROWS; row++) {
                int stream = row % EVENTS == 0 ? 1 + random.nextInt(STREAMS) : (int) streams[row - 1];
                position++;
                positions[row] = position;
                streams[row] = stream;
                names[row] = "order-" + stream;
                ids[row] = new UUID(millis << 16 | 0x7000 | (position >>> 40 & 0xfff), position);
                data[row] = SampleEvent.data(stream, row % EVENTS + 1);
            }
        }
    }
}
