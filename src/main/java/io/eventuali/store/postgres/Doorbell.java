package io.eventuali.store.postgres;

import io.eventuali.sql.ConnectionConfig;
import io.eventuali.sql.Connections;
import io.eventuali.sql.Connections.Use;
import io.eventuali.sql.SessionFault;
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
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.PgNotification;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * Wakes this replica when another one commits: by LISTEN, and by looking now and then in case a notification or the
 * connection it travels on is lost. It carries no payload; whoever is woken reads what it lacks.
 */
final class Doorbell {
    private static final Logger LOG = Logger.getLogger(Doorbell.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** After the answer to a probe, which follows its notification. */
    private static final long ECHO_MILLIS = 1_000;
    // A statement that gives up was answered, too: the limits tell a busy server from a connection that is dead.
    private static final String PREPARE_SESSION =
            "SELECT set_config('lock_timeout', '1s', false), set_config('statement_timeout', '2s', false),"
                    // A probe need not wait for a standby: it writes nothing.
                    + " set_config('synchronous_commit', 'off', false)";

    private final Vertx vertx;
    private final Connections connections;
    private final ConnectionConfig limits;
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
    /** Channel of the probes of this connection; nobody else listens there. */
    private String echo = "";

    private long probes;
    private String heard = "";
    private boolean probing;
    private long probedNanos;

    Doorbell(
            Vertx vertx,
            Connections connections,
            ConnectionConfig limits,
            StoreConfig.Read config,
            CommitListener listener,
            PostgresSubscriptionRemovals removals,
            IntSupplier ownBackend,
            Tasks tasks) {
        this.vertx = vertx;
        this.connections = connections;
        this.limits = limits;
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
                        probe();
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
        if (connection != null || connecting || stopped) {
            return;
        }
        connecting = true;
        String channel =
                "eventuali_echo_" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        connections
                .open(Use.LISTEN, PATIENCE)
                .map(PgConnection::cast)
                .compose(fresh -> {
                    fresh.notificationHandler(this::notified);
                    fresh.exceptionHandler(failure -> LOG.debugf("listening connection: %s", failure.getMessage()));
                    fresh.closeHandler(closed -> {
                        if (connection == fresh) {
                            lost(new IllegalStateException("the connection was lost; polling until it is back"));
                        }
                    });
                    return connections
                            .answered(Use.LISTEN, fresh, limits.timeout(), () -> fresh.query(PREPARE_SESSION)
                                    .execute()
                                    .compose(ready -> fresh.query("LISTEN eventuali_log; LISTEN "
                                                    + PostgresSubscriptionRemovals.CHANNEL + "; LISTEN " + channel)
                                            .execute()))
                            .map(fresh)
                            .onFailure(cause -> connections.sever(Use.LISTEN, fresh));
                })
                .onComplete(result -> {
                    connecting = false;
                    if (result.succeeded()) {
                        connection = result.result();
                        echo = channel;
                        probing = false;
                        probedNanos = System.nanoTime();
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

    private void notified(PgNotification notification) {
        String channel = notification.getChannel();
        if (channel.equals(PostgresSubscriptionRemovals.CHANNEL)) {
            removals.removed(notification.getPayload());
        } else if (channel.equals(echo)) {
            heard = notification.getPayload();
        } else if (notification.getProcessId() != ownBackend.getAsInt()) {
            // What this replica wrote itself, it knows already.
            listener.rung();
        }
    }

    /** Rings for this replica alone, and listens: a connection that has died without a word is quiet, as is one on which nobody writes. */
    private void probe() {
        PgConnection probed = connection;
        if (probed == null
                || probing
                || System.nanoTime() - probedNanos < limits.probeInterval().toNanos()) {
            return;
        }
        probing = true;
        probedNanos = System.nanoTime();
        String sent = Long.toString(++probes);
        connections
                .answered(Use.LISTEN, probed, limits.timeout(), () -> probed.preparedQuery("SELECT pg_notify($1, $2)")
                        .execute(Tuple.of(echo, sent)))
                .onComplete(answer -> {
                    if (connection != probed) {
                        return;
                    }
                    probing = false;
                    if (answer.failed() && !isAnswer(answer.cause())) {
                        giveUp(probed, answer.cause().getMessage());
                    } else if (answer.succeeded()) {
                        vertx.setTimer(ECHO_MILLIS, late -> {
                            if (connection == probed && !heardSince(sent)) {
                                giveUp(probed, "its notifications do not arrive");
                            }
                        });
                    }
                });
    }

    private boolean heardSince(String probe) {
        return !heard.isEmpty() && Long.parseLong(heard) >= Long.parseLong(probe);
    }

    private static boolean isAnswer(Throwable cause) {
        return cause instanceof PgException && !SessionFault.isLasting(cause);
    }

    private void giveUp(PgConnection silent, String reason) {
        connections.sever(Use.LISTEN, silent);
        lost(new IllegalStateException("the connection that listens is closed: " + reason));
        listen();
    }

    private void lost(Throwable reason) {
        connection = null;
        if (!stopped) {
            listening.failed(reason);
        }
    }
}
