package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.SilentProxy;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A database that says nothing, or not what it should: appends are answered in time all the same, and work soon after it is well again. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SilentDatabaseIT {
    /** With {@code -Drounds=3} all times are as they are in production, and silences as long. */
    private static final boolean LONG = Integer.getInteger("rounds", 1) > 2;

    private static final List<String> SHORT_TIMES = List.of(
            "-Deventuali.store.append.timeout=4s",
            "-Deventuali.store.append.lock-timeout=2s",
            "-Deventuali.database.connection.timeout=1500ms",
            "-Deventuali.database.connection.probe-interval=1s");
    /** {@code eventuali.store.append.timeout}, and a little for a busy machine. */
    private static final Duration ANSWERED = Duration.ofSeconds(LONG ? 11 : 5);

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration READS = Duration.ofSeconds(15);

    private static DatabaseServer database;
    private static SilentProxy proxy;
    private static Connection connection;
    private static Replica replica;

    @BeforeAll
    static void start() throws Exception {
        database = new DatabaseServer();
        proxy = new SilentProxy(database.port());
        connection = database.connect();
        connection.setAutoCommit(true);
        replica = Replica.launch(
                database.url().replace(":" + database.port() + "/", ":" + proxy.port() + "/"),
                LONG ? new String[0] : SHORT_TIMES.toArray(String[]::new));
        replica.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        replica.close();
        connection.close();
        proxy.close();
        database.close();
    }

    @AfterEach
    void heal() {
        proxy.heal();
        await().atMost(Duration.ofSeconds(20)).until(() -> append() == 201);
        replica.awaitReady();
    }

    @Test
    void an_append_whose_connection_is_dead_is_answered_and_the_next_one_works() {
        assertThat(append()).isEqualTo(201);
        int swallowed = proxy.swallowed();
        proxy.silence("append");
        CompletableFuture<HttpResponse<String>> unanswered = send();
        await().atMost(SOON).until(() -> proxy.swallowed() > swallowed);
        proxy.heal();

        // By another connection, long before its time is up.
        await().atMost(SOON).until(() -> append() == 201);
        HttpResponse<String> answer =
                unanswered.orTimeout(ANSWERED.toSeconds(), TimeUnit.SECONDS).join();

        assertThat(answer.statusCode()).isIn(201, 503);
    }

    @Test
    void an_append_is_answered_in_time_while_no_connection_for_it_works() {
        proxy.silence("append");

        for (int i = 0; i < 2; i++) {
            long sent = System.nanoTime();
            assertThat(append()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(ANSWERED);
        }

        assertThat(replica.status("/q/health/ready")).isEqualTo(503);
        assertThat(replica.status("/v1/events")).isEqualTo(200);
    }

    @Test
    void a_connection_that_listens_and_has_died_is_noticed_and_replaced() {
        double before = replica.metric("eventuali_database_severed_total");
        int listening = listening();
        proxy.silence("listen");

        await().atMost(Duration.ofSeconds(10)).until(() -> replica.metric("eventuali_database_severed_total") > before);
        proxy.heal();

        await().atMost(SOON).until(() -> listening() != listening && listening() != 0);
        assertThat(replica.log()).contains("task=log-notifications fails");
        assertThat(replica.status("/q/health/ready")).isEqualTo(200);
    }

    @Test
    void reads_work_soon_though_all_connections_that_read_have_died() {
        replica.get("/v1/position");
        assertThat(replica.status("/v1/events")).isEqualTo(200);
        proxy.silence("shared");
        assertThat(replica.status("/v1/events")).isNotEqualTo(200);
        proxy.heal();

        await().atMost(SOON).until(() -> replica.status("/v1/events") == 200);
        assertThat(append()).isEqualTo(201);
    }

    @Test
    void after_a_silence_appends_work_within_five_seconds_and_reads_soon() throws Exception {
        afterSilence(Duration.ofSeconds(LONG ? 10 : 6), true);
    }

    @Test
    void after_a_silence_of_answers_appends_work_within_five_seconds_and_reads_soon() throws Exception {
        afterSilence(Duration.ofSeconds(4), false);
    }

    @Test
    void after_a_silence_of_a_minute_appends_work_within_five_seconds_and_reads_soon() throws Exception {
        assumeTrue(LONG, "takes more than a minute: -Drounds=3");
        afterSilence(Duration.ofSeconds(60), true);
    }

    private void afterSilence(Duration time, boolean both) throws Exception {
        assertThat(append()).isEqualTo(201);
        long began = System.nanoTime();
        if (both) {
            proxy.silence();
        } else {
            proxy.silenceAnswers();
        }
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        while (System.nanoTime() - began < time.toNanos()) {
            long sent = System.nanoTime();
            answers.add(send().thenAccept(answer -> {
                assertThat(answer.statusCode()).isIn(201, 503);
                assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(ANSWERED);
            }));
            Thread.sleep(500);
        }
        if (both) {
            assertThat(replica.status("/q/health/ready")).isEqualTo(503);
        }
        assertThat(replica.status("/q/health/live")).isEqualTo(200);
        proxy.heal();
        await().atMost(SOON).until(() -> append() == 201);
        // A read gives its connection up when its own time is over, which is longer than that of an append.
        await().atMost(READS).until(() -> replica.status("/v1/events") == 200);
        await().atMost(READS).until(() -> replica.status("/q/health/ready") == 200);
        answers.forEach(CompletableFuture::join);
    }

    @Test
    void frozen_backends_are_replaced() throws Exception {
        assertThat(append()).isEqualTo(201);
        List<Long> frozen = backends();
        assertThat(frozen).isNotEmpty();
        signal("-STOP", frozen);
        try {
            long sent = System.nanoTime();
            assertThat(append()).isIn(201, 503);
            assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(ANSWERED);
            await().atMost(SOON).until(() -> append() == 201);
            await().atMost(SOON).until(() -> replica.status("/v1/events") == 200);
        } finally {
            signal("-CONT", frozen);
        }
    }

    @Test
    void appends_work_soon_after_the_database_is_writable_again() throws Exception {
        for (String scope : List.of("SYSTEM", "DATABASE postgres")) {
            alter(scope + " SET default_transaction_read_only = on");
            // Sessions that are opened now keep it.
            execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'eventuali %'");
            await().atMost(SOON).until(() -> append() == 503);
            await().atMost(SOON).until(() -> replica.status("/q/health/ready") == 503);
            assertThat(replica.status("/q/health/live")).isEqualTo(200);
            assertThat(replica.status("/v1/events")).isEqualTo(200);

            execute("SET default_transaction_read_only = off");
            alter(scope + " RESET default_transaction_read_only");

            await().atMost(SOON).until(() -> append() == 201);
            await().atMost(SOON).until(() -> replica.status("/q/health/ready") == 200);
        }
    }

    @Test
    void an_append_that_no_synchronous_standby_confirms_is_answered_in_time() throws Exception {
        alter("SYSTEM SET synchronous_standby_names = 'away'");
        try {
            long sent = System.nanoTime();
            HttpResponse<String> answer = send().join();
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - sent)).isLessThan(ANSWERED);
            await().atMost(SOON).until(() -> replica.status("/q/health/ready") == 503);
        } finally {
            execute("SET synchronous_commit = local");
            alter("SYSTEM RESET synchronous_standby_names");
        }
        await().atMost(SOON).until(() -> append() == 201);
    }

    private static int append() {
        return send().join().statusCode();
    }

    private static CompletableFuture<HttpResponse<String>> send() {
        return Replica.HTTP.sendAsync(
                HttpRequest.newBuilder(replica.uri("/v1/streams/Order/order-1/events"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "[{\"eventId\":\"%s\",\"eventType\":\"OrderPlaced\",\"data\":{}}]"
                                        .formatted(UUID.randomUUID())))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static int listening() {
        List<Long> pids = pids("application_name LIKE '% listen'");
        return pids.isEmpty() ? 0 : pids.get(pids.size() - 1).intValue();
    }

    private static List<Long> backends() {
        return pids("application_name LIKE 'eventuali %'");
    }

    private static List<Long> pids(String condition) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT pid FROM pg_stat_activity WHERE " + condition + " ORDER BY backend_start")) {
            List<Long> pids = new ArrayList<>();
            while (rows.next()) {
                pids.add(rows.getLong(1));
            }
            return pids;
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static void alter(String what) throws SQLException {
        execute("ALTER " + what);
        execute("SELECT pg_reload_conf()");
    }

    private static void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void signal(String signal, List<Long> pids) throws Exception {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }
}
