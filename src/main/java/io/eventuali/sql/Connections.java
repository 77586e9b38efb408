package io.eventuali.sql;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The connections of this replica. One is kept for appends, one for listening and one for leases; the others are shared. Where the server
 * has fewer than it was promised, the shared ones are given up for the others, in this order.
 *
 * <p>No connection is believed to be alive: what is not answered in time has its socket closed, so that its place is free again.
 */
@Singleton
public class Connections {
    private static final Logger LOG = Logger.getLogger(Connections.class);
    /** One appends, one listens, and one is for leases. */
    private static final int KEPT = 3;

    private static final long RETRY_MILLIS = 200;
    private static final long SHORTAGE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long SHORTAGE_SHOWN_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int USER_TIMEOUT_MILLIS = 15_000;
    private static final long LOOK_MILLIS = 5_000;
    /** For how long an answer is awaited before the server is asked whether it still works on it. */
    private static final Duration LATE = Duration.ofSeconds(10);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    /** Poolers refuse it at the start of a session, and its default is as good since PostgreSQL 12. */
    private static final String REFUSED_BY_POOLERS = "extra_float_digits";

    // An answer that has just been given may be on its way.
    private static final String WORKING = "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1)"
            + " AND (state NOT LIKE 'idle%' OR state_change > clock_timestamp() - interval '500 milliseconds')";

    private static final String CLIENTS_NAME = "vertx-pg-client";
    // The server has to notice, too, that a client is gone: until then a transaction keeps its locks. Session settings,
    // since a pooler
    // may not pass options of the start on.
    private static final String PREPARE = "SELECT pg_backend_pid(), set_config('tcp_keepalives_idle', '5', false),"
            + " set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false),"
            + " set_config('tcp_user_timeout', '" + USER_TIMEOUT_MILLIS + "', false),"
            + " set_config('application_name', CASE current_setting('application_name')"
            + " WHEN '" + CLIENTS_NAME
            + "' THEN 'eventuali' ELSE current_setting('application_name') END || ' %s', false),"
            // Only some systems have it, and those without refuse the setting.
            + " CASE WHEN version() LIKE '%%linux%%' THEN set_config('client_connection_check_interval', '2s', false) END";

    /** What a connection is kept for. */
    public enum Use {
        /** Writes events. */
        APPEND,
        /** Hears of what others write. */
        LISTEN,
        /** Claims and renews leases. */
        LEASES,
        /** Everything else. */
        SHARED;

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Pool injected;
    private final ConnectionConfig config;
    private final Map<Use, Counter> severed = new HashMap<>();
    private final Map<Channel, Watch> shared = new ConcurrentHashMap<>();
    /** Of those that are not shared. */
    private final Map<Channel, Watch> kept = new ConcurrentHashMap<>();

    private final Set<Channel> busy = ConcurrentHashMap.newKeySet();
    private volatile Map<Use, Pool> pools = Map.of();
    private volatile Vertx vertx;
    private volatile long scarceUntil = System.nanoTime();
    private volatile Shortage shortage;
    private int maxSize;
    private long look;

    Connections(
            @ReactiveDataSource(Statements.DATA_SOURCE) Pool injected, ConnectionConfig config, MeterRegistry meters) {
        this.injected = injected;
        this.config = config;
        for (Use use : Use.values()) {
            severed.put(
                    use,
                    Counter.builder("eventuali.database.severed")
                            .tag("use", use.label())
                            .description(
                                    "Connections closed because the database did not answer in time, or their session had failed")
                            .register(meters));
        }
    }

