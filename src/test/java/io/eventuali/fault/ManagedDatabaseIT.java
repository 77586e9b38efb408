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
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Servers of providers, whose owner of the database is no superuser and which refuse to tell some of what tells logs apart. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ManagedDatabaseIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static DatabaseServer server;

    @BeforeAll
    static void start() {
        server = new DatabaseServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_server_that_refuses_wal_functions_is_worked_with_and_a_restored_copy_of_its_log_is_noticed()
            throws Exception {
        String url = database("refusing");
        try (Connection admin = admin("refusing");
                Statement statement = admin.createStatement()) {
            for (String function :
                    new String[] {"pg_walfile_name(pg_lsn) RETURNS text", "pg_current_wal_flush_lsn() RETURNS pg_lsn"
                    }) {
                statement.execute("CREATE FUNCTION public." + function + " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
                        + " 'recovery is in progress' USING ERRCODE = '55000'; END $$");
            }
            // A provider's own code, not one of the codes that PostgreSQL has for it.
            statement.execute("CREATE FUNCTION public.pg_control_system() RETURNS TABLE (system_identifier bigint)"
                    + " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = 'PR001'; END $$");
            statement.execute("ALTER DATABASE refusing SET search_path = public, pg_catalog");
        }
        String epoch;
        try (Replica replica = Replica.launch(url)) {
            replica.awaitReady();
            assertThat(append(replica)).isEqualTo(201);
            assertThat(LogClient.json(replica.get("/v1/events"))
                            .get("headPosition")
                            .asLong())
                    .isEqualTo(1);
            epoch = epoch(replica);
            assertThat(epoch).isNotEmpty().doesNotContain("-");
        }
        try (Connection owner = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:" + server.port() + "/refusing", "refusing", "secret");
                Statement statement = owner.createStatement()) {
            assertThat(one(
                            statement,
                            "SELECT place ~ '^/[0-9]+/[0-9]+$' AND timeline = '' AND NOT counts FROM log_identity"))
                    .isEqualTo("t");

            statement.execute("VACUUM (FULL, FREEZE) log_identity");
            assertThat(checked(statement)).startsWith(epoch + " ");

            // As a dump brings it, into tables that may even have the same numbers.
            statement.execute("CREATE TEMP TABLE dump AS SELECT * FROM log_identity; DELETE FROM log_identity");
            statement.execute("INSERT INTO log_identity SELECT * FROM dump");
            assertThat(checked(statement)).doesNotStartWith(epoch + " ");
            assertThat(one(statement, "SELECT from_epoch || ' ' || reason FROM log_incident"))
                    .isEqualTo(epoch + " moved");
            String renewed = checked(statement);
            assertThat(checked(statement)).isEqualTo(renewed);
        }
    }

    @Test
    void a_right_that_ends_while_the_service_runs_is_an_incident_and_no_outage() throws Exception {
        String url = database("granted");
        try (Replica replica = Replica.launch(url);
                Connection admin = admin("granted");
                Statement statement = admin.createStatement()) {
            replica.awaitReady();
            assertThat(append(replica)).isEqualTo(201);
            String epoch = epoch(replica);
            assertThat(epoch).endsWith("-00000001");
            holderIsNamed(replica, admin, statement);

            for (String function : new String[] {
                "pg_walfile_name(pg_lsn)",
                "pg_current_wal_flush_lsn()",
                "pg_control_system()",
                "pg_logical_emit_message(boolean, text, text, boolean)"
            }) {
                statement.execute("REVOKE EXECUTE ON FUNCTION " + function + " FROM PUBLIC");
            }

            await().atMost(PATIENCE).until(() -> append(replica) == 201 && replica.status("/v1/events") == 200);
            assertThat(epoch(replica)).isNotEqualTo(epoch).doesNotContain("-");
            assertThat(one(statement, "SELECT string_agg(from_epoch || ' ' || reason, ',') FROM log_incident"))
                    .isEqualTo(epoch + " timeline");
            // Also while nothing is appended it is found out whether something could be.
            String before = one(statement, "SELECT xmax FROM log_identity");
            await().atMost(PATIENCE).until(() -> !before.equals(one(statement, "SELECT xmax FROM log_identity")));
            assertThat(replica.status("/q/health/ready")).isEqualTo(200);
        }
    }

    private static void holderIsNamed(Replica replica, Connection admin, Statement statement) throws Exception {
        admin.setAutoCommit(false);
        String pid = one(statement, "SELECT pg_backend_pid() FROM lock_log_head()");
        CompletableFuture<Integer> append = CompletableFuture.supplyAsync(() -> append(replica));
        await().atMost(PATIENCE).until(() -> replica.log()
                .contains("pid=" + pid + " application=PostgreSQL JDBC Driver user=postgres client=unknown"
                        + " state=unknown age=unknown"));
        JsonNode log = LogClient.json(replica.get("/v1/log"));
        assertThat(log.at("/holder/pid").asText()).isEqualTo(pid);
        assertThat(log.at("/holder/ageSeconds").isNull()).isTrue();
        assertThat(log.at("/blockers/0/backend/pid").asText()).isEqualTo(pid);
        assertThat(replica.metric("eventuali_database_blocked_seconds")).isGreaterThan(1);
        admin.rollback();
        admin.setAutoCommit(true);
        assertThat(append.get(20, TimeUnit.SECONDS)).isEqualTo(201);
    }

    /** A database whose owner may make databases and roles, as the administrators of providers may, and is no superuser. */
    private static String database(String name) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE %s LOGIN CREATEDB CREATEROLE PASSWORD 'secret'".formatted(name));
            statement.execute("CREATE DATABASE %s OWNER %s".formatted(name, name));
        }
        return "postgresql://%s:secret@localhost:%d/%s".formatted(name, server.port(), name);
    }

    private static Connection admin(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + server.port() + "/" + database, "postgres", "postgres");
    }

    /** As a start of the service does. */
    private static String checked(Statement statement) throws SQLException {
        return one(statement, "SELECT mark FROM check_log_identity('', 0, 0, NULL, NULL)");
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static String epoch(Replica replica) {
        return LogClient.json(replica.get("/v1/position")).get("epoch").asText();
    }

    private static int append(Replica replica) {
        return Replica.HTTP
                .sendAsync(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "[{\"eventType\":\"OrderPlaced\",\"data\":{}}]"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .join()
                .statusCode();
    }
}
