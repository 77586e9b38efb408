package io.eventuali.sql;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.CloseFuture;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.impl.NetClientImpl;
import io.vertx.pgclient.impl.PgConnectionFactory;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Opens connections that are given up when the server says nothing. The client alone would wait without end for the answers to its request for
 * TLS and to its sign-on; its own limit for idle connections only sends a farewell then, and waits for the server to take it.
 */
final class BoundedDriver extends PgDriver {
    private final Duration silence;

    /** @param silence for how long a connection may say nothing until {@link Sockets#established} is called */
    BoundedDriver(Duration silence) {
        this.silence = silence;
    }

    @Override
    public ConnectionFactory createConnectionFactory(
            Vertx vertx, Supplier<? extends Future<? extends SqlConnectOptions>> database) {
        return new Factory((VertxInternal) vertx, database, silence);
    }

    private static final class Factory extends PgConnectionFactory {
        private final Duration silence;
        private final Map<String, NetClient> clients = new ConcurrentHashMap<>();

        Factory(
                VertxInternal vertx,
                Supplier<? extends Future<? extends SqlConnectOptions>> database,
                Duration silence) {
            super(vertx, database);
            this.silence = silence;
        }

        @Override
        protected NetClient netClient(NetClientOptions given) {
            NetClientOptions options = new NetClientOptions(given).setReconnectAttempts(0);
            if (options.getHostnameVerificationAlgorithm() == null) {
                options.setHostnameVerificationAlgorithm("");
            }
            return clients.computeIfAbsent(options.toJson().encode(), key -> {
                Client client = new Client(vertx, options, clientCloseFuture, silence);
                clientCloseFuture.add(client);
                return client;
            });
        }
    }

    private static final class Client extends NetClientImpl {
        private final Duration silence;

        Client(VertxInternal vertx, NetClientOptions options, CloseFuture closeFuture, Duration silence) {
            super(vertx, null, options, closeFuture);
            this.silence = silence;
        }

        @Override
        protected void initChannel(ChannelPipeline pipeline) {
            super.initChannel(pipeline);
            // Before all others, so that it closes the socket and asks nobody.
            pipeline.addFirst(Sockets.OPENING, new ReadTimeoutHandler(silence.toMillis(), TimeUnit.MILLISECONDS));
        }
    }
}
