package io.eventuali.stream;

import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.jboss.logging.Logger;

/**
 * One subscriber's place in the log. Catch-up and live are the same cursor: it takes the next events from the live ring if
 * they are there and from a page of history if not; its position is all it remembers, so lag costs nothing but that (G7).
 *
 * <p>It moves only when asked ({@link #next}), so the consumer sets the pace. {@link #poke} says that there may be something
 * new; it may be called from any thread, the work is done by one at a time.
 */
final class SubscriptionCursor {
    private static final Logger LOG = Logger.getLogger(SubscriptionCursor.class);
    private static final long PAGE_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How the cursor gets its events. */
    enum Phase {
        /** Behind: what it gives was committed some time ago. */
        CATCHING_UP,
        /** At the head: it gives events as they are committed. */
        LIVE
    }

    private final Subscription subscription;
    private final LiveRing ring;
    private final PageCache pages;
    private final StreamConfig.SubscriptionLimits limits;
    private final long batchBytes;
    private final StreamMeters meters;
    private final Executor executor;
    private final AtomicInteger pokes = new AtomicInteger();

    // Written by one thread at a time, read by others for the lists of subscriptions.
    private volatile long position;
    private volatile Phase phase = Phase.CATCHING_UP;
    private volatile long delivered;
    private volatile long lastMoveNanos = System.nanoTime();
    private volatile UniEmitter<? super ReceiverSignal> waiting;
    private volatile CloseReason closeReason;

    private EntryPage page;
    private boolean pageComing;
    private long pageRetryAt;
    private int dropped;

    /**
     * @param position where to start, exclusive
     * @param executor on which events are looked for after a wake-up; its thread calls the consumer
     */
    SubscriptionCursor(
            Subscription subscription,
            long position,
            LiveRing ring,
            PageCache pages,
            StreamConfig.SubscriptionLimits limits,
            StreamMeters meters,
            Executor executor) {
        this.subscription = subscription;
        this.position = position;
        this.ring = ring;
        this.pages = pages;
        this.limits = limits;
        this.batchBytes = limits.batchBytes().asLongValue();
        this.meters = meters;
        this.executor = executor;
    }

    /** The next signal, as soon as there is one. Called again only after the one before was delivered. */
    Uni<ReceiverSignal> next() {
        return Uni.createFrom().emitter(emitter -> {
            lastMoveNanos = System.nanoTime();
            waiting = emitter;
            work();
        });
    }

    /** There may be something new. */
    void poke() {
        if (waiting != null) {
            executor.execute(this::work);
        }
    }

    /** Ends the subscription after what is on its way. */
    void close(CloseReason reason) {
        closeReason = reason;
        poke();
    }

    /** Whether the consumer has not asked for more for this long. */
    boolean stalledFor(long nanos) {
        return waiting == null && System.nanoTime() - lastMoveNanos > nanos;
    }

    long position() {
        return position;
    }

    Phase phase() {
        return phase;
    }

    long delivered() {
        return delivered;
    }

    /** Lets one thread work; one that comes meanwhile makes it look once more. */
    private void work() {
        if (pokes.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = pokes.get();
            UniEmitter<? super ReceiverSignal> emitter = waiting;
            ReceiverSignal signal = emitter == null ? null : look();
            if (signal != null) {
                waiting = null;
                lastMoveNanos = System.nanoTime();
                emitter.complete(signal);
            }
        } while (pokes.addAndGet(-seen) != 0);
    }

    /** The next signal, or null if it has to be waited for. */
    private ReceiverSignal look() {
        if (closeReason != null) {
            return new Closing(closeReason, position);
        }
        while (position < ring.head()) {
            LongFunction<LogEntry> source = source();
            if (source == null) {
                fetchPage();
                return heartbeat();
            }
            ReceiverSignal signal = take(source);
            if (signal != null) {
                return signal;
            }
        }
        page = null;
        if (phase == Phase.CATCHING_UP && position == ring.head()) {
            phase = Phase.LIVE;
            return new CaughtUp(position);
        }
        return heartbeat();
    }

    /** Where the next entry is at hand: the ring, or the page that was read last. */
    private LongFunction<LogEntry> source() {
        if (ring.get(position + 1) != null) {
            page = null;
            return ring::get;
        }
        // Fell off the ring, or never was on it.
        phase = Phase.CATCHING_UP;
        return page != null && page.get(position + 1) != null ? page::get : null;
    }

    /** Takes what passes the filter, as much as one piece may hold. */
    private ReceiverSignal take(LongFunction<LogEntry> source) {
        List<LogEntry> accepted = new ArrayList<>();
        long bytes = 0;
        long at = position;
        LogEntry entry;
        while (accepted.size() < limits.batchEvents() && (entry = source.apply(at + 1)) != null) {
            if (subscription.filter().accepts(entry.event())) {
                if (!accepted.isEmpty() && bytes + entry.bytes() > batchBytes) {
                    break;
                }
                accepted.add(entry);
                bytes += entry.bytes();
            } else if (++dropped >= limits.checkpointEvents() && accepted.isEmpty()) {
                dropped = 0;
                position = at + 1;
                return new Examined(position);
            }
            at++;
        }
        position = at;
        if (accepted.isEmpty()) {
            return null;
        }
        dropped = 0;
        delivered += accepted.size();
        meters.delivered(accepted.size());
        return new Events(accepted, position);
    }

    private void fetchPage() {
        if (pageComing || System.nanoTime() - pageRetryAt < 0) {
            return;
        }
        pageComing = true;
        pages.after(position)
                .subscribe()
                .with(
                        fetched -> {
                            page = fetched;
                            pageArrived(fetched.get(position + 1) == null);
                        },
                        failure -> {
                            LOG.debugf(
                                    "page unavailable subscription=%s position=%d: %s",
                                    subscription.id(), position, failure.getMessage());
                            pageArrived(true);
                        });
    }

    /** A page that could not be had is tried again with the next wake-up after a pause; the ticker of all cursors gives one. */
    private void pageArrived(boolean useless) {
        if (useless) {
            pageRetryAt = System.nanoTime() + PAGE_RETRY_NANOS;
        }
        pageComing = false;
        executor.execute(this::work);
    }

    private ReceiverSignal heartbeat() {
        if (System.nanoTime() - lastMoveNanos < limits.heartbeat().toNanos()) {
            return null;
        }
        dropped = 0;
        return new Examined(position);
    }
}
