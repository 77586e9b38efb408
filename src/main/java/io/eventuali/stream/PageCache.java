package io.eventuali.stream;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.event.Position;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogReplacedException;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Pages of the log for those who are behind the live ring. Positions are dense and events of one log never change, so pages are
 * aligned and immutable: any number of subscribers that read the same history cause one read a page.
 */
final class PageCache {
    private final EventStore store;
    private final LogIdentity identity;
    private final LiveRing ring;
    private final int pageEvents;
    private final AsyncCache<Key, EntryPage> pages;
    private final LongAdder hits = new LongAdder();
    private final LongAdder reads = new LongAdder();

    PageCache(EventStore store, LogIdentity identity, LiveRing ring, int pageEvents, long maxBytes) {
        this.store = store;
        this.identity = identity;
        this.ring = ring;
        this.pageEvents = pageEvents;
        this.pages = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((Key key, EntryPage page) -> (int) Math.min(Integer.MAX_VALUE, page.bytes()))
                .buildAsync();
    }

    /** Events of a full page. */
    int pageEvents() {
        return pageEvents;
    }

    /**
     * A page that holds the event after {@code position}, which has to be below the head of the ring. The Uni fails as reads
     * of the store do; the next call tries anew.
     *
     * @param log epoch of the log that the reader is in: a page of another one is not given to it
     */
    Uni<EntryPage> after(String log, long position) {
        long block = position / pageEvents * pageEvents;
        // A block that the log has not filled yet is read up to where the ring takes over, so that this page, too, is
        // final.
        long end = block + pageEvents <= ring.head() ? block + pageEvents : Math.max(ring.floor(), position + 1);
        readAhead(log, block + pageEvents);
        if (block == position) {
            return page(new Key(log, block, end));
        }
        return page(new Key(log, block, end))
                .onItem()
                .transformToUni(page -> page.last() > position
                        ? Uni.createFrom().item(page)
                        // A page ends early when its events are large, or where the log is damaged. A position behind
                        // its end then
                        // starts a page of its own, and every other reader of this stretch comes to start there, too.
                        : page(new Key(log, position, end)))
                // Damage at the start of the block is not the business of a reader who is beyond it.
                .onFailure(failure -> failure instanceof LogDamaged damaged
                        && damaged.damage().first() <= position)
                .recoverWithUni(() -> page(new Key(log, position, end)));
    }

    private Uni<EntryPage> page(Key key) {
        return Uni.createFrom().completionStage(() -> {
            var known = pages.getIfPresent(key);
            if (known != null) {
                hits.increment();
                return known;
            }
            return read(key);
        });
    }

    /** Has the next page read while this one is delivered, so that a reader waits for the slower of the two and not for both. */
    private void readAhead(String log, long block) {
        Key next = new Key(log, block, block + pageEvents);
        // What the ring holds is not read from a page.
        if (block + pageEvents <= ring.floor() && pages.getIfPresent(next) == null) {
            read(next);
        }
    }

    private CompletableFuture<EntryPage> read(Key key) {
        return pages.get(key, (wanted, executor) -> {
            reads.increment();
            return store.read(new Position(wanted.after()), (int) (wanted.end() - wanted.after()))
                    .map(page -> {
                        if (!wanted.log().equals(identity.epoch())) {
                            throw new LogReplacedException();
                        }
                        return new EntryPage(page);
                    })
                    .subscribeAsCompletionStage();
        });
    }

    /** Forgets everything: the log is another one. */
    void clear() {
        pages.synchronous().invalidateAll();
    }

    /** Pages served without asking the store. */
    long hits() {
        return hits.sum();
    }

    /** Pages read from the store. */
    long reads() {
        return reads.sum();
    }

    /** Memory held, roughly. */
    long bytes() {
        return pages.synchronous()
                .policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }

    /** A stretch of a log: exclusive start, inclusive end. */
    private record Key(String log, long after, long end) {}
}
