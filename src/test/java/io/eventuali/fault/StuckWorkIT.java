package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.Cluster;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Work that cannot go on says so, at once and in every place, and goes on by itself when it can. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StuckWorkIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String PROJECTION = "/v1/projections/event-statistics";

    @Test
    void what_a_killed_replica_owned_is_taken_over_though_the_clock_was_set_back_by_a_day() throws Exception {
        try (Cluster cluster =
                new Cluster(1, "-Deventuali.ownership.duration=4s", "-Deventuali.ownership.renew=500ms")) {
            cluster.startWriters(2, 200, 5, 7);
            cluster.joinWriters();
            Replica replica = cluster.replica(0);
            replica.kill();
            // What a clock that went back by a day leaves behind.
            execute(
                    cluster.database(),
                    "UPDATE lease SET expires_at = now() + interval '1 day'; UPDATE replica SET expires_at = now() +"
                            + " interval '1 day'; UPDATE projection SET position = 10");

            replica.restart();

            JsonNode unowned = LogClient.json(replica.get(PROJECTION));
            if (unowned.get("lagEvents").asLong() > 0) {
                assertThat(unowned.get("lagSeconds").asDouble()).isPositive();
            }
            await().atMost(PATIENCE).until(() -> LogClient.json(replica.get(PROJECTION))
                    .get("status")
                    .asText()
                    .equals("live"));
            assertThat(replica.log()).contains("lease is void, since it ends later than it can");
            assertThat(replica.metric("eventuali_leases_void_total")).isPositive();
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
        }
    }

    @Test
    void a_right_that_was_taken_away_is_told_once_with_the_reason_and_in_status_until_it_is_given_again()
            throws Exception {
        try (DatabaseServer database = new DatabaseServer()) {
            // An owner can take rights from itself; a superuser cannot.
            execute(database, "CREATE ROLE app LOGIN PASSWORD 'app'; GRANT ALL ON SCHEMA public TO app");
            try (Replica replica = Replica.launch(database.url().replace("postgres:postgres@", "app:app@"))) {
                replica.awaitReady();
                LogClient client = new LogClient(replica.uri("/"));
                client.append("Order", "1", LogClient.event("OrderPlaced", "{}"));
                await().atMost(PATIENCE)
                        .until(() -> status(replica).get("status").asText().equals("live"));

                execute(database, "REVOKE ALL ON projection FROM app");
                client.append("Order", "1", LogClient.event("OrderPaid", "{}"));

                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(status(replica).get("trouble").asText())
                            .contains("permission denied for table projection");
                    assertThat(status(replica).get("lagEvents").asLong()).isPositive();
                    assertThat(status(replica).get("lagSeconds").asDouble()).isPositive();
                    assertThat(replica.get("/v1/tasks"))
                            .contains("\"task\":\"projection-control\",\"instance\":null,\"status\":\"failing\"");
                });
                assertThat(replica.get("/q/health/ready")).contains("permission denied for table projection");
                assertThat(replica.metric("eventuali_task_failing")).isPositive();
                double rounds = replica.metric("eventuali_task_failures_total");
                await().atMost(PATIENCE).until(() -> replica.metric("eventuali_task_failures_total") > rounds + 3);
                assertThat(replica.log().lines())
                        .filteredOn(line -> line.contains("task=projection-control fails"))
                        .hasSize(1);

                execute(database, "GRANT ALL ON projection TO app");

                await().atMost(PATIENCE)
                        .until(() -> status(replica).get("status").asText().equals("live")
                                && status(replica).get("trouble").isNull()
                                && replica.metric("eventuali_task_failing") == 0);
                assertThat(status(replica).get("lagSeconds").asDouble()).isZero();
                assertThat(replica.log()).contains("task=projection-control works again");
            }
        }
    }

    private static JsonNode status(Replica replica) {
        return LogClient.json(replica.get(PROJECTION));
    }

    private static void execute(DatabaseServer database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
