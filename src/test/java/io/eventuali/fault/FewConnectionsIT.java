package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Ports;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roles and poolers that give fewer connections than asked for, or others than it looks like. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FewConnectionsIT {
    private static final Path POOLER = Path.of("/usr/sbin/pgbouncer");
    private static DatabaseServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        server = new DatabaseServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void the_documented_number_is_enough_for_an_empty_database() throws Exception {
        try (Replica replica = Replica.launch(limited("twelve", 12))) {
            replica.awaitReady();

            assertThat(append(replica)).isEqualTo(201);
            readMuch(replica);
            assertThat(append(replica)).isEqualTo(201);
            assertThat(replica.log()).doesNotContain("pool too small");
        }
    }

    @Test
    void with_too_few_appends_go_on_and_the_reason_is_told() throws Exception {
        try (Replica replica = Replica.launch(limited("five", 5))) {
            replica.awaitReady();
            assertThat(append(replica)).isEqualTo(201);
            readMuch(replica);

            assertThat(append(replica)).isEqualTo(201);
            await().atMost(Duration.ofSeconds(5)).until(() -> replica.status("/q/health/ready") == 200);
            assertThat(replica.log()).contains("pool too small");
            server(
                    connection -> connection.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'eventuali append' AND usename = 'five'"));
            readMuch(replica);
            await().atMost(Duration.ofSeconds(5)).until(() -> append(replica) == 201);
        }
    }

    @Test
    void a_pooler_of_sessions_will_do() throws Exception {
        pooled("session", "pooled_sessions", replica -> {
            replica.awaitReady();
            assertThat(append(replica)).isEqualTo(201);
            readMuch(replica);
            assertThat(append(replica)).isEqualTo(201);
        });
    }

    @Test
    void a_pooler_of_transactions_is_refused_in_one_line() throws Exception {
        for (String mode : List.of("transaction", "statement")) {
            pooled(mode, "pooled_" + mode, replica -> {
                assertThat(replica.awaitExit()).isNotZero();
                assertThat(replica.log())
                        .contains("transaction or statement pooling")
                        .doesNotContain("\tat ");
            });
        }
    }

    private void pooled(String mode, String role, Check check) throws Exception {
        assumeTrue(Files.isExecutable(POOLER), "there is no PgBouncer: apt-get install pgbouncer");
        limited(role, 40);
        int port = Ports.free();
        Path users = directory.resolve("users-" + mode);
        Files.writeString(users, "\"%s\" \"secret\"%n".formatted(role));
        Path config = directory.resolve(mode + ".ini");
        Files.writeString(config, """
                [databases]
                * = host=localhost port=%d
                [pgbouncer]
                listen_addr = localhost
                listen_port = %d
                unix_socket_dir =
                auth_type = plain
                auth_file = %s
                pool_mode = %s
                default_pool_size = 20
                """.formatted(server.port(), port, users, mode));
        // It refuses to run as root.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process pooler = new ProcessBuilder(
                        "root".equals(System.getProperty("user.name"))
                                ? List.of(POOLER.toString(), "-u", "nobody", config.toString())
                                : List.of(POOLER.toString(), config.toString()))
                .redirectErrorStream(true)
                .redirectOutput(Path.of("target", "pgbouncer-" + mode + ".log").toFile())
                .start();
        try (Replica replica = Replica.launch("postgresql://%s:secret@localhost:%d/%s".formatted(role, port, role))) {
            check.on(replica);
        } finally {
            pooler.destroy();
            pooler.waitFor();
        }
    }

    /** A database of its own, whose owner may have so many connections. */
    private static String limited(String role, int connections) throws SQLException {
        server(statement -> {
            statement.execute(
                    "CREATE ROLE %s LOGIN PASSWORD 'secret' CONNECTION LIMIT %d".formatted(role, connections));
            statement.execute("CREATE DATABASE %s OWNER %s".formatted(role, role));
        });
        return "postgresql://%s:secret@localhost:%d/%s".formatted(role, server.port(), role);
    }

    private static void server(Work work) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            work.on(statement);
        }
    }

    /** More at once than there are connections. */
    private static void readMuch(Replica replica) {
        List<Integer> statuses =
                IntStream.range(0, 60).parallel().mapToObj(i -> status(replica)).toList();
        assertThat(statuses).containsOnly(200);
    }

    /** A read may wait for its turn where places are few. */
    private static int status(Replica replica) {
        try {
            return Replica.HTTP
                    .send(
                            HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                                    .timeout(Duration.ofSeconds(15))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException | InterruptedException noAnswer) {
            return -1;
        }
    }

    private static int append(Replica replica) throws Exception {
        return Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "[{\"eventType\":\"OrderPlaced\",\"data\":{}}]"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private interface Check {
        void on(Replica replica) throws Exception;
    }

    private interface Work {
        void on(Statement statement) throws SQLException;
    }
}
