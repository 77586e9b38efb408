package io.eventuali.store.postgres;

import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.sql.Connections;
import io.eventuali.sql.Connections.Use;
import io.eventuali.store.AppendResult;
import io.eventuali.store.CommitListener;
import io.eventuali.store.CommittedBatch;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.StoreConfig;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Writes what waits in the queue, one transaction at a time: while one commits, the next ones gather. One connection is
 * enough, because every transaction would queue for the head of the log anyway (G1).
 *
 * <p>All of it runs on one Vert.x context; only {@link #append} is called from elsewhere.
 */
final class GroupCommit {
    private static final Logger LOG = Logger.getLogger(GroupCommit.class);
    private static final Duration RECONNECT_DELAY = Duration.ofMillis(200);
    private static final Duration EXPIRY_CHECK = Duration.ofMillis(100);
    private static final Duration PROBE_CHECK = Duration.ofMillis(500);
    private static final String LOOK_UP = "SELECT " + EventRows.COLUMNS + " FROM events WHERE event_id = ANY($1)";
    // Session settings, since a proxy in between may not pass start-up options. synchronous_commit keeps G2 on a server
    // whose default is off; stricter settings of the server stay.
    private static final String PREPARE_SESSION = "SELECT pg_backend_pid(), set_config('lock_timeout', $1, false),"
            + " set_config('statement_timeout', $2, false),"
            + " set_config('idle_in_transaction_session_timeout', $2, false),"
            + " set_config('default_transaction_isolation', 'read committed', false),"
            + " CASE WHEN current_setting('synchronous_commit') = 'off'"
            + " THEN set_config('synchronous_commit', 'on', false) END";

    /** What an append needs, without one: the lock, a session that may write, and a commit that everybody needed for it confirms. */
    private static final String PROBE = "SELECT lock_log_head(), current_setting('transaction_read_only'),"
            + " CASE WHEN current_setting('transaction_read_only') = 'off' THEN prove_commit() END";

    /** After an append that found no room: a full disk lets the other probe pass, which adds nothing to a table. */
    private static final String PROBE_ROOM =
            PROBE + ", CASE WHEN current_setting('transaction_read_only') = 'off' THEN append_and_undo() END";

    /** From when on an answer may be lost, and how long to ask about it. */
    private static final Duration LATE = Duration.ofSeconds(2);
    /** Errors that pass, and that the session outlives: no room, lost races for locks, and statements that took too long. */
    private static final Set<String> PASSING_CLASSES = Set.of("40", "53");

    private static final Set<String> PASSING = Set.of("55P03", "57014");

    /** Classes of errors that are about what a request sends, or a bug: nothing that its neighbours have to suffer for. */
    private static final Set<String> OF_ONE_REQUEST = Set.of("21", "22", "23", "38", "39", "44", "54", "P0", "XX");

    private final Vertx vertx;
    private final Connections connections;
    private final Use use;
    private final Duration probeInterval;
    private final StoreConfig.Append config;
    private final AppendQueue queue;
    private final CommitListener listener;
    private final StoreMeters meters;
    private final LogIdentity identity;
    private final AppendLoop loop;
    private final Context context;
    private final AppendHealth health;
    /** Set while somebody works on the queue or is about to. */
    private final AtomicBoolean busy = new AtomicBoolean();

    private SqlConnection connection;
    private List<PendingAppend> underWay = List.of();
    /** Whether any of what is under way may have been written. */
    private boolean sent;
    /** Counts what is asked, so that a late doubt about one answer does not hit the next. */
    private long asked;

    private boolean asking;
    private boolean probeDue;
    /** Whether the last append failed for want of room, and none has worked since. */
    private boolean noRoom;

    private final List<Cancellable> clocks = new ArrayList<>();
    private volatile int backendPid;
    private volatile boolean stopped;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final CompletableFuture<Void> probed = new CompletableFuture<>();

    GroupCommit(
            Vertx vertx,
            Connections connections,
            Use use,
            Duration probeInterval,
            StoreConfig.Append config,
            AppendQueue queue,
            CommitListener listener,
            StoreMeters meters,
            LogIdentity identity,
            Tasks tasks) {
        this.identity = identity;
        this.vertx = vertx;
        this.connections = connections;
        this.use = use;
        this.probeInterval = probeInterval;
        this.config = config;
        this.queue = queue;
        this.listener = listener;
        this.meters = meters;
        this.loop = new AppendLoop(vertx);
        this.context = loop.context();
        this.health = new AppendHealth(tasks.open("append", ""), connections::shortage);
        clocks.add(tasks.tick("append-expiry", Rhythm.steady(EXPIRY_CHECK, config.timeout()), this::expire));
    }

    /** Opens the connection before others are opened, and looks from now on whether an append would work. */
    CompletableFuture<Void> start(Tasks tasks) {
        clocks.add(tasks.tick("append-probe", Rhythm.steady(PROBE_CHECK, config.timeout()), this::probeWhenDue));
        context.runOnContext(ignored -> {
            probeDue = true;
            wake();
        });
        return probed;
    }

    /** Whether an append would work. */
    AppendHealth health() {
        return health;
    }

    /**
     * Queues a request.
     *
     * @throws EventStoreException.Overloaded if there is no room
     * @throws EventStoreException.Unavailable if this replica shuts down
     */
    void append(PendingAppend pending) {
        if (stopped) {
            throw new EventStoreException.Unavailable("this replica is shutting down; nothing was written", null);
        }
        queue.offer(pending);
        wake();
    }

    /** Process id of the database backend that writes for this replica, to know its notifications by; 0 while there is none. */
    int backendPid() {
        return backendPid;
    }

    /** Takes no more requests and completes when those that wait have their outcome. */
    CompletableFuture<Void> stop() {
        stopped = true;
        wake();
        return drained.thenRun(() -> {
            clocks.forEach(Cancellable::cancel);
            context.runOnContext(ignored -> {
                dropConnection();
                loop.stop();
            });
        });
    }

    private void wake() {
        if (busy.compareAndSet(false, true)) {
            context.runOnContext(ignored -> writeNext());
        }
    }

    private void writeNext() {
        List<PendingAppend> requests = queue.takeBatch();
        if (!requests.isEmpty()) {
            underWay = requests;
            sent = false;
            write(requests).onComplete(ignored -> {
                underWay = List.of();
                writeNext();
            });
        } else if (probeDue && !stopped) {
            probeDue = false;
            probe().onComplete(ignored -> {
                probed.complete(null);
                writeNext();
            });
        } else {
            rest();
        }
    }

    private void rest() {
        busy.set(false);
        if (stopped) {
            // Behind the answers of the last batch.
            context.runOnContext(ignored -> drained.complete(null));
        }
        // A request that came between the two lines above saw the flag still set and woke nobody.
        if (queue.size() > 0) {
            wake();
        }
    }

    private void probeWhenDue() {
        if (!health.workedWithin(probeInterval)) {
            context.runOnContext(ignored -> {
                probeDue = true;
                wake();
            });
        }
    }

    /** Never fails: what it finds is what the health says. */
    private Future<Void> probe() {
        return connected()
                .compose(ready -> ask(ready, noRoom ? PROBE_ROOM : PROBE, Tuple.tuple()))
                .compose(
                        rows -> {
                            if ("off".equals(rows.iterator().next().getString(1))) {
                                noRoom = false;
                                health.works();
                            } else {
                                health.fails(new IllegalStateException("the database takes no writes"));
                                dropConnection();
                            }
                            return Future.succeededFuture();
                        },
                        cause -> {
                            health.fails(cause);
                            if (!isPassing(cause)) {
                                dropConnection();
                            }
                            return connection != null ? Future.succeededFuture() : delay();
                        });
    }

    /** Never fails: every outcome, good or bad, goes to the requests. */
    private Future<Void> write(List<PendingAppend> requests) {
        return connected()
                .compose(
                        ready -> {
                            // Some may have had their answer while the connection was opened.
                            List<PendingAppend> open = requests.stream()
                                    .filter(request -> !request.outcome().isDone())
                                    .toList();
                            return open.isEmpty() ? Future.succeededFuture() : submit(open);
                        },
                        cause -> notWritten(requests, cause))
                .recover(bug -> {
                    LOG.errorf(bug, "append batch of %d requests failed", requests.size());
                    requests.forEach(request -> fail(request, unknown(request, bug)));
                    return Future.succeededFuture();
                });
    }

    private Future<SqlConnection> connected() {
        if (connection != null) {
            return Future.succeededFuture(connection);
        }
        return connections.open(use, config.timeout()).compose(fresh -> connections
                .answered(use, fresh, config.timeout(), () -> fresh.preparedQuery(PREPARE_SESSION)
                        .execute(Tuple.of(
                                config.lockTimeout().toMillis() + "ms",
                                // Before the client loses patience, so that it hears the reason.
                                config.timeout().toMillis() * 9 / 10 + "ms")))
                .map(prepared -> {
                    connection = fresh;
                    // Not what the connection was told at its start, which is a pooler's invention.
                    backendPid = prepared.iterator().next().getInteger(0);
                    fresh.exceptionHandler(failure -> LOG.debugf("append connection: %s", failure.getMessage()));
                    fresh.closeHandler(closed -> {
                        if (connection == fresh) {
                            connection = null;
                            backendPid = 0;
                        }
                    });
                    LOG.debugf("append connection ready backend=%d", backendPid);
                    return fresh;
                })
                .onFailure(cause -> connections.sever(use, fresh)));
    }

    /** Asks for an answer within the time of an append; without it, or when it is found to be lost, the socket is closed. */
    private Future<RowSet<Row>> ask(SqlConnection used, String sql, Tuple arguments) {
        long number = ++asked;
        asking = true;
        health.asks();
        long doubt = vertx.setPeriodic(LATE.toMillis(), 1_000, timer -> lookForAnswer(used, number));
        return connections
                .answered(use, used, config.timeout(), () -> used.preparedQuery(sql)
                        .execute(arguments))
                .onComplete(ignored -> {
                    asking = false;
                    health.answered();
                    vertx.cancelTimer(doubt);
                });
    }

    /** A server that works on a statement is waited for. */
    private void lookForAnswer(SqlConnection used, long number) {
        int pid = backendPid;
        if (pid == 0) {
            return;
        }
        connections
                .with(Use.SHARED, LATE, other -> Connections.working(other, Set.of(pid)))
                .onSuccess(working -> context.runOnContext(ignored -> {
                    if (working.isEmpty() && asking && asked == number && connection == used) {
                        LOG.warnf("the answer to an append is lost, its connection is closed backend=%d", pid);
                        connections.sever(use, used);
                    }
                }));
    }

    private Future<Void> submit(List<PendingAppend> requests) {
        AppendBatch batch;
        Tuple arguments;
        LogMark seen = identity.seen();
        try {
            batch = new AppendBatch(requests);
            arguments = batch.arguments(seen);
        } catch (RuntimeException bug) {
            return apart(requests, bug);
        }
        long started = System.nanoTime();
        sent = true;
        return ask(connection, batch.sql(), arguments)
                .compose(
                        rows -> committed(batch, rows, seen, System.nanoTime() - started),
                        cause -> failed(batch, cause));
    }

    private Future<Void> committed(AppendBatch batch, RowSet<Row> rows, LogMark seen, long nanos) {
        Row row = rows.iterator().next();
        if (row.getLong(0) == null) {
            identity.doubt();
            return notWritten(
                    batch.requests(), new IllegalStateException("the database holds another log than before"));
        }
        noRoom = false;
        health.works();
        AppendBatch.Outcome outcome = batch.outcome(
                row.getLong(0),
                row.getOffsetDateTime(1).toInstant(),
                row.getArrayOfLongs(2),
                row.getArrayOfBooleans(3));
        aside(
                "count a committed batch",
                () -> meters.committed(
                        outcome.written().size(), batch.requests().size(), nanos));
        // If it fails, or cannot be told whole: the events are stored, and the tail finds them with its next look into
        // the log.
        if (!identity.confirms(seen, LogMark.parse(row.getString(4))) || outcome.hasHoles()) {
            aside("tell of a committed batch", listener::rung);
        } else if (!outcome.written().isEmpty()) {
            aside(
                    "publish a committed batch",
                    () -> listener.committed(new CommittedBatch(seen.epoch(), outcome.written())));
        }
        outcome.failures().forEach((pending, bug) -> {
            LOG.errorf(bug, "outcome of an append cannot be told");
            fail(pending, unknown(pending, bug));
        });
        // After the next batch was sent: answering takes about as long as the database takes to commit.
        context.runOnContext(ignored -> outcome.results().forEach(GroupCommit::answer));
        if (outcome.conflicts().isEmpty()) {
            return Future.succeededFuture();
        }
        return settleConflicts(outcome.conflicts());
    }

    /** Gives a request its answer. What its caller makes of that is nobody else's problem. */
    private static void answer(PendingAppend pending, AppendResult result) {
        aside("answer an append", () -> pending.outcome().complete(result));
    }

    private static void fail(PendingAppend pending, Throwable failure) {
        aside("answer an append", () -> pending.outcome().completeExceptionally(failure));
    }

    /** Does what must not keep anything from going on. */
    private static void aside(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | StackOverflowError | LinkageError | AssertionError bug) {
            LOG.errorf(bug, "could not %s", what);
        }
    }

    private static EventStoreException unknown(PendingAppend pending, Throwable cause) {
        List<UUID> ids;
        try {
            ids = pending.eventIds();
        } catch (RuntimeException bug) {
            ids = List.of();
        }
        return new EventStoreException.OutcomeUnknown(ids, cause);
    }

    /** One of the requests made the others fail: each half is written for itself, down to the culprit. */
    private Future<Void> apart(List<PendingAppend> requests, Throwable cause) {
        if (requests.size() == 1) {
            LOG.errorf(cause, "an append cannot be written");
            fail(requests.get(0), new EventStoreException.Unwritable(cause));
            return Future.succeededFuture();
        }
        int half = requests.size() / 2;
        return write(requests.subList(0, half)).compose(done -> write(requests.subList(half, requests.size())));
    }

    /** A failed precondition is what a retry of a successful append looks like, too: then the first result is the answer. */
    private Future<Void> settleConflicts(Map<PendingAppend, EventStoreException> conflicts) {
        return lookUp(List.copyOf(conflicts.keySet()))
                .map(stored -> {
                    conflicts.forEach((pending, conflict) -> {
                        if (!settle(pending, stored, Optional.of(conflict))) {
                            fail(pending, conflict);
                            aside("count a conflict", meters::conflict);
                        }
                    });
                    return (Void) null;
                })
                .otherwise(cause -> {
                    conflicts
                            .keySet()
                            .forEach(pending -> fail(
                                    pending,
                                    new EventStoreException.Unavailable(
                                            "the database went away while a precondition was checked; nothing was"
                                                    + " written",
                                            cause)));
                    return null;
                });
    }

    private Future<Void> failed(AppendBatch batch, Throwable cause) {
        if (Marked.isRefused(cause)) {
            identity.doubt();
        }
        if (!(cause instanceof PgException refusal) || endsSession(refusal)) {
            dropConnection();
            health.fails(cause);
            LOG.warnf("outcome of %d appends unknown: %s", batch.requests().size(), cause.getMessage());
            for (PendingAppend pending : batch.requests()) {
                fail(pending, unknown(pending, cause));
            }
            return Future.succeededFuture();
        }
        if ("23505".equals(refusal.getSqlState()) && "events_event_id".equals(refusal.getConstraint())) {
            return settleReplays(batch, cause);
        }
        String errorClass = refusal.getSqlState().substring(0, 2);
        // Alone, a request with an internal error of the server may as well be the victim.
        boolean server = errorClass.equals("XX") && batch.requests().size() == 1;
        return OF_ONE_REQUEST.contains(errorClass) && !server
                ? apart(batch.requests(), cause)
                : notWritten(batch.requests(), cause);
    }

    /** Some event ids are in the log: answers those requests and writes the others. */
    private Future<Void> settleReplays(AppendBatch batch, Throwable cause) {
        return lookUp(batch.requests())
                .compose(
                        stored -> {
                            // It came as far as the rows: the lock was had, and the database takes writes.
                            health.works();
                            List<PendingAppend> others = batch.requests().stream()
                                    .filter(pending -> !settle(pending, stored, Optional.empty()))
                                    .toList();
                            if (others.size() == batch.requests().size()) {
                                // An id is in the log, but cannot be found.
                                return apart(others, cause);
                            }
                            return others.isEmpty() ? Future.succeededFuture() : write(others);
                        },
                        failure -> notWritten(batch.requests(), failure));
    }

    /**
     * Answers a request from the log, if it has no answer yet. False if the log knows none of its ids.
     *
     * @param failed the precondition that failed, if one did
     */
    private boolean settle(PendingAppend pending, Map<UUID, StreamEvent> stored, Optional<EventStoreException> failed) {
        if (pending.outcome().isDone()) {
            return true;
        }
        try {
            Optional<AppendResult> first = ReplayCheck.firstResult(pending, stored);
            first.ifPresent(result -> {
                answer(pending, result);
                aside("count a replay", meters::replay);
            });
            return first.isPresent();
        } catch (EventStoreException.EventIdConflict conflict) {
            fail(
                    pending,
                    failed.orElse(null) instanceof EventStoreException.VersionConflict precondition
                            ? conflict.with(precondition)
                            : conflict);
            aside("count a conflict", meters::conflict);
            return true;
        } catch (RuntimeException | StackOverflowError bug) {
            LOG.errorf(bug, "an append cannot be compared with what is in the log");
            fail(pending, new EventStoreException.Unwritable(bug));
            return true;
        }
    }

    private Future<Map<UUID, StreamEvent>> lookUp(List<PendingAppend> requests) {
        UUID[] ids = requests.stream().flatMap(GroupCommit::idsToLookUp).toArray(UUID[]::new);
        if (ids.length == 0) {
            return Future.succeededFuture(Map.of());
        }
        return connected()
                .compose(ready -> ask(ready, LOOK_UP, Tuple.tuple().addArrayOfUUID(ids)))
                .map(rows -> {
                    Map<UUID, StreamEvent> stored = new HashMap<>();
                    for (Row row : rows) {
                        aside("read an event of the log", () -> {
                            StreamEvent event = EventRows.event(row);
                            stored.put(event.eventId(), event);
                        });
                    }
                    return stored;
                });
    }

    private static Stream<UUID> idsToLookUp(PendingAppend pending) {
        try {
            return Stream.concat(pending.clientIds().stream(), pending.request().nextDerivedId().stream());
        } catch (RuntimeException bug) {
            LOG.errorf(bug, "an append cannot be compared with what is in the log");
            fail(pending, new EventStoreException.Unwritable(bug));
            return Stream.empty();
        }
    }

    private Future<Void> notWritten(List<PendingAppend> requests, Throwable cause) {
        noRoom = cause instanceof PgException refusal && refusal.getSqlState().startsWith("53");
        health.fails(cause);
        if (!isPassing(cause)) {
            dropConnection();
        }
        LOG.warnf("%d appends not written: %s", requests.size(), cause.getMessage());
        for (PendingAppend pending : requests) {
            fail(
                    pending,
                    new EventStoreException.Unavailable(
                            "the database did not take the append; nothing was written", cause));
        }
        // Spares a database that is down a storm of attempts; what waits meanwhile expires by its own deadline.
        return connection != null ? Future.succeededFuture() : delay();
    }

    private Future<Void> delay() {
        return Future.future(promise -> vertx.setTimer(RECONNECT_DELAY.toMillis(), timer -> promise.complete()));
    }

    private void expire() {
        for (PendingAppend pending : queue.takeExpired(System.nanoTime())) {
            expired(pending);
        }
        context.runOnContext(ignored -> {
            long now = System.nanoTime();
            for (PendingAppend pending : underWay) {
                if (pending.deadlineNanos() - now <= 0 && !pending.outcome().isDone()) {
                    if (sent) {
                        fail(pending, unknown(pending, null));
                    } else {
                        expired(pending);
                    }
                }
            }
        });
    }

    private void expired(PendingAppend pending) {
        fail(
                pending,
                new EventStoreException.Unavailable(
                        "the append waited longer than " + config.timeout() + "; nothing was written", null));
    }

    /** Closes the socket: the next append has a session that is new. */
    private void dropConnection() {
        if (connection != null) {
            SqlConnection old = connection;
            connection = null;
            backendPid = 0;
            connections.sever(use, old);
        }
    }

    /** Whether the same session may take the next append. Of all others it is not believed. */
    private static boolean isPassing(Throwable cause) {
        return cause instanceof PgException refusal
                && !endsSession(refusal)
                && (PASSING.contains(refusal.getSqlState())
                        || PASSING_CLASSES.contains(refusal.getSqlState().substring(0, 2)));
    }

    /** Class 57P and FATAL errors come from a server that is going away: whether it committed before is not known. */
    private static boolean endsSession(PgException refusal) {
        return "FATAL".equals(refusal.getSeverity())
                || "PANIC".equals(refusal.getSeverity())
                || refusal.getSqlState() == null
                || refusal.getSqlState().startsWith("57P")
                || refusal.getSqlState().startsWith("08");
    }
}
