package io.eventuali.store.postgres;

import io.eventuali.store.CommitListener;
import io.eventuali.store.StoreConfig;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * Wakes this replica when another one commits: by LISTEN, and by looking now and then in case a notification or the
 * connection it travels on is lost. It carries no payload; whoever is woken reads what it lacks.
 */
final class Doorbell {
    private static final Logger LOG = Logger.getLogger(Doorbell.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Pool pool;
    private final StoreConfig.Read config;
    private final CommitListener listener;
    private final PostgresSubscriptionRemovals removals;
    private final IntSupplier ownBackend;
    private PgConnection connection;
    private boolean connecting;
    private volatile boolean stopped;
    private final Tasks tasks;
    private final Task listening;
    private Cancellable poll = () -> {};

    Doorbell(
            Vertx vertx,
            Pool pool,
            StoreConfig.Read config,
            CommitListener listener,
            PostgresSubscriptionRemovals removals,
            IntSupplier ownBackend,
            Tasks tasks) {
        this.vertx = vertx;
        this.pool = pool;
        this.config = config;
        this.listener = listener;
        this.removals = removals;
        this.ownBackend = ownBackend;
        this.tasks = tasks;
        this.listening = tasks.open("log-notifications", "");
    }

    void start() {
        // On one context, which makes the fields above single-threaded.
        Context context = vertx.getOrCreateContext();
        poll = tasks.every("log-poll", Rhythm.steady(config.pollInterval(), PATIENCE), () -> Uni.createFrom()
                .emitter(done -> context.runOnContext(ignored -> {
                    try {
                        listen();
                        listener.rung();
                        done.complete(null);
                    } catch (Throwable failure) {
                        done.fail(failure);
                    }
                })));
    }

    void stop() {
        stopped = true;
        poll.cancel();
        if (connection != null) {
            connection.close();
        }
    }

    private void listen() {
        if (connection != null || connecting) {
            return;
        }
        connecting = true;
        pool.getConnection()
                .map(PgConnection::cast)
                .compose(fresh -> {
                    fresh.notificationHandler(notification -> {
                        if (notification.getChannel().equals(PostgresSubscriptionRemovals.CHANNEL)) {
                            removals.removed(notification.getPayload());
                            return;
                        }
                        // What this replica wrote itself, it knows already.
                        if (notification.getProcessId() != ownBackend.getAsInt()) {
                            listener.rung();
                        }
                    });
                    fresh.closeHandler(closed -> {
                        connection = null;
                        if (!stopped) {
                            listening.failed(
                                    new IllegalStateException("the connection was lost; polling until it is back"));
                        }
                    });
                    return fresh.query("LISTEN eventuali_log; LISTEN " + PostgresSubscriptionRemovals.CHANNEL)
                            .execute()
                            .timeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .map(fresh)
                            .onFailure(cause -> fresh.close());
                })
                .onComplete(result -> {
                    connecting = false;
                    if (result.succeeded()) {
                        connection = result.result();
                        listening.worked();
                        LOG.debugf("listening backend=%d", connection.processId());
                        // Whatever was announced while nobody listened, and whoever the server is now.
                        listener.reconnected();
                    } else {
                        // The poll tries again, and finds meanwhile what nobody announces.
                        listening.failed(result.cause());
                    }
                });
    }
}
