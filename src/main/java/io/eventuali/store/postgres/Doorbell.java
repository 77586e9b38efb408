package io.eventuali.store.postgres;

import io.eventuali.store.CommitListener;
import io.eventuali.store.StoreConfig;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * Wakes this replica when another one commits: by LISTEN, and by looking now and then in case a notification or the
 * connection it travels on is lost. It carries no payload; whoever is woken reads what it lacks.
 */
final class Doorbell {
    private static final Logger LOG = Logger.getLogger(Doorbell.class);

    private final Vertx vertx;
    private final Pool pool;
    private final StoreConfig.Read config;
    private final CommitListener listener;
    private final PostgresSubscriptionRemovals removals;
    private final IntSupplier ownBackend;
    private PgConnection connection;
    private boolean connecting;
    private boolean complained;
    private long timer;

    Doorbell(
            Vertx vertx,
            Pool pool,
            StoreConfig.Read config,
            CommitListener listener,
            PostgresSubscriptionRemovals removals,
            IntSupplier ownBackend) {
        this.vertx = vertx;
        this.pool = pool;
        this.config = config;
        this.listener = listener;
        this.removals = removals;
        this.ownBackend = ownBackend;
    }

    void start() {
        // On one context, which makes the fields above single-threaded.
        vertx.getOrCreateContext().runOnContext(ignored -> {
            timer = vertx.setPeriodic(config.pollInterval().toMillis(), tick -> {
                listen();
                listener.rung();
            });
            listen();
        });
    }

    void stop() {
        vertx.cancelTimer(timer);
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
                        LOG.warn("the LISTEN connection was lost; polling until it is back");
                    });
                    return fresh.query("LISTEN eventuali_log; LISTEN " + PostgresSubscriptionRemovals.CHANNEL)
                            .execute()
                            .map(fresh);
                })
                .onComplete(result -> {
                    connecting = false;
                    if (result.succeeded()) {
                        connection = result.result();
                        complained = false;
                        LOG.debugf("listening backend=%d", connection.processId());
                        // Whatever was announced while nobody listened, and whoever the server is now.
                        listener.reconnected();
                    } else if (!complained) {
                        complained = true;
                        LOG.warnf(
                                "cannot LISTEN, polling instead: %s",
                                result.cause().getMessage());
                    }
                });
    }
}
