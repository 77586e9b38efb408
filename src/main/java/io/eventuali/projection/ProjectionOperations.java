package io.eventuali.projection;

import io.eventuali.identity.LogReplacedException;
import io.eventuali.ownership.ReplicaId;
import io.eventuali.projection.HistoryEntry.What;
import io.eventuali.projection.ProjectionStatus.State;
import io.eventuali.store.EventStore;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What readers and operators do with projections, at any replica. Failures of the Unis are
 * {@link io.eventuali.store.EventStoreException.Unavailable}. Names have to be those of projections: see {@link #exists}.
 */
@Singleton
public class ProjectionOperations {
    /** Documents that one stream follows as a list, at most. */
    public static final int MAX_LISTED = 10_000;

    private final ProjectionEngine engine;
    private final ProjectionTable table;
    private final Generations generations;
    private final ProjectionHistory history;
    private final EventStore store;
    private final Map<String, StateLookups> lookups = new ConcurrentHashMap<>();
    private final String replica;
    private volatile boolean draining;

    ProjectionOperations(
            ProjectionEngine engine,
            ProjectionTable table,
            Generations generations,
            ProjectionHistory history,
            EventStore store,
            ReplicaId replica) {
        this.engine = engine;
        this.table = table;
        this.generations = generations;
        this.history = history;
        this.store = store;
        this.replica = replica.value();
    }

    void drain(@Observes ShutdownDelayInitiatedEvent stopping) {
        draining = true;
        engine.waiter().release();
    }

    /** Whether there is a projection of this name in the application. */
    public boolean exists(String name) {
        return engine.find(name).isPresent();
    }

    /** All projections, by name. */
    public Uni<List<ProjectionStatus>> list() {
        return statuses(engine.names());
    }

    /** One projection. */
    public Uni<ProjectionStatus> status(String name) {
        return statuses(List.of(name)).map(statuses -> statuses.get(0));
    }

    /** What this replica knew of projections that are stopped a moment ago, without asking the database. */
    public List<ProjectionStatus> stopped() {
        List<ProjectionStatus> known = new ArrayList<>();
        engine.lastServed().forEach(generation -> known.add(status(generation, List.of())));
        engine.names()
                .forEach(name -> engine.inMemory(name).ifPresent(documents -> known.add(status(name, documents))));
        return known.stream().filter(status -> status.state() == State.STOPPED).toList();
    }

    private Uni<List<ProjectionStatus>> statuses(List<String> names) {
        List<ProjectionStatus> statuses = new ArrayList<>();
        List<String> stored = new ArrayList<>();
        for (String name : names) {
            engine.inMemory(name)
                    .ifPresentOrElse(documents -> statuses.add(status(name, documents)), () -> stored.add(name));
        }
        Uni<List<Generation>> generations = stored.isEmpty() ? Uni.createFrom().item(List.of()) : generations(stored);
        return generations
                .map(found -> {
                    found.stream().filter(Generation::serving).forEach(served -> statuses.add(status(served, found)));
                    stored.removeAll(found.stream().map(Generation::name).toList());
                    stored.forEach(name -> statuses.add(unborn(name)));
                    statuses.sort(Comparator.comparing(ProjectionStatus::name));
                    return statuses;
                })
                .chain(this::withLag);
    }

    /** What the database says, or, if it refuses to, what it said last. */
    private Uni<List<Generation>> generations(List<String> names) {
        return table.rows(names)
                .map(Generation::of)
                .onFailure(ProjectionTable::isForbidden)
                .recoverWithItem(refused -> names.stream()
                        .flatMap(name -> engine.lastServed(name).stream())
                        .toList());
    }

    /** With the age of the first event that each of them has not finished. */
    private Uni<List<ProjectionStatus>> withLag(List<ProjectionStatus> statuses) {
        return Multi.createFrom()
                .iterable(statuses)
                .onItem()
                .transformToUniAndConcatenate(status -> status.lagEvents() == 0
                        ? Uni.createFrom().item(status)
                        : store.readEvent(status.position() + 1)
                                .map(event -> status.withLag(
                                        event.map(waiting -> Duration.between(waiting.timestamp(), Instant.now()))
                                                .orElse(Duration.ZERO))))
                .collect()
                .asList();
    }

    private ProjectionStatus status(Generation served, List<Generation> all) {
        Optional<Rebuild> rebuild = all.stream()
                .filter(other -> !other.serving() && other.name().equals(served.name()))
                .findFirst()
                .map(this::rebuild);
        long position = served.position();
        long head = Math.max(position, engine.head());
        List<PartitionStatus> partitions =
                served.partitions().stream().map(row -> partition(row, head)).toList();
        Optional<ProjectionRow> failed = served.failed();
        return new ProjectionStatus(
                served.name(),
                state(partitions),
                served.version(),
                position,
                head,
                Duration.ZERO,
                served.events(),
                engine.eventsPerSecond(served.name()),
                served.owner(),
                failed.map(ProjectionRow::failedPosition).orElse(OptionalLong.empty()),
                failed.flatMap(ProjectionRow::failure),
                failed.flatMap(ProjectionRow::failedAt),
                served.deadLetters(),
                served.oldestDeadLetter(),
                served.number(),
                partitions,
                rebuild,
                engine.trouble(served.name()));
    }

    private static PartitionStatus partition(ProjectionRow row, long head) {
        return new PartitionStatus(
                row.partition().index(),
                state(row, head),
                row.position(),
                row.owner(),
                row.failedPosition(),
                row.failure(),
                row.deadLetters());
    }

    private Rebuild rebuild(Generation built) {
        Optional<ProjectionRow> failed = built.failed();
        return new Rebuild(
                built.number(),
                built.version(),
                built.position(),
                Math.max(built.position(), engine.head()),
                engine.eventsPerSecond(built),
                built.startedAt(),
                built.owner(),
                built.partitions().size(),
                built.deadLetters(),
                failed.map(ProjectionRow::failedPosition).orElse(OptionalLong.empty()),
                failed.flatMap(ProjectionRow::failure));
    }

    /** What needs most attention comes last in the order of states. */
    private static State state(List<PartitionStatus> partitions) {
        return partitions.stream()
                .map(PartitionStatus::state)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    private static State state(ProjectionRow row, long head) {
        if (row.failedPosition().isPresent()) {
            return State.STOPPED;
        }
        if (row.paused()) {
            return State.PAUSED;
        }
        if (row.owner().isEmpty()) {
            return State.WAITING;
        }
        return row.position() < head ? State.CATCHING_UP : State.LIVE;
    }

    private ProjectionStatus status(String name, MemoryDocuments<?> documents) {
        long head = engine.head();
        Optional<HandlerFailure> failure = documents.failure();
        State state =
                failure.isPresent() ? State.STOPPED : documents.position() < head ? State.CATCHING_UP : State.LIVE;
        return new ProjectionStatus(
                name,
                state,
                engine.find(name).map(Projection::version).orElse(1),
                documents.position(),
                head,
                Duration.ZERO,
                documents.events(),
                engine.eventsPerSecond(name),
                Optional.of(replica),
                failure.map(HandlerFailure::position).map(OptionalLong::of).orElse(OptionalLong.empty()),
                failure.map(HandlerFailure::reason),
                Optional.<Instant>empty(),
                0,
                Duration.ZERO,
                0,
                List.of(new PartitionStatus(
                        0,
                        state,
                        documents.position(),
                        Optional.of(replica),
                        failure.map(HandlerFailure::position)
                                .map(OptionalLong::of)
                                .orElse(OptionalLong.empty()),
                        failure.map(HandlerFailure::reason),
                        0)),
                Optional.empty(),
                engine.trouble(name));
    }

    /** One that no replica has run yet. */
    private ProjectionStatus unborn(String name) {
        return new ProjectionStatus(
                name,
                State.WAITING,
                engine.find(name).map(Projection::version).orElse(1),
                0,
                engine.head(),
                Duration.ZERO,
                0,
                0,
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Duration.ZERO,
                0,
                List.of(),
                Optional.empty(),
                engine.trouble(name));
    }

    /**
     * Halts a projection after the batch that it is at, until it is resumed, together with what is built beside it. One in memory
     * cannot be paused: the Uni emits false.
     */
    public Uni<Boolean> pause(String name) {
        return pause(name, Optional.empty());
    }

    /** The same, with the principal that asks for it, for the history. */
    public Uni<Boolean> pause(String name, Optional<String> by) {
        return changed(name, What.PAUSED, by, () -> table.pause(name).replaceWith(true));
    }

    /** Lets a projection that was paused, or that stopped, go on; one that stopped tries the same event again. */
    public Uni<Boolean> resume(String name) {
        return resume(name, Optional.empty());
    }

    /** The same, with the principal that asks for it, for the history. */
    public Uni<Boolean> resume(String name, Optional<String> by) {
        Optional<MemoryDocuments<?>> here = engine.inMemory(name);
        if (here.isPresent()) {
            here.get().resume();
            engine.resumeInMemory(name);
            return Uni.createFrom().item(true);
        }
        return changed(name, What.RESUMED, by, () -> table.resume(name).replaceWith(true));
    }

    /**
     * Begins to build all documents anew, beside those that are served and go on meanwhile; what was built is served as soon as it
     * has caught up. The Uni emits false if a rebuild is under way already. Not all can be rebuilt: see {@link #isRebuildable}.
     */
    public Uni<Boolean> rebuild(String name) {
        return rebuild(name, Optional.empty());
    }

    /** The same, with the principal that asks for it, for the history. */
    public Uni<Boolean> rebuild(String name, Optional<String> by) {
        return changed(name, What.REBUILD_STARTED, by, () -> generations
                .ensure(name, version(name), partitions(name), true)
                .chain(begun -> begun
                        ? Uni.createFrom().item(true)
                        : generations.rebuild(name, version(name), partitions(name))));
    }

    /** Throws away what is being built. The Uni emits false if nothing is. */
    public Uni<Boolean> discardRebuild(String name) {
        return discardRebuild(name, Optional.empty());
    }

    /** The same, with the principal that asks for it, for the history. */
    public Uni<Boolean> discardRebuild(String name, Optional<String> by) {
        return changed(name, What.REBUILD_DISCARDED, by, () -> generations.discard(name));
    }

    /** Throws all documents and dead letters away, and begins anew at the start of the log. One in memory cannot be reset. */
    public Uni<Boolean> reset(String name) {
        return reset(name, Optional.empty());
    }

    /** The same, with the principal that asks for it, for the history. */
    public Uni<Boolean> reset(String name, Optional<String> by) {
        return changed(name, What.RESET, by, () -> generations
                .ensure(name, version(name), partitions(name), false)
                .chain(() -> generations.reset(name, version(name), partitions(name)))
                .replaceWith(true));
    }

    /** Whether new documents can be built beside those that are served: not in memory, and not in tables of the application's own. */
    public boolean isRebuildable(String name) {
        return !isInMemory(name)
                && engine.find(name).filter(TableProjection.class::isInstance).isEmpty();
    }

    /** Whether the documents are in memory, where every replica makes them for itself, from its start on. */
    public boolean isInMemory(String name) {
        return engine.inMemory(name).isPresent();
    }

    /**
     * What happened to a projection, newest first. Of one in memory nothing is remembered.
     *
     * @param limit 1 to 100
     */
    public Uni<List<HistoryEntry>> history(String name, int limit) {
        return history.last(name, limit);
    }

    private int version(String name) {
        return engine.find(name).map(Projection::version).orElse(1);
    }

    private int partitions(String name) {
        return engine.find(name).map(engine::partitions).orElse(1);
    }

    private Uni<Boolean> changed(String name, What what, Optional<String> by, Supplier<Uni<Boolean>> change) {
        if (isInMemory(name)) {
            return Uni.createFrom().item(false);
        }
        return change.get()
                .call(done -> done
                        ? table.positions(List.of(name))
                                .invoke(positions -> history.add(
                                        name,
                                        what,
                                        version(name),
                                        Math.max(
                                                0,
                                                positions
                                                        .getOrDefault(name, Checkpoints.of(0))
                                                        .least()),
                                        null,
                                        by))
                        : Uni.createFrom().voidItem())
                .call(() -> engine.look(name));
    }

    /**
     * Follows documents: first each as it is now, then each change, without a gap between the two. Events that share a transaction of
     * the projection make one change, and a slow reader sees fewer of them; the last one always comes.
     *
     * @param keys 1 or more
     * @param maxRate looks a second at most; 0 for as many as there are transactions
     * @param heartbeat after how long without a change an empty item comes
     * @return completes when this replica shuts down; fails as reads do, with {@link io.eventuali.store.EventStoreException.Unavailable}, or when the
     *     database holds another log than before
     */
    public Multi<List<StateChange>> broadcastUpdates(String name, Set<String> keys, int maxRate, Duration heartbeat) {
        Duration pause = maxRate == 0 ? Duration.ZERO : Duration.ofSeconds(1).dividedBy(maxRate);
        return Multi.createFrom().deferred(() -> {
            String log = table.log();
            return whole(
                    log,
                    new StateFeed(
                                    name,
                                    Set.copyOf(keys),
                                    pause,
                                    lookups.computeIfAbsent(name, this::lookups),
                                    engine.waiter(),
                                    () -> goesOn(log))
                            .changes(heartbeat));
        });
    }

    /**
     * Follows all documents whose key begins with a prefix: first those that are there, then each that changes, comes or goes, without a gap
     * between the two. Otherwise as {@link #broadcastUpdates(String, Set, int, Duration)}, but that a change never says what was before.
     *
     * @param prefix of the keys; empty for all
     * @return fails with {@link TooManyDocumentsException} when there are more than {@value #MAX_LISTED}
     */
    public Multi<List<StateChange>> broadcastUpdates(String name, String prefix, int maxRate, Duration heartbeat) {
        Duration pause = maxRate == 0 ? Duration.ZERO : Duration.ofSeconds(1).dividedBy(maxRate);
        return Multi.createFrom().deferred(() -> {
            String log = table.log();
            return whole(
                    log,
                    new StateListFeed(
                                    name,
                                    pause,
                                    () -> list(name, prefix),
                                    lookups.computeIfAbsent(name, this::lookups),
                                    engine.waiter(),
                                    () -> goesOn(log))
                            .changes(heartbeat));
        });
    }

    private boolean goesOn(String log) {
        return !draining && log.equals(table.log());
    }

    /** What a follower has seen may be of no use with another log: it has to begin anew. */
    private Multi<List<StateChange>> whole(String log, Multi<List<StateChange>> changes) {
        return changes.onCompletion()
                .call(() -> log.equals(table.log())
                        ? Uni.createFrom().voidItem()
                        : Uni.createFrom().failure(new LogReplacedException()));
    }

    /** Whether the documents of a prefix are few enough to be followed. */
    public Uni<Boolean> isListable(String name, String prefix) {
        return list(name, prefix)
                .replaceWith(true)
                .onFailure(TooManyDocumentsException.class)
                .recoverWithItem(false);
    }

    private Uni<StateList> list(String name, String prefix) {
        int limit = MAX_LISTED + 1;
        Uni<StateList> found = engine.inMemory(name)
                .map(documents -> Uni.createFrom().item(() -> documents.list(prefix, limit)))
                .orElseGet(() -> table.list(name, prefix, limit));
        return found.invoke(list -> {
            if (list.positions().size() > MAX_LISTED) {
                throw new TooManyDocumentsException(name, prefix, MAX_LISTED);
            }
        });
    }

    private StateLookups lookups(String name) {
        Optional<MemoryDocuments<?>> here = engine.inMemory(name);
        return new StateLookups(keys ->
                here.isPresent() ? Uni.createFrom().item(() -> here.get().current(keys)) : table.current(name, keys));
    }

    /** Documents of some keys, as they are at one moment. */
    Uni<StatesAt> current(String name, Set<String> keys) {
        return lookups(name).look(keys);
    }

    /** A document. */
    public Uni<Optional<StoredState>> state(String name, String key) {
        return engine.inMemory(name)
                .map(documents -> Uni.createFrom().item(documents.find(key)))
                .orElseGet(() -> table.state(name, key));
    }

    /**
     * Documents in the order of their keys.
     *
     * @param afterKey exclusive, empty for the first ones
     * @param prefix of the keys, empty for all
     * @param limit 1 or more; fewer come, too, when they are large
     */
    public Uni<StatePage> states(String name, String afterKey, String prefix, int limit) {
        return engine.inMemory(name)
                .map(documents -> Uni.createFrom().item(documents.page(afterKey, prefix, limit)))
                .orElseGet(() -> table.states(name, afterKey, prefix, limit));
    }

    /** Emits true once the projection, with all of its partitions, has finished everything up to this position, false if that takes longer. */
    public Uni<Boolean> awaitPosition(String name, long position, Duration timeout) {
        return await(name, checkpoints -> checkpoints.least() >= position, timeout);
    }

    /** Emits true once the partition that a key belongs to has finished everything up to this position, false if that takes longer. */
    public Uni<Boolean> awaitPosition(String name, String key, long position, Duration timeout) {
        return await(name, checkpoints -> checkpoints.of(key) >= position, timeout);
    }

    private Uni<Boolean> await(String name, Predicate<Checkpoints> soFar, Duration timeout) {
        return soFar.test(engine.reachedHere(name))
                ? Uni.createFrom().item(true)
                : engine.waiter().await(name, soFar, timeout);
    }

    /**
     * Dead letters in log order.
     *
     * @param after exclusive
     * @param limit 1 or more
     */
    public Uni<List<DeadLetter>> deadLetters(String name, long after, int limit) {
        return table.deadLetters(name, after, limit);
    }

    /** The oldest dead letter that has the key of this one, which has to be retried first; empty if this one does not exist. */
    public Uni<OptionalLong> firstDeadLetterLike(String name, long position) {
        return table.firstOfKey(name, position);
    }

    /** Has the owner try a dead letter, and, if that goes well, those that follow for the same key, in their order. */
    public Uni<Void> retry(String name, long position) {
        return request(name, position, "retry");
    }

    /** Has the owner forget a dead letter: the event does not count for this projection. */
    public Uni<Void> discard(String name, long position) {
        return request(name, position, "discard");
    }

    private Uni<Void> request(String name, long position, String what) {
        return table.request(name, position, what).chain(() -> engine.look(name));
    }
}
