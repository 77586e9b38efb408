package io.eventuali.saga;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogReplacedException;
import io.eventuali.store.LogPage;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.stream.EventStreamer;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Reads the log page by page and then whatever is added to it, from memory while it is there. Nothing is done while nothing is
 * added.
 */
@Singleton
class LogFollower {
    private static final Logger LOG = Logger.getLogger(LogFollower.class);
    private static final int PAGE_EVENTS = 1_000;

    private final EngineLog reader;
    private final LogIdentity identity;
    private final EventStreamer streamer;
    private final SagaWorkers workers;
    private final Set<Runnable> followers = ConcurrentHashMap.newKeySet();

    LogFollower(EngineLog reader, EventStreamer streamer, SagaWorkers workers, LogIdentity identity) {
        this.identity = identity;
        this.reader = reader;
        this.streamer = streamer;
        this.workers = workers;
        streamer.onGrown(() -> followers.forEach(Runnable::run));
    }

    /** Global position of the newest event that this replica knows of. */
    long head() {
        return streamer.globalPosition();
    }

    /**
     * The log after a position, for ever, on worker threads. The next page is read when the one before was dealt with.
     *
     * @param pause between what was there and a look at what was added meanwhile, so that this shares a page
     * @return fails when the store cannot be read, or the log is another one than at the begin
     */
    Multi<LogPage> follow(long after, Duration pause) {
        long[] position = {after};
        String log = identity.epoch();
        return Multi.createFrom()
                .<Boolean>emitter(this::wake, BackPressureStrategy.LATEST)
                .emitOn(workers, 1)
                .onItem()
                .transformToMultiAndConcatenate(grown -> {
                    requireSame(log);
                    return head() <= position[0] ? Multi.createFrom().empty() : pages(log, position, pause);
                });
    }

    /** Emits now, and whenever the log has grown: the last time counts while nobody asks. */
    private void wake(MultiEmitter<? super Boolean> emitter) {
        Runnable follower = () -> emitter.emit(true);
        followers.add(follower);
        emitter.onTermination(() -> followers.remove(follower));
        follower.run();
    }

    private void requireSame(String log) {
        if (!log.equals(identity.epoch())) {
            throw new LogReplacedException();
        }
    }

    private Multi<LogPage> pages(String log, long[] position, Duration pause) {
        Multi<LogPage> pages = Multi.createBy()
                .repeating()
                .uni(() -> page(position[0]).invoke(page -> {
                    // After it was taken: what is in memory may be of either log.
                    requireSame(log);
                    position[0] = page.last();
                }))
                .whilst(LogPage::more);
        return pause.isZero()
                ? pages
                : pages.onCompletion()
                        .call(() ->
                                Uni.createFrom().voidItem().onItem().delayIt().by(pause));
    }

    private Uni<LogPage> page(long after) {
        List<StreamEvent> inMemory = streamer.newest(after, PAGE_EVENTS);
        return inMemory.isEmpty()
                ? reader.page(new Position(after), PAGE_EVENTS).invoke(page -> passedOver(after, page))
                : Uni.createFrom().item(new LogPage(after, inMemory, inMemory.size() == PAGE_EVENTS));
    }

    private static void passedOver(long after, LogPage page) {
        if (page.events().isEmpty() && page.last() > after) {
            LOG.warnf("sagas pass over damage first=%d last=%d", after + 1, page.last());
        }
    }
}