    /** Called when the data source is first used. */
    Pool create(PgPoolCreator.Input input) {
        maxSize = input.poolOptions().getMaxSize();
        vertx = input.vertx();
        AtomicInteger turn = new AtomicInteger();
        List<PgConnectOptions> servers =
                input.pgConnectOptionsList().stream().map(this::bounded).toList();
        Supplier<PgConnectOptions> next = () -> servers.get(Math.floorMod(turn.getAndIncrement(), servers.size()));
        Map<Use, Pool> made = new HashMap<>();
        for (Use use : Use.values()) {
            PoolOptions options = new PoolOptions(input.poolOptions())
                    .setConnectionTimeout((int) LONGEST_WAIT.toSeconds())
                    .setConnectionTimeoutUnit(TimeUnit.SECONDS);
            if (use == Use.SHARED) {
                options.setMaxSize(Math.max(1, maxSize - KEPT));
            } else {
                // Never given back for being idle, and on the event loop of its only user.
                options.setMaxSize(1).setIdleTimeout(0).setEventLoopSize(0).setShared(false);
            }
            made.put(use, pool(use, options, next));
        }
        pools = Map.copyOf(made);
        look = vertx.setPeriodic(LOOK_MILLIS, ignored -> lookForLostAnswers());
        return made.get(Use.SHARED);
    }

    /** Vert.x may outlive the application, as in dev mode. The data source closes what is shared. */
    @PreDestroy
    void close() {
        if (!pools.isEmpty()) {
            vertx.cancelTimer(look);
            pools.forEach((use, pool) -> {
                if (use != Use.SHARED) {
                    pool.close();
                }
            });
        }
    }

    private PgConnectOptions bounded(PgConnectOptions server) {
        PgConnectOptions options = new PgConnectOptions(server);
        int millis = Math.toIntExact(config.timeout().toMillis());
        options.setConnectTimeout(millis)
                .setSslHandshakeTimeout(millis)
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setTcpKeepAlive(true)
                // Where Vert.x has a transport that knows it; else the kernel tries for a quarter of an hour, and the
                // limits above count.
                .setTcpUserTimeout(USER_TIMEOUT_MILLIS);
        Map<String, String> properties = new HashMap<>(options.getProperties());
        properties.remove(REFUSED_BY_POOLERS);
        return options.setProperties(properties);
    }

    private Pool pool(Use use, PoolOptions options, Supplier<PgConnectOptions> next) {
        Supplier<Future<SqlConnectOptions>> server = () -> use == Use.SHARED && isScarce()
                ? Future.failedFuture(new SessionFault.NoPlaceException())
                : Future.succeededFuture(next.get());
        return ClientBuilder.pool(new BoundedDriver(config.timeout()))
                .with(options)
                .connectingTo(server)
                .withConnectHandler(opened(use))
                .using(vertx)
                .build();
    }

    private Handler<SqlConnection> opened(Use use) {
        return connection -> {
            Channel channel = Sockets.of(connection);
            Watch watch = new Watch();
            Map<Channel, Watch> watches = use == Use.SHARED ? shared : kept;
            Sockets.watch(channel, watch);
            watches.put(channel, watch);
            channel.closeFuture().addListener(closed -> watches.remove(channel));
            connection.query(PREPARE.formatted(use.label())).execute().onComplete(prepared -> {
                if (prepared.succeeded()) {
                    watch.backend(prepared.result().iterator().next().getInteger(0));
                } else {
                    LOG.debugf(
                            "a connection was not prepared use=%s: %s",
                            use.label(), prepared.cause().getMessage());
                }
                // A closed one is not handed over; who waits for it has been told.
                if (channel.isActive()) {
                    Sockets.established(channel);
                    connection.close();
                }
            });
        };
    }

    /** The pool that has the connections for this use. */
    public Pool pool(Use use) {
        if (pools.isEmpty()) {
            // The data source is made at its first use, which calls the method above.
            injected.size();
        }
        return pools.get(use);
    }

    /**
     * A connection for this use. Where the server has none left, shared ones are given up for the others and it is tried again.
     *
     * @param limit how long it may take
     * @return fails with what the driver says, or with a {@link VertxException} after that time
     */
    public Future<SqlConnection> open(Use use, Duration limit) {
        Promise<SqlConnection> opened = Promise.promise();
        acquire(use, System.nanoTime() + limit.toNanos(), opened);
        return opened.future();
    }

