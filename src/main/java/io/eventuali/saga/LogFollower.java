package io.eventuali.saga;

import io.eventuali.event.Position;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogPage;
import io.eventuali.stream.EventStreamer;
import io.smallrye.mutiny.Multi;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Reads the log page by page and then whatever is added to it. Nothing is read while nothing is added. */
@Singleton
class LogFollower {
    private static final int PAGE_EVENTS = 1_000;

    private final EventStore store;
    private final EventStreamer streamer;

    LogFollower(EventStore store, EventStreamer streamer) {
        this.store = store;
        this.streamer = streamer;
    }

    /** Global position of the newest event that this replica knows of. */
    long head() {
        return streamer.globalPosition();
    }

    /**
     * The log after a position, for ever. The next page is read when the one before was dealt with.
     *
     * @param period how often to look whether the log has grown: events that come meanwhile share a page
     * @return fails when the store cannot be read
     */
    Multi<LogPage> follow(long after, Duration period) {
        long[] position = {after};
        return Multi.createFrom()
                .ticks()
                .every(period)
                .onOverflow()
                .drop()
                .onItem()
                .transformToMultiAndConcatenate(
                        tick -> head() <= position[0] ? Multi.createFrom().empty() : pages(position));
    }

    private Multi<LogPage> pages(long[] position) {
        return Multi.createBy()
                .repeating()
                .uni(() -> store.read(new Position(position[0]), PAGE_EVENTS).invoke(page -> position[0] = page.last()))
                .whilst(LogPage::more);
    }
}
