package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.projection.app.Chain;
import io.eventuali.projection.app.HeapChains;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A projection in memory goes on from its snapshot when its process starts again, and each event counts once all the same. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MemorySnapshotIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int EVENTS = 550;
    private static final String STATE = "/v1/projections/" + HeapChains.NAME + "/state/order-1?timeout=20s&after=";
    private static final String HANDLED = "eventuali_projection_events_total{projection=\"" + HeapChains.NAME + "\"";

    private final Path app = PackagedApp.with("io.eventuali.projection.app");
    private Chain expected = Chain.empty(1);

    @Test
    void a_process_that_was_stopped_handles_nothing_again() {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = start(database)) {
            append(replica, EVENTS);
            assertThat(chain(replica)).isEqualTo(expected);

            replica.stop();
            replica.restart();

            assertThat(chain(replica)).isEqualTo(expected);
            assertThat(handled(replica)).isZero();
            append(replica, 1);
            assertThat(chain(replica)).isEqualTo(expected);
            assertThat(handled(replica)).isEqualTo(1);
        }
    }

    @Test
    void a_process_that_was_killed_goes_on_from_the_last_snapshot() throws SQLException {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = start(database)) {
            append(replica, EVENTS);
            assertThat(chain(replica)).isEqualTo(expected);
            await().atMost(PATIENCE).until(() -> snapshot(database) > 0);

            replica.kill();
            long written = snapshot(database);
            replica.restart();

            assertThat(chain(replica)).isEqualTo(expected);
            assertThat(handled(replica)).isEqualTo(EVENTS - written);
            append(replica, HeapChains.SNAPSHOT_EVERY);
            assertThat(chain(replica)).isEqualTo(expected);
            await().atMost(PATIENCE).until(() -> snapshot(database) > written);
        }
    }

    @Test
    void a_snapshot_that_would_be_too_large_is_not_written() {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica =
                        Replica.startJar(app, database, "-Deventuali.projection.heap-chains.snapshot-bytes=10")) {
            append(replica, EVENTS);
            assertThat(chain(replica)).isEqualTo(expected);

            replica.stop();
            replica.restart();

            assertThat(chain(replica)).isEqualTo(expected);
            assertThat(handled(replica)).isEqualTo(EVENTS);
            assertThat(replica.log()).contains("too large for a snapshot");
        }
    }

    private Replica start(DatabaseServer database) {
        return Replica.startJar(app, database);
    }

    /** Appends to one stream of an empty log, so that a position is a number of events. */
    private void append(Replica replica, int events) {
        LogClient writer = new LogClient(replica.uri("/"));
        for (int i = 0; i < events; i++) {
            expected = expected.plus(writer.append("Order", "order-1", LogClient.event("OrderPlaced", "{}")));
        }
    }

    private Chain chain(Replica replica) {
        try {
            JsonNode state = new ObjectMapper().readTree(replica.get(STATE + expected.last()));
            return new ObjectMapper().treeToValue(state, Chain.class);
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static long handled(Replica replica) {
        return replica.get("/q/metrics")
                .lines()
                .filter(line -> line.startsWith(HANDLED))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToLong(value -> (long) Double.parseDouble(value))
                .sum();
    }

    private static long snapshot(DatabaseServer database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT coalesce(max(position), 0) FROM projection_snapshot")) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
