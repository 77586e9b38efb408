package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.Replica;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database of a machine that has only a JDK: as durable as any, and none that production takes by accident. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class EmbeddedDatabaseIT {
    @TempDir
    Path directory;

    @Test
    void production_refuses_to_start_without_a_database_and_says_what_to_do() {
        try (Replica replica = Replica.launchWithoutDatabase()) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log()).contains("EVENTUALI_DATABASE_URL=postgresql://");
        }
    }

    @Test
    void its_events_outlive_a_shutdown_and_a_kill_that_leaves_the_server_behind() throws Exception {
        try (Replica replica = launch()) {
            replica.awaitReady();
            assertDurable();
            append(replica);
            replica.stop();
            assertThat(pidFile()).as("shut down cleanly").doesNotExist();

            replica.restart();
            append(replica);
            ProcessHandle orphan = postmaster();
            replica.kill();
            assertThat(orphan.isAlive()).as("the server lives on").isTrue();

            replica.restart();
            assertThat(orphan.isAlive()).isFalse();
            append(replica);
            assertThat(replica.get("/v1/position")).contains("\"globalPosition\":3");
        }
    }

    @Test
    void it_is_started_again_after_a_kill() throws Exception {
        try (Replica replica = launch()) {
            replica.awaitReady();
            append(replica);
            for (int kills = 1; kills <= 2; kills++) {
                postmaster().destroyForcibly();

                int starts = kills;
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> replica.log().split("ready again", -1).length > starts && status(replica) == 201);
                replica.awaitReady();
            }
            assertThat(replica.log()).contains("the embedded PostgreSQL has ended, and is started again");
            ProcessHandle last = postmaster();
            replica.stop();
            assertThat(last.isAlive()).isFalse();
            assertThat(pidFile()).doesNotExist();
        }
    }

    @Test
    void it_is_started_again_when_its_disk_has_room() throws Exception {
        assumeTrue(sh("mount -t tmpfs -o size=220m none " + directory) == 0, "a small disk cannot be mounted here");
        try (Replica replica =
                launch("-Deventuali.store.append.timeout=3s", "-Deventuali.store.append.lock-timeout=2s")) {
            replica.awaitReady();
            append(replica);
            sh("dd if=/dev/zero of=" + directory + "/filler bs=1M");
            String large = "[{\"eventType\":\"OrderPlaced\",\"data\":\"%s\"}]".formatted("x".repeat(900_000));
            await().atMost(Duration.ofSeconds(60)).until(() -> status(replica, large) == 503);
            // For several probes: reading, and the log of the server, work all the while.
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> replica.status("/q/health/ready") == 503);
            assertThat(replica.status("/q/health/live")).isEqualTo(200);

            sh("rm " + directory + "/filler");

            await().atMost(Duration.ofSeconds(40)).until(() -> status(replica, large) == 201);
            replica.awaitReady();
        } finally {
            sh("umount " + directory);
        }
    }

    private static int sh(String command) throws Exception {
        return new ProcessBuilder("sh", "-c", command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void a_pid_file_that_names_somebody_else_does_not_keep_it_from_starting() throws Exception {
        try (Replica replica = launch()) {
            replica.awaitReady();
            append(replica);
            List<String> lines = Files.readAllLines(pidFile());
            replica.stop();
            assertThat(pidFile()).doesNotExist();
            // As after a power cut, when the number belongs to another process by now.
            lines.set(0, Long.toString(ProcessHandle.current().pid()));
            Files.write(pidFile(), lines);

            replica.restart();
            assertThat(replica.get("/v1/position")).contains("\"globalPosition\":1");
        }
    }

    @Test
    void two_processes_do_not_share_a_directory() {
        try (Replica replica = launch()) {
            replica.awaitReady();
            try (Replica second = launch()) {
                assertThat(second.awaitExit()).isNotZero();
                assertThat(second.log())
                        .contains("another process uses the embedded PostgreSQL")
                        .doesNotContain("\tat ");
            }
            assertThat(replica.status("/q/health/ready")).isEqualTo(200);
        }
    }

    @Test
    void a_start_that_fails_after_the_server_was_started_leaves_no_server_behind() {
        try (Replica replica = launch("-Dquarkus.http.ssl.certificate.files=" + directory.resolve("none.pem"))) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log()).contains("embedded PostgreSQL ready");
            assertThat(pidFile()).doesNotExist();
        }
    }

    @Test
    void a_start_that_is_stopped_while_it_waits_for_its_database_ends_at_once() throws Exception {
        try (Replica replica = Replica.launch("postgresql://postgres:x@localhost:1/none")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> replica.log().contains("waiting for the database"));

            replica.terminate();

            await().atMost(Duration.ofSeconds(20)).until(() -> !replica.isAlive());
        }
    }

    @Test
    void a_start_that_is_stopped_while_its_server_starts_leaves_no_server_behind() throws Exception {
        try (Replica replica = launch()) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> replica.log().contains("postmaster started") && hasServer());
            ProcessHandle server = postmaster();

            replica.terminate();

            await().atMost(Duration.ofSeconds(60)).until(() -> !replica.isAlive() && !server.isAlive());
        }
    }

    @Test
    void a_directory_whose_first_start_was_interrupted_is_named_at_once_in_one_line() throws Exception {
        Files.createDirectories(directory.resolve("data").resolve("base"));
        try (Replica replica = launch()) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log())
                    .contains(directory + " has data without PG_VERSION")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void a_port_that_is_taken_is_told_before_the_server_is_started() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
                Replica replica = launch("-Dquarkus.http.port=" + taken.getLocalPort())) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log())
                    .contains("port " + taken.getLocalPort() + " of localhost is taken")
                    .doesNotContain("embedded PostgreSQL")
                    .doesNotContain("\tat ");
        }
    }

    private Replica launch(String... more) {
        return Replica.launchWithoutDatabase(Stream.concat(
                        Stream.of(
                                "-Deventuali.embedded-postgres.enabled=true",
                                "-Deventuali.embedded-postgres.directory=" + directory),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private void assertDurable() throws Exception {
        String port = Files.readAllLines(pidFile()).get(3);
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:" + port + "/postgres", "postgres", "postgres");
                Statement statement = connection.createStatement()) {
            for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
                try (ResultSet value = statement.executeQuery("SHOW " + setting)) {
                    value.next();
                    assertThat(value.getString(1)).as(setting).isEqualTo("on");
                }
            }
        }
    }

    private Path pidFile() {
        return directory.resolve("data").resolve("postmaster.pid");
    }

    /** Also initdb leaves such a file for a moment, with the number of a process that is gone. */
    private boolean hasServer() throws IOException {
        return Files.exists(pidFile())
                && Files.readAllLines(pidFile()).stream()
                        .findFirst()
                        .flatMap(line -> ProcessHandle.of(Long.parseLong(line.trim())))
                        .isPresent();
    }

    private ProcessHandle postmaster() throws IOException {
        return ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(pidFile()).get(0).trim()))
                .orElseThrow();
    }

    private static void append(Replica replica) throws Exception {
        assertThat(status(replica)).isEqualTo(201);
    }

    private static int status(Replica replica) throws Exception {
        return status(replica, "[{\"eventType\":\"OrderPlaced\",\"data\":{}}]");
    }

    private static int status(Replica replica, String events) throws Exception {
        return Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(events))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }
}
