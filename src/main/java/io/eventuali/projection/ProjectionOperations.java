package io.eventuali.projection;

import io.eventuali.ownership.ReplicaId;
import io.eventuali.projection.ProjectionStatus.State;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What readers and operators do with projections, at any replica. Failures of the Unis are
 * {@link io.eventuali.store.EventStoreException.Unavailable}. Names have to be those of projections: see {@link #exists}.
 */
@Singleton
public class ProjectionOperations {
    private final ProjectionEngine engine;
    private final ProjectionTable table;
    private final String replica;

    ProjectionOperations(ProjectionEngine engine, ProjectionTable table, ReplicaId replica) {
        this.engine = engine;
        this.table = table;
        this.replica = replica.value();
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
        engine.lastRows().values().forEach(row -> known.add(status(row)));
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
        Uni<List<ProjectionRow>> rows = stored.isEmpty() ? Uni.createFrom().item(List.of()) : table.rows(stored);
        return rows.map(found -> {
            found.forEach(row -> statuses.add(status(row)));
            stored.removeAll(found.stream().map(ProjectionRow::name).toList());
            stored.forEach(name -> statuses.add(unborn(name)));
            statuses.sort(Comparator.comparing(ProjectionStatus::name));
            return statuses;
        });
    }

    private ProjectionStatus status(ProjectionRow row) {
        long head = Math.max(row.position(), engine.head());
        return new ProjectionStatus(
                row.name(),
                state(row, head),
                row.version(),
                row.position(),
                head,
                row.position() < head ? row.age() : Duration.ZERO,
                row.events(),
                engine.eventsPerSecond(row.name()),
                row.owner(),
                row.failedPosition(),
                row.failure(),
                row.failedAt(),
                row.deadLetters());
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
                0);
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
                0);
    }

    /** Halts a projection after the batch that it is at, until it is resumed. One in memory cannot be paused: the Uni emits false. */
    public Uni<Boolean> pause(String name) {
        return changed(name, table::pause);
    }

    /** Lets a projection that was paused, or that stopped, go on; one that stopped tries the same event again. */
    public Uni<Boolean> resume(String name) {
        Optional<MemoryDocuments<?>> here = engine.inMemory(name);
        if (here.isPresent()) {
            here.get().resume();
            engine.runner(name).ifPresent(ProjectionRunner::resume);
            return Uni.createFrom().item(true);
        }
        return changed(name, table::resume);
    }

    private Uni<Boolean> changed(String name, Function<String, Uni<Void>> change) {
        if (engine.inMemory(name).isPresent()) {
            return Uni.createFrom().item(false);
        }
        return change.apply(name)
                .chain(() -> table.rows(List.of(name)))
                .invoke(rows -> rows.forEach(engine::tell))
                .replaceWith(true);
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
    public Uni<List<StoredState>> states(String name, String afterKey, String prefix, int limit) {
        return engine.inMemory(name)
                .map(documents -> Uni.createFrom().item(documents.page(afterKey, prefix, limit)))
                .orElseGet(() -> table.states(name, afterKey, prefix, limit));
    }

    /** Emits true once the projection has finished everything up to this position, false if that takes longer. */
    public Uni<Boolean> awaitPosition(String name, long position, Duration timeout) {
        return engine.waiter().await(name, position, timeout);
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
        return table.request(name, position, what)
                .chain(() -> table.rows(List.of(name)))
                .invoke(rows -> rows.forEach(engine::tell))
                .replaceWithVoid();
    }
}
