package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.SseProbe;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A log that was changed by hand, read through filters that an index answers: nothing is lost without a word. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SelectiveDamageIT {
    private static final int EVENTS = 10_000;
    private static final int STREAMS = 500;
    private static final int KINDS = 40;
    private static final int RANGE = 4_096;
    private static final long DELETED = 1_000;
    private static final long RENAMED = 2_001;
    private static final long LOST = 5_041;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void selective_readers_meet_what_is_missing_in_their_events_and_in_what_was_changed_by_hand() throws Exception {
        try (DatabaseServer database = new DatabaseServer()) {
            Replica.start(database).close();
            execute(
                    database,
                    "INSERT INTO stream (stream_id, aggregate_type, aggregate_id) SELECT s, 'Order', 'a' || s"
                            + " FROM generate_series(1, " + STREAMS + ") s");
            execute(
                    database,
                    ("INSERT INTO events SELECT p, (p - 1) %% %1$d + 1, (p - 1) / %1$d + 1, now(),"
                                    + " gen_random_uuid(), 'Order', 'a' || ((p - 1) %% %1$d + 1), 'E' || p %% %2$d, '{}', '{}'"
                                    + " FROM generate_series(1, %3$d) p")
                            .formatted(STREAMS, KINDS, EVENTS));
            try (Replica replica = Replica.start(database, "-Deventuali.store.read.page-events=64")) {
                LogClient log = new LogClient(replica.uri("/"));
                await().atMost(PATIENCE).until(() -> indexed(database) == 2L * RANGE);
                execute(
                        database,
                        "DELETE FROM events WHERE global_position = " + DELETED,
                        "UPDATE events SET event_type = 'E39' WHERE global_position = " + RENAMED,
                        // As if a block of the disk was lost: no trigger tells of it.
                        "SET session_replication_role = replica",
                        "DELETE FROM events WHERE global_position = " + LOST);

                reads(log, "eventType=E1", p -> p % KINDS == 1 && p != RENAMED, List.of(DELETED, LOST));
                reads(log, "eventType=E39", p -> p % KINDS == 39 || p == RENAMED, List.of(DELETED));
                reads(log, "aggregateType=Order&aggregateId=a41", p -> p % STREAMS == 41, List.of(DELETED, LOST));
                reads(log, "aggregateId=a77", p -> p % STREAMS == 77, List.of(DELETED));
                reads(log, "eventType=E5&from=5000", p -> p > 5_000 && p % KINDS == 5, List.of());
                assertThat(log.tryGet("/v1/events?eventType=E1&from=" + (LOST - 1))
                                .body())
                        .contains("/problems/log-damaged");
            }
            // What was at the end is gone, and its positions are given out again.
            execute(database, "DELETE FROM events WHERE global_position > 6000");
            assertThat(indexed(database)).isEqualTo(RANGE);
            try (Replica replica = Replica.start(database)) {
                LogClient log = new LogClient(replica.uri("/"));
                log.append("Order", "new", LogClient.event("E1", "1"));
                long last = log.append("Order", "new", LogClient.event("Other", "1"));
                reads(
                        log,
                        "eventType=E1&from=" + LOST,
                        p -> p > LOST && (p <= 6_000 && p % KINDS == 1 || p == last - 1),
                        List.of());
            }
        }
    }

    private static void reads(LogClient log, String filter, LongPredicate wanted, List<Long> damaged) {
        String from = filter.contains("from=") ? "" : "from=start&";
        try (SseProbe probe = log.follow(from + "onDamage=skip&" + filter).open()) {
            probe.await("caught-up");
            assertThat(probe.frames("damaged").stream()
                            .map(frame -> LogClient.json(frame.data())
                                    .path("firstPosition")
                                    .asLong())
                            .toList())
                    .as(filter)
                    .isEqualTo(damaged);
            assertThat(probe.positions())
                    .as(filter)
                    .isEqualTo(LongStream.rangeClosed(1, EVENTS)
                            .filter(position -> wanted.test(position) && position != DELETED && position != LOST)
                            .boxed()
                            .toList());
        }
    }

    private static long indexed(DatabaseServer database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT position FROM log_index")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void execute(DatabaseServer database, String... statements) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
