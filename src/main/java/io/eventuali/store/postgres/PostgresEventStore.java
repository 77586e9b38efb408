package io.eventuali.store.postgres;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Position;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.sql.ConnectionConfig;
import io.eventuali.sql.Connections;
import io.eventuali.sql.Statements;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.eventuali.store.CommitListener;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.LogHead;
import io.eventuali.store.LogPage;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.StreamPage;
import io.eventuali.store.engine.Appendable;
import io.eventuali.store.engine.Damages;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.EventKind;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.eventuali.store.engine.StreamTypes;
import io.eventuali.task.Tasks;
import io.eventuali.tracing.EventTracing;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** The log in PostgreSQL: checks a request, queues it for the {@link GroupCommit}, reads through the {@link LogReader}. */
@ApplicationScoped
class PostgresEventStore implements EventStore, EngineStore {
    private static final Logger LOG = Logger.getLogger(PostgresEventStore.class);

    private final Database database;
    private final StoreConfig config;
    private final StoreMeters meters;
    private final TimeOrderedIds ids;
    private final CommitListener listener;
    private final EventTracing tracing;
    private final JsonRules rules;
    private final LogReader reader;
    private final SelectiveReader selector;
    private final BackwardReader backward;
    private final IdentityCheck identityCheck;
    private final AppendQueue queue;
    private final GroupCommit groupCommit;
    private final Doorbell doorbell;
    private final Tasks tasks;

    PostgresEventStore(
            Vertx vertx,
            Connections connections,
            ConnectionConfig limits,
            Statements statements,
            Database database,
            StoreConfig config,
            StoreMeters meters,
            TimeOrderedIds ids,
            PostgresSubscriptionRemovals removals,
            CommitListener listener,
            Damages damages,
            EventTracing tracing,
            LogIdentity identity,
            Tasks tasks) {
        this.database = database;
        this.config = config;
        this.meters = meters;
        this.ids = ids;
        this.listener = listener;
        this.tracing = tracing;
        this.rules = new JsonRules(config.limits());
        this.reader = new LogReader(statements, config.read(), meters, identity, damages);
        this.selector = new SelectiveReader(reader, config.read(), meters);
        identity.onForget(replacement -> selector.forget());
        this.backward = new BackwardReader(reader, config.read(), damages);
        this.identityCheck = new IdentityCheck(statements, identity, tasks);
        this.queue = new AppendQueue(config.append());
        this.groupCommit = new GroupCommit(
                vertx,
                connections,
                Connections.Use.APPEND,
                limits.probeInterval(),
                config.append(),
                queue,
                listener,
                meters,
                identity,
                tasks);
        this.doorbell = new Doorbell(
                vertx, connections, limits, config.read(), listener, removals, groupCommit::backendPid, tasks);
        this.tasks = tasks;
        meters.queue(queue);
    }

    /** Runs before the observers of the application, so that a bean may append in its own. */
    void open(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) StartupEvent started) {
        database.prepare();
        // Before all others, so that its place is taken first.
        groupCommit.start(tasks).join();
        // A server that answered a moment ago may be restarting by now.
        LogMark log = identityCheck
                .check()
                .onFailure()
                .retry()
                .withBackOff(Database.RETRY)
                .expireIn(database.startTimeout().toMillis())
                .await()
                .indefinitely();
        LOG.infof("log open position=%d epoch=%s", log.head(), log.epoch());
        listener.opened(new LogHead(log.head(), log.epoch()));
        doorbell.start();
    }

    void close(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent stopping) {
        doorbell.stop();
        try {
            groupCommit.stop().get(config.append().timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException unfinished) {
            LOG.warnf("%d appends had no outcome when the replica stopped", queue.size());
        }
        database.release();
    }

    @Override
    public Uni<AppendResult> append(AppendRequest request) {
        return append(request, Optional.empty());
    }

    @Override
    public Uni<AppendResult> append(AppendRequest request, StreamId own) {
        return append(request, Optional.of(own));
    }

    private Uni<AppendResult> append(AppendRequest sent, Optional<StreamId> own) {
        return Uni.createFrom().deferred(() -> {
            requireUnreserved(sent, own);
            long started = System.nanoTime();
            AppendRequest request = tracing.enabled() ? sent.map(tracing::stamped) : sent;
            long size;
            try {
                size = rules.check(request);
            } catch (InvalidEventException refused) {
                return refused(request, refused);
            }
            PendingAppend pending = new PendingAppend(
                    request, ids, size, started + config.append().timeout().toNanos());
            try {
                groupCommit.append(pending);
            } catch (EventStoreException.Overloaded full) {
                meters.rejected();
                throw full;
            }
            return Uni.createFrom()
                    .completionStage(pending.outcome())
                    .onTermination()
                    .invoke(() -> meters.appended(System.nanoTime() - started));
        });
    }

    private static void requireUnreserved(AppendRequest request, Optional<StreamId> own) {
        for (AppendRequest.StreamAppend append : request.appends()) {
            String aggregateType = append.stream().aggregateType();
            if (ReservedStreams.contains(aggregateType) && !own.equals(Optional.of(append.stream()))) {
                throw new ReservedStreamException(aggregateType);
            }
        }
    }

    /** A log may hold what its rules refuse by now. Whoever repeats such an append is told so (G4), as is who misuses its ids. */
    private Uni<AppendResult> refused(AppendRequest request, InvalidEventException refused) {
        PendingAppend repeated = new PendingAppend(request, ids, 0, 0);
        if (repeated.clientIds().isEmpty()
                || repeated.eventCount() > config.limits().requestEvents()) {
            throw refused;
        }
        return reader.events(repeated.clientIds())
                .map(stored -> ReplayCheck.firstResult(repeated, stored).orElseThrow(() -> refused));
    }

    @Override
    public Multi<AppendResult> appendAll(Multi<AppendRequest> requests) {
        return requests.onItem()
                .transformToUni(request -> append(request)
                        .onFailure(EventStoreException.Overloaded.class)
                        .retry()
                        .withBackOff(
                                config.append().retryAfter().dividedBy(10),
                                config.append().retryAfter())
                        .indefinitely())
                .concatenate();
    }

    @Override
    public Appendable appendable() {
        return groupCommit.health().state();
    }

    @Override
    public Uni<LogPage> read(Position after, int limit) {
        return reader.page(after.value(), limit);
    }

    @Override
    public Uni<Optional<StreamPage>> readStream(StreamId stream, long from, int limit, Direction direction) {
        return reader.stream(stream, from, limit, direction);
    }

    @Override
    public Uni<Optional<StreamEvent>> readEvent(long globalPosition) {
        return reader.event(globalPosition);
    }

    @Override
    public Uni<Optional<StreamTypes>> eventTypes(StreamId stream) {
        return reader.eventTypes(stream);
    }

    @Override
    public Uni<Selected> select(Selection selection, long after, long upTo, int limit) {
        return selector.select(selection, after, upTo, limit);
    }

    @Override
    public Uni<List<StreamEvent>> readBackward(long before, int limit) {
        return backward.page(before, limit);
    }

    @Override
    public Uni<Optional<EventKind>> eventKind(long globalPosition) {
        return reader.eventKind(globalPosition);
    }

    @Override
    public Uni<Long> streamPosition(StreamId stream) {
        return reader.streamPosition(stream);
    }

    @Override
    public Uni<LogHead> head() {
        return reader.head();
    }

    @Override
    public Uni<Position> positionBefore(Instant moment) {
        return reader.positionBefore(moment).map(Position::new);
    }
}
