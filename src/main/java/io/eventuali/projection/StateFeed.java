package io.eventuali.projection;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What one follower of some documents has been told, and what it is to be told next: the difference between two looks. As each
 * look sees the documents of one moment, nothing falls between the present state and the changes that follow it. Events that
 * one transaction of the projection applied are one change.
 */
final class StateFeed {
    private final String projection;
    private final Set<String> keys;
    private final Duration pause;
    private final StateLookups lookups;
    private final PositionWaiter waiter;
    private final BooleanSupplier open;
    private final Map<String, StoredState> told = new HashMap<>();
    /** Of the last look; null before the first one. */
    private Checkpoints seen;

    /**
     * @param pause the least time between two looks
     * @param open false ends it
     */
    StateFeed(
            String projection,
            Set<String> keys,
            Duration pause,
            StateLookups lookups,
            PositionWaiter waiter,
            BooleanSupplier open) {
        this.projection = projection;
        this.keys = keys;
        this.pause = pause;
        this.lookups = lookups;
        this.waiter = waiter;
        this.open = open;
    }

    /**
     * Changes as they come, each item those of one look; one without any comes every {@code heartbeat} in which nothing changed.
     * The next look is taken when the next item is asked for, so a slow reader sees fewer of them.
     */
    Multi<List<StateChange>> changes(Duration heartbeat) {
        return Multi.createBy()
                .repeating()
                .uni(() -> next(System.nanoTime() + heartbeat.toNanos()))
                .whilst(changes -> open.getAsBoolean());
    }

    private Uni<List<StateChange>> next(long heartbeatAt) {
        if (seen == null) {
            return look();
        }
        Checkpoints before = seen;
        Duration wait = Duration.ofNanos(Math.max(1, heartbeatAt - System.nanoTime()));
        return paused(waiter.await(projection, now -> now.isBeyond(before, keys), wait))
                .chain(moved -> {
                    if (!moved) {
                        return Uni.createFrom().item(List.of());
                    }
                    return look().chain(changes -> changes.isEmpty() && System.nanoTime() < heartbeatAt
                            ? next(heartbeatAt)
                            : Uni.createFrom().item(changes));
                });
    }

    private Uni<Boolean> paused(Uni<Boolean> moved) {
        return pause.isZero()
                ? moved
                : Uni.createFrom().voidItem().onItem().delayIt().by(pause).chain(() -> moved);
    }

    private Uni<List<StateChange>> look() {
        return lookups.look(keys).map(this::difference);
    }

    private List<StateChange> difference(StatesAt now) {
        List<StateChange> changes = new ArrayList<>();
        boolean first = seen == null;
        for (String key : keys) {
            StoredState state = now.states().get(key);
            StoredState before = told.get(key);
            if (first || !Objects.equals(state, before)) {
                changes.add(new StateChange(
                        first
                                ? StateChange.Kind.STATE
                                : state == null ? StateChange.Kind.REMOVED : StateChange.Kind.CHANGED,
                        key,
                        state == null ? Math.max(0, now.checkpoints().of(key)) : state.position(),
                        Optional.ofNullable(state).map(StoredState::json),
                        Optional.ofNullable(before).map(StoredState::json)));
            }
            if (state == null) {
                told.remove(key);
            } else {
                told.put(key, state);
            }
        }
        seen = now.checkpoints();
        return changes;
    }
}
