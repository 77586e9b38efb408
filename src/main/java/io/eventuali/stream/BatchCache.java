package io.eventuali.stream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.stream.ReceiverSignal.Events;
import java.util.concurrent.atomic.LongAdder;

/**
 * Pieces that members of filter groups share: of live events and of history alike. Events never change, so whoever stands at the
 * same place gets the same piece.
 */
final class BatchCache {
    private final Cache<Key, Events> batches;
    private final LongAdder shared = new LongAdder();
    private final LongAdder made = new LongAdder();

    BatchCache(long maxBytes) {
        this.batches = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Key key, Events batch) -> (int) Math.min(Integer.MAX_VALUE, batch.bytes()))
                .executor(Runnable::run)
                .build();
    }

    Events get(FilterGroup group, long after) {
        Events batch = batches.getIfPresent(new Key(group.number(), after));
        if (batch != null) {
            shared.increment();
        }
        return batch;
    }

    void put(FilterGroup group, Events batch) {
        made.increment();
        batches.put(new Key(group.number(), batch.after()), batch);
    }

    /** Forgets everything: the log is another one. */
    void clear() {
        batches.invalidateAll();
    }

    /** Pieces handed to a subscriber that had been made for another. */
    long shared() {
        return shared.sum();
    }

    /** Pieces made for groups of several subscribers. */
    long made() {
        return made.sum();
    }

    /** Memory held, roughly. */
    long bytes() {
        return batches.policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }

    private record Key(int group, long after) {}
}
