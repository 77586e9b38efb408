package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the database says of the log it holds, and when. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LogIdentityIT {
    private static DatabaseServer database;
    private static Replica replica;
    private static LogClient log;

    @BeforeAll
    static void start() {
        database = new DatabaseServer();
        replica = Replica.start(database);
        log = new LogClient(replica.uri("/"));
        for (int i = 0; i < 6; i++) {
            log.append("Order", "o" + i % 2, LogClient.event("OrderPlaced", "{}"));
        }
    }

    @AfterAll
    static void stop() {
        replica.close();
        database.close();
    }

    @Test
    void an_append_that_waits_while_the_log_turns_out_to_be_another_one_is_not_in_that() throws Exception {
        JsonNode before = position();
        CompletableFuture<HttpResponse<String>> waiting;
        try (Connection connection = database.connect();
                Statement sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            sql.execute("SELECT lock_log_head()");
            waiting = Replica.HTTP.sendAsync(
                    HttpRequest.newBuilder(replica.uri("/v1/streams/Order/late/events"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString("[{\"eventType\":\"OrderPlaced\",\"data\":{}}]"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            await().until(() -> database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'"
                            + " AND query LIKE '%append_batch%'")
                    .equals("1"));
            // As another replica would that has seen another event there.
            sql.execute("SELECT mark FROM check_log_identity(log_epoch(), 0, 0, 1, gen_random_uuid())");
            connection.commit();
        }

        assertThat(waiting.join().statusCode()).isEqualTo(503);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !position().path("epoch").equals(before.path("epoch")));
        assertThat(position().path("globalPosition").asLong())
                .as("with LogReplaced and without the append")
                .isEqualTo(before.path("globalPosition").asLong() + 1);
        assertThat(log.append("Order", "late", LogClient.event("OrderPlaced", "{}")))
                .isEqualTo(before.path("globalPosition").asLong() + 2);
    }

    @Test
    void a_role_whose_rights_are_taken_away_is_on_no_other_log() throws Exception {
        inTransaction(sql -> {
            sql.execute("CREATE ROLE plain");
            sql.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO plain");
            sql.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
            sql.execute("SET ROLE plain");
            assertThat(value(sql, "SELECT incident FROM check_log_identity(log_epoch(), 0, 0, NULL, NULL)"))
                    .isNull();
        });
    }

    /** As {@code docs/operations/backup.md} has it. */
    @Test
    void a_log_of_which_an_operator_says_that_it_was_put_back_is_another_one() throws Exception {
        inTransaction(sql -> {
            String before = value(sql, "SELECT log_epoch()");
            sql.execute("UPDATE log_identity SET place = 'put back'");
            assertThat(value(sql, "SELECT incident FROM check_log_identity('', 0, 0, NULL, NULL)"))
                    .isNotNull();
            assertThat(value(sql, "SELECT from_epoch FROM log_incident ORDER BY id DESC LIMIT 1"))
                    .isEqualTo(before);
            assertThat(value(sql, "SELECT log_epoch()")).isNotEqualTo(before);
        });
    }

    @Test
    void a_time_finds_its_position_also_beside_a_hole() throws Exception {
        inTransaction(sql -> {
            sql.execute("UPDATE events SET recorded_at = '2026-01-01T00:00:00Z'::timestamptz"
                    + " + global_position * interval '1 minute'");
            sql.execute("DELETE FROM events WHERE global_position IN (1, 3, 4)");
            assertThat(positionBefore(sql, "00:00")).isZero();
            assertThat(positionBefore(sql, "00:02:30")).isEqualTo(2);
            assertThat(positionBefore(sql, "00:04:30")).isEqualTo(2);
            assertThat(positionBefore(sql, "00:05:30")).isEqualTo(5);
            assertThat(positionBefore(sql, "01:00"))
                    .isEqualTo(Long.parseLong(value(sql, "SELECT position FROM log_head")));
        });
    }

    private static long positionBefore(Statement sql, String time) throws SQLException {
        return Long.parseLong(value(sql, "SELECT position_before('2026-01-01T" + time + "Z')"));
    }

    private static JsonNode position() {
        return LogClient.json(log.get("/v1/position").body());
    }

    private static String value(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static void inTransaction(Work work) throws SQLException {
        try (Connection connection = database.connect();
                Statement sql = connection.createStatement()) {
            connection.setAutoCommit(false);
            work.on(sql);
            connection.rollback();
        }
    }

    private interface Work {
        void on(Statement sql) throws SQLException;
    }
}
