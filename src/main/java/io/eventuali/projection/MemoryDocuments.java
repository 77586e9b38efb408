package io.eventuali.projection;

import io.eventuali.task.Failure;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Documents on the heap, for as long as the process lives; the next one may go on from a snapshot of them. Readers see each batch piece by
 * piece, in the order of its documents.
 */
final class MemoryDocuments<S> implements Documents<S> {
    private final ConcurrentSkipListMap<String, Document<S>> documents = new ConcurrentSkipListMap<>();
    private final Projection<S> projection;
    private final JsonCodec json;
    private final Optional<MemorySnapshots> snapshots;
    private boolean opened;
    private volatile long position;
    private volatile long events;
    private volatile HandlerFailure failure;

    MemoryDocuments(Projection<S> projection, JsonCodec json, Optional<MemorySnapshots> snapshots) {
        this.projection = projection;
        this.json = json;
        this.snapshots = snapshots;
    }

    @Override
    public Uni<Checkpoint> open() {
        if (opened || snapshots.isEmpty()) {
            return Uni.createFrom().item(this::checkpoint);
        }
        // Documents are read on a thread that may be busy for a while.
        return snapshots
                .get()
                .read()
                .emitOn(Infrastructure.getDefaultExecutor())
                .map(snapshot -> {
                    snapshot.ifPresent(this::restore);
                    opened = true;
                    return checkpoint();
                });
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(position, true, failure != null, 0, Set.of(), 0);
    }

    private synchronized void restore(Snapshot snapshot) {
        try {
            for (StoredState stored : snapshot.documents()) {
                S state = json.document(stored.json(), projection.stateType());
                documents.put(stored.key(), new Document<>(stored.key(), state, stored.json(), stored.position()));
            }
        } catch (RuntimeException unfit) {
            documents.clear();
            snapshots.orElseThrow().unreadable(unfit);
            return;
        }
        events = snapshot.events();
        position = snapshot.position();
        snapshots.orElseThrow().restored(snapshot);
    }

    /** Everything that is there, at one moment. */
    private synchronized Snapshot snapshot() {
        return new Snapshot(
                projection.version(),
                position,
                events,
                documents.values().stream().map(MemoryDocuments::stored).toList());
    }

    /** To be called at the end: writes what the next process goes on from. */
    Uni<Void> close() {
        return snapshots
                .map(all -> all.writeLast(snapshot()).onFailure().recoverWithNull())
                .orElseGet(() -> Uni.createFrom().voidItem());
    }

    @Override
    public Uni<Map<String, Loaded<S>>> load(Set<String> keys) {
        Map<String, Loaded<S>> found = new HashMap<>();
        for (String key : keys) {
            Document<S> document = documents.get(key);
            if (document != null) {
                found.put(key, Loaded.ready(document.state()));
            }
        }
        return Uni.createFrom().item(found);
    }

    @Override
    public Uni<Void> commit(Batch<S> batch) {
        apply(batch);
        snapshots.filter(all -> all.isDue(position)).ifPresent(all -> all.write(snapshot()));
        return Uni.createFrom().voidItem();
    }

    /** A snapshot has all of a batch or nothing of it. */
    private synchronized void apply(Batch<S> batch) {
        for (Document<S> document : batch.documents()) {
            if (document.isRemoved()) {
                documents.remove(document.key());
            } else {
                documents.put(document.key(), document);
            }
        }
        events += batch.handled();
        position = batch.to();
    }

    @Override
    public Uni<Optional<ServedFrom>> promote() {
        return Uni.createFrom().item(Optional.empty());
    }

    @Override
    public Uni<Void> halt(HandlerFailure reason) {
        failure = reason;
        return Uni.createFrom().voidItem();
    }

    long position() {
        return position;
    }

    /** Events handled since the process started. */
    long events() {
        return events;
    }

    Optional<HandlerFailure> failure() {
        return Optional.ofNullable(failure);
    }

    StatesAt current(Collection<String> keys) {
        // Read first: what a document has beyond the position is told again, which a reader can pass over.
        long before = position;
        Map<String, StoredState> states = new HashMap<>();
        keys.forEach(key -> find(key).ifPresent(state -> states.put(key, state)));
        return new StatesAt(Checkpoints.of(before), states);
    }

    StateList list(String prefix, int limit) {
        // Read first, for the same reason.
        long before = position;
        Map<String, Long> positions = new HashMap<>();
        for (Map.Entry<String, Document<S>> entry :
                documents.tailMap(prefix, true).entrySet()) {
            if (!entry.getKey().startsWith(prefix) || positions.size() == limit) {
                break;
            }
            positions.put(entry.getKey(), entry.getValue().position());
        }
        return new StateList(Checkpoints.of(before), 0, positions);
    }

    /** Forgets that it failed. */
    void resume() {
        failure = null;
    }

    Optional<StoredState> find(String key) {
        return Optional.ofNullable(documents.get(key)).map(MemoryDocuments::stored);
    }

    StatePage page(String afterKey, String prefix, int limit) {
        List<StoredState> found = documents.tailMap(prefix, true).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(prefix))
                .filter(entry -> entry.getKey().compareTo(afterKey) > 0)
                .limit(limit + 1L)
                .map(entry -> stored(entry.getValue()))
                .toList();
        return found.size() > limit ? new StatePage(found.subList(0, limit), true) : new StatePage(found, false);
    }

    private static StoredState stored(Document<?> document) {
        return new StoredState(document.key(), document.position(), document.json());
    }

    /** What a failed handler did to a document cannot be undone here; documents of in-memory projections have to be immutable. */
    @Override
    public void forget() {
        // There is no second copy to go back to.
    }

    @Override
    public Uni<List<DeadLetter>> requested() {
        return Uni.createFrom().item(List.of());
    }

    @Override
    public Uni<Optional<DeadLetter>> firstDeadLetter(String key) {
        return Uni.createFrom().item(Optional.empty());
    }

    @Override
    public Uni<Void> failedAgain(DeadLetter letter, Failure reason) {
        return Uni.createFrom().voidItem();
    }
}
