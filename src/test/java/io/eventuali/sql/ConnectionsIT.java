package io.eventuali.sql;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventuali.sql.Connections.Use;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.SilentProxy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever falls silent, and at which step, a place is free again soon after. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ConnectionsIT {
    /** Shorter than the silence that a connection may keep, so that those who wait give up first. */
    private static final Duration LIMIT = Duration.ofMillis(300);

    private static final Duration SILENCE = Duration.ofMillis(400);
    private static Vertx vertx;
    private static DatabaseServer database;
    private static SilentProxy proxy;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        database = new DatabaseServer();
        proxy = new SilentProxy(database.port());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        database.close();
        vertx.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = SslMode.class,
            names = {"DISABLE", "PREFER"})
    void a_server_that_says_nothing_while_connections_are_opened_takes_no_place_for_long(SslMode mode) {
        Connections connections = connections(mode);
        for (Use use : Use.values()) {
            proxy.silence();
            allFail(connections, use);
            proxy.heal();

            await().atMost(Duration.ofSeconds(4)).ignoreExceptions().until(() -> one(connections, use) == 1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Use.class,
            names = {"APPEND", "SHARED"})
    void a_server_that_falls_silent_in_a_tls_handshake_takes_no_place_for_long(Use use) {
        Connections connections = connections(SslMode.PREFER);
        proxy.silenceHandshakes();
        allFail(connections, use);
        proxy.heal();

        await().atMost(Duration.ofSeconds(4)).ignoreExceptions().until(() -> one(connections, use) == 1);
    }

    @ParameterizedTest
    @EnumSource(Use.class)
    void a_connection_that_dies_while_it_is_idle_or_asked_is_replaced(Use use) {
        Connections connections = connections(SslMode.DISABLE);
        // Opening the first one may take a busy machine longer than a statement has here.
        await().ignoreExceptions().until(() -> one(connections, use) == 1);

        proxy.silence();
        assertThatThrownBy(() -> one(connections, use)).hasCauseInstanceOf(VertxException.class);
        proxy.heal();

        await().atMost(Duration.ofSeconds(4)).ignoreExceptions().until(() -> one(connections, use) == 1);
    }

    /** More at once than there are places, and then again, when those that were under way have failed. */
    private static void allFail(Connections connections, Use use) {
        for (int turn = 0; turn < 2; turn++) {
            List<CompletableFuture<RowSet<Row>>> asked =
                    IntStream.range(0, 8).mapToObj(i -> ask(connections, use)).toList();
            for (CompletableFuture<RowSet<Row>> one : asked) {
                assertThatThrownBy(one::join)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(VertxException.class);
            }
        }
    }

    private static int one(Connections connections, Use use) {
        return ask(connections, use).join().size();
    }

    private static CompletableFuture<RowSet<Row>> ask(Connections connections, Use use) {
        return connections
                .with(use, LIMIT, connection -> connection.query("SELECT 1").execute())
                .toCompletionStage()
                .toCompletableFuture();
    }

    private static Connections connections(SslMode mode) {
        PgConnectOptions options = PgConnectOptions.fromUri(
                        database.url().replace(":" + database.port() + "/", ":" + proxy.port() + "/"))
                .setSslMode(mode)
                .setTrustAll(true);
        Connections connections = new Connections(null, new Short(), new SimpleMeterRegistry());
        connections.create(new PgPoolCreator.Input() {
            @Override
            public Vertx vertx() {
                return vertx;
            }

            @Override
            public PoolOptions poolOptions() {
                return new PoolOptions().setMaxSize(6);
            }

            @Override
            public List<PgConnectOptions> pgConnectOptionsList() {
                return List.of(options);
            }
        });
        return connections;
    }

    private static final class Short implements ConnectionConfig {
        @Override
        public Duration timeout() {
            return SILENCE;
        }

        @Override
        public Duration probeInterval() {
            return SILENCE;
        }
    }
}
