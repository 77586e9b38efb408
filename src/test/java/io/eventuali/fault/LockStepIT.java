package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** One append has its position and has not committed; others come behind it. No reader may pass the open one (G1). */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LockStepIT {
    private static final String APPEND =
            "SELECT head FROM append_batch(ARRAY['Order'], ARRAY['held'], ARRAY[1], ARRAY[1],"
                    + " ARRAY[-1::bigint], ARRAY[1], ARRAY[1], ARRAY[1], ARRAY[gen_random_uuid()], ARRAY['OrderPlaced'],"
                    + " ARRAY['{}'], ARRAY['{}'], NULL)";

    @Test
    void readers_wait_for_an_append_that_is_held_open_and_go_on_without_it_after_its_rollback() throws Exception {
        try (Cluster cluster = new Cluster(
                        2, "-Deventuali.store.append.lock-timeout=60s", "-Deventuali.store.append.timeout=90s");
                Follower first = new Follower(cluster.replica(0)::uri, "from=start");
                Follower second = new Follower(cluster.replica(1)::uri, "from=start");
                Connection held = hold(cluster)) {
            cluster.startWriters(3, 3, 3, 11);
            awaitWaiting(cluster);

            assertThat(first.positions()).isEmpty();
            assertThat(cluster.replica(1).get("/v1/events")).contains("\"events\":[]");
            assertThat(cluster.history().acknowledgedCount()).isZero();

            held.rollback();
            cluster.joinWriters();
            for (Follower follower : List.of(first, second)) {
                await().until(() -> follower.count() == 3);
                assertThat(follower.positions()).containsExactly(1L, 2L, 3L);
            }
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
        }
    }

    @Test
    void an_append_that_cannot_get_the_head_is_refused_as_not_written_and_succeeds_when_repeated() throws Exception {
        try (Cluster cluster = new Cluster(1, "-Deventuali.store.append.lock-timeout=200ms");
                Connection held = hold(cluster)) {
            cluster.startWriters(1, 1, 1, 12);
            await().until(() -> cluster.replica(0).metric("http_server_requests_seconds_count") > 0
                    && cluster.replica(0).get("/q/metrics").contains("status=\"503\""));

            held.commit();
            cluster.joinWriters();
            assertThat(cluster.stored()).hasSize(2);
        }
    }

    private static Connection hold(Cluster cluster) throws SQLException {
        Connection connection = cluster.database().connect();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(APPEND);
        }
        return connection;
    }

    /** Until the appends of both replicas stand before the lock. */
    private static void awaitWaiting(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.database().connect();
                Statement statement = connection.createStatement()) {
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                try (ResultSet waiting = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE wait_event_type = 'Lock' AND query LIKE '%append_batch%'")) {
                    waiting.next();
                    return waiting.getInt(1) == 2;
                }
            });
        }
    }
}
