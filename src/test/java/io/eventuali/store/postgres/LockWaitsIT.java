package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.agroal.api.AgroalDataSource;
import io.eventuali.support.LogClient;
import io.quarkus.agroal.DataSource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Who holds up the log is named, while it is held up and no longer. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class LockWaitsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    @TestHTTPResource
    URI base;

    @Inject
    @DataSource("eventuali")
    AgroalDataSource database;

    private final String type = "Held-" + UUID.randomUUID();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void the_overview_tells_how_large_the_log_is_and_since_when() {
        long position = log.append(type, "1", LogClient.event("Said", "1"));

        JsonNode overview = overview();
        assertThat(overview.get("position").asLong()).isGreaterThanOrEqualTo(position);
        assertThat(overview.get("events").asLong())
                .isEqualTo(overview.get("position").asLong());
        assertThat(overview.get("epoch"))
                .isEqualTo(LogClient.json(log.get("/v1/position").body()).get("epoch"));
        assertThat(overview.get("origin").asText()).isNotEmpty();
        assertThat(Instant.parse(overview.get("oldest").asText()))
                .isBeforeOrEqualTo(Instant.parse(overview.get("newest").asText()));
        assertThat(overview.get("bytes").asLong()).isGreaterThan(8_192);
        assertThat(overview.get("bytesPerEvent").asDouble())
                .isEqualTo(Math.round(10.0
                                * overview.get("bytes").asLong()
                                / overview.get("events").asLong())
                        / 10.0);
        assertThat(overview.get("blockers")).isEmpty();
    }

    @Test
    void who_holds_the_head_is_named_while_an_append_waits() throws Exception {
        try (Connection holder = database.getConnection();
                Statement statement = holder.createStatement()) {
            statement.execute("SET application_name = 'nightly fix'");
            holder.setAutoCommit(false);
            int pid = pid(statement, "SELECT pg_backend_pid() FROM lock_log_head()");
            CompletableFuture<HttpResponse<String>> append = append();

            await().atMost(PATIENCE)
                    .until(() -> overview().get("blockers").has(0)
                            && metrics().contains("eventuali_database_blocker_age_seconds{"));
            JsonNode overview = overview();
            assertBackend(overview.get("holder"), pid, "nightly fix", "idle in transaction");
            assertBackend(overview.at("/blockers/0/backend"), pid, "nightly fix", "idle in transaction");
            assertThat(overview.at("/blockers/0/waiting/0").asText()).isEqualTo("eventuali append");
            assertThat(overview.at("/blockers/0/waitedSeconds").asDouble()).isGreaterThan(1);
            assertThat(metrics().lines().filter(line -> line.startsWith("eventuali_database_blocker_age_seconds{")))
                    .singleElement()
                    .asString()
                    .contains("application=\"nightly fix\"", "pid=\"" + pid + "\"", "state=\"idle in transaction\"");

            holder.rollback();
            holder.setAutoCommit(true);
            statement.execute("RESET application_name");
            assertThat(append.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(metrics())
                .contains("eventuali_database_blocked_seconds 0.0")
                .doesNotContain("eventuali_database_blocker_age_seconds{"));
    }

    @Test
    void who_holds_a_table_is_named_while_an_append_waits_behind_another_session_that_waits_for_it() throws Exception {
        try (Connection holder = database.getConnection();
                Connection between = database.getConnection();
                Statement table = holder.createStatement();
                Statement head = between.createStatement()) {
            holder.setAutoCommit(false);
            between.setAutoCommit(false);
            table.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
            int pid = pid(table, "SELECT pg_backend_pid()");
            head.execute("SELECT lock_log_head()");
            CompletableFuture<Void> stuck = CompletableFuture.runAsync(() -> {
                try {
                    head.execute("SELECT count(*) FROM log_head");
                } catch (SQLException failed) {
                    throw new IllegalStateException(failed);
                }
            });
            CompletableFuture<HttpResponse<String>> append = append();

            JsonNode overview = await().atMost(PATIENCE)
                    .until(this::overview, found -> !found.get("blockers").isEmpty());
            assertThat(overview.get("blockers")).hasSize(1);
            assertThat(overview.at("/blockers/0/backend/pid").asInt()).isEqualTo(pid);
            // What is in the table cannot be told.
            assertThat(overview.get("bytes").isNull()).isTrue();
            assertThat(overview.get("epoch").asText()).isNotEmpty();

            holder.rollback();
            stuck.get(10, TimeUnit.SECONDS);
            between.rollback();
            // It waits no longer than it may.
            assertThat(append.get(15, TimeUnit.SECONDS).statusCode()).isIn(201, 503);
            holder.setAutoCommit(true);
            between.setAutoCommit(true);
        }
    }

    private static void assertBackend(JsonNode backend, int pid, String application, String state) {
        assertThat(backend.get("pid").asInt()).isEqualTo(pid);
        assertThat(backend.get("application").asText()).isEqualTo(application);
        assertThat(backend.get("user").asText()).isEqualTo("postgres");
        assertThat(backend.get("client").asText()).isIn("127.0.0.1", "::1");
        assertThat(backend.get("state").asText()).isEqualTo(state);
        assertThat(backend.get("ageSeconds").asDouble()).isBetween(0.5, 60.0);
    }

    private JsonNode overview() {
        return LogClient.json(log.get("/v1/log").body());
    }

    private String metrics() {
        return log.get("/q/metrics").body();
    }

    private CompletableFuture<HttpResponse<String>> append() {
        return HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(base.resolve("/v1/streams/" + type + "/1/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("[{\"eventType\":\"Said\",\"data\":1}]"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static int pid(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
