package io.eventuali.projection;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogPage;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;

/**
 * Pages of the log for all projections of this replica: those that are at about the same place, at the head or on the way
 * there, cause one read together. Pages end below the head, so they never change; they are kept for a few seconds.
 */
final class LogPages {
    /** Events of a full page. */
    static final int EVENTS = 2_048;

    /** Full pages that are on their way while handlers are busy with one: the database, the connection and handlers work at once. */
    private static final int READ_AHEAD = 3;

    private static final long MAX_BYTES = 32L << 20;
    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final int EVENT_OVERHEAD = 400;

    private final EventStore store;
    private final LongFunction<List<StreamEvent>> newest;
    private final AsyncCache<Stretch, LogPage> pages;

    /** @param newest what is still in memory of the events after a position; empty if that is not all up to the head */
    LogPages(EventStore store, LongFunction<List<StreamEvent>> newest) {
        this.store = store;
        this.newest = newest;
        this.pages = Caffeine.newBuilder()
                .maximumWeight(MAX_BYTES)
                .weigher((Stretch stretch, LogPage page) -> bytes(page))
                .expireAfterWrite(KEPT)
                .buildAsync();
    }

    /**
     * Events right after a position, at least one.
     *
     * @param position below {@code head}
     * @param head a position that the log has reached
     */
    Uni<List<StreamEvent>> after(long position, long head) {
        List<StreamEvent> inMemory = newest.apply(position);
        if (!inMemory.isEmpty()) {
            return Uni.createFrom().item(inMemory);
        }
        long block = position / EVENTS * EVENTS;
        if (block + EVENTS > head) {
            return page(new Stretch(position, head)).map(LogPage::events);
        }
        long end = block + EVENTS;
        return page(new Stretch(block, end))
                .chain(page -> {
                    if (page.last() > position) {
                        readAhead(page.last(), head);
                        return Uni.createFrom()
                                .item(page.events()
                                        .subList(
                                                (int) (position - block),
                                                page.events().size()));
                    }
                    // A page ends early when its events are large, or where the log is damaged.
                    return page(new Stretch(position, end)).map(LogPage::events);
                })
                .onFailure(failure -> failure instanceof LogDamaged damaged
                        && damaged.damage().first() <= position)
                .recoverWithUni(() -> page(new Stretch(position, end)).map(LogPage::events));
    }

    private void readAhead(long from, long head) {
        long start = (from + EVENTS - 1) / EVENTS * EVENTS;
        for (int page = 0; page < READ_AHEAD && start + EVENTS <= head; page++, start += EVENTS) {
            lookUp(new Stretch(start, start + EVENTS));
        }
    }

    private Uni<LogPage> page(Stretch stretch) {
        return Uni.createFrom().completionStage(() -> lookUp(stretch));
    }

    private CompletableFuture<LogPage> lookUp(Stretch stretch) {
        return pages.get(stretch, (wanted, executor) -> store.read(
                        new Position(wanted.after()), (int) (wanted.end() - wanted.after()))
                .subscribeAsCompletionStage());
    }

    /** Forgets everything: the log is another one. */
    void clear() {
        pages.synchronous().invalidateAll();
    }

    private static int bytes(LogPage page) {
        long bytes = 0;
        for (StreamEvent event : page.events()) {
            bytes += EVENT_OVERHEAD
                    + event.data().text().length()
                    + event.metadata().text().length();
        }
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }

    /** Exclusive start, inclusive end. */
    private record Stretch(long after, long end) {}
}