    private void acquire(Use use, long deadline, Promise<SqlConnection> opened) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
            opened.tryFail(late("connection", use));
            return;
        }
        Pool pool = pool(use);
        long timer = vertx.setTimer(left, late -> opened.tryFail(late("connection", use)));
        pool.getConnection().onComplete(result -> {
            vertx.cancelTimer(timer);
            if (result.succeeded()) {
                if (!opened.tryComplete(result.result())) {
                    result.result().close();
                }
            } else if (SessionFault.isScarcity(result.cause())) {
                scarce(use, result.cause());
                vertx.setTimer(RETRY_MILLIS, again -> acquire(use, deadline, opened));
            } else {
                opened.tryFail(result.cause());
            }
        });
    }

    private NoAnswerException late(String what, Use use) {
        String why = shortage().map(reason -> ": " + reason).orElse("");
        return new NoAnswerException("no " + what + " of the database in time use=" + use.label() + why);
    }

    private boolean isScarce() {
        return scarceUntil - System.nanoTime() > 0;
    }

    private void scarce(Use use, Throwable cause) {
        if (cause instanceof SessionFault.NoPlaceException) {
            return;
        }
        if (shortage().isEmpty()) {
            LOG.warnf(
                    "pool too small: the database has fewer connections left than the %d that quarkus.datasource.eventuali.reactive.max-size promises: %s",
                    maxSize, cause.getMessage());
        }
        shortage = new Shortage("pool too small: " + cause.getMessage(), System.nanoTime());
        if (use != Use.SHARED) {
            scarceUntil = System.nanoTime() + SHORTAGE_NANOS;
            shared.entrySet().stream()
                    .filter(one ->
                            !busy.contains(one.getKey()) && !one.getValue().isInUse())
                    .map(Map.Entry::getKey)
                    .findAny()
                    .or(() -> shared.keySet().stream().findAny())
                    .ifPresent(Sockets::sever);
        }
    }

    /** Why there are too few connections, while that is so. */
    public Optional<String> shortage() {
        Shortage last = shortage;
        return last == null || System.nanoTime() - last.seenNanos() > SHORTAGE_SHOWN_NANOS
                ? Optional.empty()
                : Optional.of(last.reason());
    }

    /**
     * Works on a connection, for a limited time. Then, or when its session has failed, its socket is closed; else it is given back.
     *
     * @param limit how long all of it may take, with the wait for a connection
     * @return fails with what the work fails with, or with a {@link VertxException} after that time; then it may have been done or not
     */
    public <T> Future<T> with(Use use, Duration limit, Function<SqlConnection, Future<T>> work) {
        long deadline = System.nanoTime() + limit.toNanos();
        return alive(use, deadline).compose(connection -> {
            Channel channel = Sockets.of(connection);
            busy.add(channel);
            Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
            return answered(use, connection, left, () -> work.apply(connection)).onComplete(result -> {
                busy.remove(channel);
                if (result.succeeded() || !isOver(result.cause())) {
                    connection.close();
                } else if (SessionFault.isLasting(result.cause())) {
                    sever(use, connection);
                }
            });
        });
    }

    /** A connection that was not heard of for a while is asked for a sign of life first, which is cheap beside a statement's limit. */
    private Future<SqlConnection> alive(Use use, long deadline) {
        return open(use, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))
                .compose(connection -> {
                    Watch watch = shared.get(Sockets.of(connection));
                    if (watch == null
                            || !watch.isSilentFor(config.probeInterval().toNanos())) {
                        return Future.succeededFuture(connection);
                    }
                    return answered(use, connection, config.timeout(), () -> connection
                                    .query("SELECT")
                                    .execute())
                            .map(connection)
                            .recover(dead -> {
                                if (!(dead instanceof NoAnswerException)) {
                                    connection.close();
                                }
                                return deadline - System.nanoTime() > 0
                                        ? alive(use, deadline)
                                        : Future.failedFuture(dead);
                            });
                });
    }

    /** Processes of the server whose answers this replica has waited for that long, on whatever connection. */
    public Set<Integer> waitedFor(Duration time) {
        Set<Integer> backends = new HashSet<>();
        for (Map<Channel, Watch> watches : List.of(shared, kept)) {
            for (Watch watch : watches.values()) {
                if (watch.backend() != 0 && watch.owesAnswerFor(time.toNanos())) {
                    backends.add(watch.backend());
                }
            }
        }
        return backends;
    }

    /** A statement may take as long as the server works on it, if its user sets no limit, as transactions of an application do not. */
    private void lookForLostAnswers() {
        Map<Integer, Watch> late = new HashMap<>();
        shared.values().stream()
                .filter(watch -> watch.backend() != 0 && watch.owesAnswerFor(LATE.toNanos()))
                .forEach(watch -> late.put(watch.backend(), watch));
        if (late.isEmpty()) {
            return;
        }
        with(Use.SHARED, config.timeout(), connection -> working(connection, late.keySet()))
                .onSuccess(working -> {
                    late.keySet().removeAll(working);
                    severShared(watch -> late.get(watch.backend()) == watch && watch.owesAnswerFor(LATE.toNanos()));
                });
    }

    /**
     * Which of these processes of the server still work on what they were asked. One that has ended its work, or has never begun, has lost
     * the way to this replica, or its answer has.
     */
    public static Future<Set<Integer>> working(SqlConnection connection, Set<Integer> backends) {
        return connection
                .preparedQuery(WORKING)
                .execute(Tuple.of((Object) backends.toArray(Integer[]::new)))
                .map(rows -> {
                    Set<Integer> working = new HashSet<>();
                    rows.forEach(row -> working.add(row.getInteger(0)));
                    return working;
                });
    }

    private static boolean isOver(Throwable failure) {
        return failure instanceof NoAnswerException || SessionFault.isLasting(failure);
    }

    /** Waits for an answer for a limited time, then closes the socket of the connection. */
    public <T> Future<T> answered(Use use, SqlConnection connection, Duration limit, Supplier<Future<T>> statement) {
        Promise<T> answer = Promise.promise();
        long timer = vertx.setTimer(Math.max(1, limit.toMillis()), late -> {
            if (answer.tryFail(late("answer", use))) {
                sever(use, connection);
                // What was not heard of for as long is likely to be as dead, and would cost the next statement as much.
                // A statement that
                // had little time left says nothing of others.
                long since = System.nanoTime()
                        - Math.max(limit.toNanos(), config.timeout().toNanos());
                severShared(watch -> watch.isSilentSince(since) && !watch.isInUse());
            }
        });
        Future<T> answering;
        try {
            answering = statement.get();
        } catch (RuntimeException bug) {
            answering = Future.failedFuture(bug);
        }
        answering.onComplete(result -> {
            vertx.cancelTimer(timer);
            if (result.succeeded()) {
                answer.tryComplete(result.result());
            } else {
                answer.tryFail(result.cause());
            }
        });
        return answer.future();
    }

    /** Closes the socket of a connection at once, so that it need not be closed: whatever it was asked fails, its place is free. */
    public void sever(Use use, SqlConnection connection) {
        severed.get(use).increment();
        Channel channel = Sockets.of(connection);
        Sockets.sever(channel);
        // Only for the pool's books, and not before it knows that there is nothing to be given to the next.
        channel.closeFuture().addListener(closed -> channel.eventLoop()
                .schedule(() -> connection.close(), RETRY_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** Closes the shared connections that are not in the middle of something: their sessions may have failed, and it is not known which. */
    public void severShared() {
        severShared(watch -> !watch.isInUse());
    }

    private void severShared(Predicate<Watch> isMeant) {
        shared.forEach((channel, watch) -> {
            if (isMeant.test(watch)) {
                severed.get(Use.SHARED).increment();
                Sockets.sever(channel);
            }
        });
    }

    private static final class NoAnswerException extends VertxException {
        private static final long serialVersionUID = 1L;

        NoAnswerException(String message) {
            super(message, true);
        }
    }

    private record Shortage(String reason, long seenNanos) {}
}
