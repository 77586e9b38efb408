package io.eventuali.projection;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What one follower of a list of documents has been told, and what it is to be told next. A list grows: each look finds out which documents
 * there are and at which position each is, and reads those that are new or have changed, some at a time. It remembers keys and positions,
 * not documents.
 */
final class StateListFeed {
    /** Documents that one item has at most, so that a reader's pace bounds what is in memory. */
    static final int CHUNK = 100;

    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    /** A look at a long list costs more, and is taken less often: 10,000 documents once a second. */
    private static final int DOCUMENTS_PER_MILLISECOND = 10;

    private final String projection;
    private final Duration pause;
    private final Supplier<Uni<StateList>> list;
    private final StateLookups lookups;
    private final PositionWaiter waiter;
    private final BooleanSupplier open;
    private final Map<String, Long> told = new HashMap<>();
    private final Deque<Set<String>> toRead = new ArrayDeque<>();
    private List<StateChange> removed = List.of();
    private StateChange.Kind kind = StateChange.Kind.STATE;
    /** Of the last look; null before the first one. */
    private StateList seen;

    /**
     * @param pause the least time between two looks, if it is longer than the list demands
     * @param list looks which documents there are
     * @param open false ends it
     */
    StateListFeed(
            String projection,
            Duration pause,
            Supplier<Uni<StateList>> list,
            StateLookups lookups,
            PositionWaiter waiter,
            BooleanSupplier open) {
        this.projection = projection;
        this.pause = pause;
        this.list = list;
        this.lookups = lookups;
        this.waiter = waiter;
        this.open = open;
    }

    /** Documents that are there, then changes as they come; an item without any comes every {@code heartbeat} in which nothing changed. */
    Multi<List<StateChange>> changes(Duration heartbeat) {
        return Multi.createBy()
                .repeating()
                .uni(() -> next(System.nanoTime() + heartbeat.toNanos()))
                .whilst(changes -> open.getAsBoolean());
    }

    private Uni<List<StateChange>> next(long heartbeatAt) {
        if (!removed.isEmpty()) {
            List<StateChange> changes = removed;
            removed = List.of();
            return Uni.createFrom().item(changes);
        }
        Set<String> keys = toRead.poll();
        if (keys != null) {
            return lookups.look(keys)
                    .map(states -> read(keys, states))
                    .chain(changes -> changes.isEmpty()
                            ? next(heartbeatAt)
                            : Uni.createFrom().item(changes));
        }
        if (seen == null) {
            return look().chain(() -> nextOrNothing(heartbeatAt));
        }
        kind = StateChange.Kind.CHANGED;
        Checkpoints before = seen.checkpoints();
        Duration wait = Duration.ofNanos(Math.max(1, heartbeatAt - System.nanoTime()));
        return Uni.createFrom()
                .voidItem()
                .onItem()
                .delayIt()
                .by(pause())
                .chain(() -> waiter.await(projection, now -> now.isBeyond(before), wait))
                // Also without a word: after a reset the projection is behind what was seen.
                .chain(this::look)
                .chain(() -> nextOrNothing(heartbeatAt));
    }

    private Uni<List<StateChange>> nextOrNothing(long heartbeatAt) {
        boolean nothing = removed.isEmpty() && toRead.isEmpty();
        return nothing && (told.isEmpty() && kind == StateChange.Kind.STATE || System.nanoTime() >= heartbeatAt)
                ? Uni.createFrom().item(List.of())
                : next(heartbeatAt);
    }

    private Duration pause() {
        Duration least = Duration.ofMillis(told.size() / DOCUMENTS_PER_MILLISECOND);
        Duration longer = least.compareTo(SHORTEST_PAUSE) > 0 ? least : SHORTEST_PAUSE;
        return pause.compareTo(longer) > 0 ? pause : longer;
    }

    private Uni<Void> look() {
        return list.get().invoke(this::compare).replaceWithVoid();
    }

    private void compare(StateList now) {
        // Documents of another generation may be others at the same positions.
        boolean another = seen != null && seen.generation() != now.generation();
        List<StateChange> gone = new ArrayList<>();
        for (String key : List.copyOf(told.keySet())) {
            if (!now.positions().containsKey(key)) {
                gone.add(removed(key, now.checkpoints()));
                told.remove(key);
            }
        }
        Set<String> chunk = new HashSet<>();
        for (Map.Entry<String, Long> document : now.positions().entrySet()) {
            if (another || !document.getValue().equals(told.get(document.getKey()))) {
                chunk.add(document.getKey());
                if (chunk.size() == CHUNK) {
                    toRead.add(chunk);
                    chunk = new HashSet<>();
                }
            }
        }
        if (!chunk.isEmpty()) {
            toRead.add(chunk);
        }
        removed = gone;
        seen = now;
    }

    private List<StateChange> read(Set<String> keys, StatesAt now) {
        List<StateChange> changes = new ArrayList<>();
        for (String key : keys) {
            StoredState state = now.states().get(key);
            if (state != null) {
                told.put(key, state.position());
                changes.add(new StateChange(kind, key, state.position(), Optional.of(state.json()), Optional.empty()));
            } else if (told.remove(key) != null) {
                changes.add(removed(key, now.checkpoints()));
            }
        }
        return changes;
    }

    private static StateChange removed(String key, Checkpoints now) {
        return new StateChange(
                StateChange.Kind.REMOVED, key, Math.max(0, now.of(key)), Optional.empty(), Optional.empty());
    }
}
