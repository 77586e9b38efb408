package io.eventuali.stream;

import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Damaged;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Updates;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.lang.ref.WeakReference;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * One subscriber's place in the log. Catch-up and live are the same cursor: it asks its filter group for the next piece after its
 * position, which comes from the live ring or from a page of history; the position is all it remembers, so lag costs nothing but
 * that (G7).
 *
 * <p>It moves only on demand, so the consumer sets the pace. {@link #look} says that there may be something new; any thread may
 * call it, the work is done by one at a time.
 */
final class SubscriptionCursor implements Flow.Subscription {
    private static final Logger LOG = Logger.getLogger(SubscriptionCursor.class);
    private static final long PAGE_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** A live subscriber whose filter drops everything is told how far it is not more often than this. */
    private static final long LIVE_CHECKPOINT_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Signals in one go; then other tasks of the executor come to their turn. */
    private static final int TURN = 16;
    /** A connection that takes something now and then may have so many times as long for a piece as one that takes nothing. */
    private static final int SLOWEST = 30;

    /** How the cursor stands to the head of the log. */
    enum Phase {
        /** Behind since it began: what it gives was committed some time ago. */
        CATCHING_UP("catching-up"),
        /** At the head: it gives events as they are committed. */
        LIVE("live"),
        /** Was live, and has fallen behind what is held in memory. */
        LAGGING("lagging");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        /** As users read it. */
        String text() {
            return text;
        }
    }

    private final Subscription subscription;
    private final Subscribed opening;
    private final Outlet outlet;
    private final Broadcast broadcast;
    private final FilteredHistory history;
    private final StreamConfig.SubscriptionLimits limits;
    private final StreamMeters meters;
    private final Fold fold;
    private final FilterGroup group;
    private final OutgoingBytes outgoing;
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private MultiSubscriber<? super ReceiverSignal> consumer;

    // Written by one thread at a time, read by others for the lists of subscriptions.
    private volatile long position;
    private volatile Phase phase = Phase.CATCHING_UP;
    private volatile long delivered;
    private volatile long movedAt = System.nanoTime();
    private volatile CloseReason closeReason;
    private volatile boolean ended;
    private volatile long pageRetryAt = System.nanoTime();
    /** What the consumer has been told to resume from. */
    private volatile long told;

    private final int log;
    private boolean opened;
    /** Held by the cache alone, whose size is bounded: a reader that takes nothing keeps no page. */
    private WeakReference<EntryPage> page = new WeakReference<>(null);

    private volatile boolean pageComing;
    /** What a page could not be read for. */
    private LogDamage damage;

    private long nextUpdateAt = System.nanoTime();
    private volatile boolean updateScheduled;
    private long progress;
    /** What the consumer was given and has not taken yet, if it counts. */
    private volatile Runnable onItsWay;

    private volatile long handedOverAt;
    private volatile boolean slow;
    private volatile boolean awaitsRoom;

    /**
     * @param opening tells where to start; the first signal
     * @param outlet whose executor's thread calls the consumer after a wake-up
     */
    SubscriptionCursor(
            Subscription subscription,
            Subscribed opening,
            Outlet outlet,
            Broadcast broadcast,
            FilteredHistory history,
            OutgoingBytes outgoing,
            StreamConfig.SubscriptionLimits limits,
            StreamMeters meters) {
        this.subscription = subscription;
        this.opening = opening;
        this.outlet = outlet;
        this.broadcast = broadcast;
        this.history = history;
        this.outgoing = outgoing;
        this.limits = limits;
        this.meters = meters;
        this.fold = subscription.isConflated()
                ? new Fold(limits.conflateAggregates(), limits.batchBytes().asLongValue())
                : null;
        this.position = opening.position();
        this.told = opening.position();
        // Joined before anything is read: an event committed between the two would be in neither.
        this.log = broadcast.ring().log();
        this.group = broadcast.join(log, subscription.filter(), outlet.encoder(), outlet.executor(), this);
    }

    /** Begins to call the consumer. */
    void start(MultiSubscriber<? super ReceiverSignal> subscriber) {
        consumer = subscriber;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            end();
            consumer.onFailure(Subscriptions.getInvalidRequestException());
            return;
        }
        Subscriptions.add(demand, n);
        look();
    }

    @Override
    public void cancel() {
        end();
    }

    /** Ends the subscription after what is on its way. */
    void close(CloseReason reason) {
        closeReason = reason;
        outlet.executor().execute(this::look);
    }

    /** Leaves the group. Called once or more, by any thread. */
    private void end() {
        boolean first;
        synchronized (this) {
            first = !ended;
            ended = true;
        }
        taken();
        if (first) {
            broadcast.leave(log, group, outlet.encoder(), outlet.executor(), this);
        }
    }

    /** Gives what there is, as far as it is asked for. A thread that comes meanwhile makes the one at work look once more. */
    void look() {
        if (looks.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = looks.get();
            try {
                if (give()) {
                    return;
                }
            } catch (RuntimeException broken) {
                LOG.errorf(broken, "subscription broken subscription=%s position=%d", subscription.id(), position);
                end();
                consumer.onFailure(broken);
            }
        } while (looks.addAndGet(-seen) != 0);
    }

    /** Returns whether it has scheduled another look and given up this one. */
    private boolean give() {
        for (int turn = 0; !ended && demand.get() > 0; turn++) {
            if (turn == TURN) {
                // Whatever called for a look meanwhile gets it with the one that is scheduled here.
                looks.set(0);
                outlet.executor().execute(this::look);
                return true;
            }
            taken();
            ReceiverSignal signal = nextOfLog();
            if (signal == null) {
                return false;
            }
            Subscriptions.produced(demand, 1);
            movedAt = System.nanoTime();
            if (signal instanceof Closing) {
                end();
                consumer.onItem(signal);
                consumer.onCompletion();
            } else {
                consumer.onItem(signal);
            }
        }
        return false;
    }

    /** The same, and nothing of another log than the one that was subscribed to: it is looked at again after a signal was made. */
    private ReceiverSignal nextOfLog() {
        long before = safePosition();
        ReceiverSignal signal = opened && isReplaced() ? null : next();
        return signal != opening && !(signal instanceof Closing) && isReplaced()
                ? new Closing(CloseReason.REPLACED, before)
                : signal;
    }

    private boolean isReplaced() {
        return broadcast.ring().log() != log;
    }

    /** The next signal, or null if it has to be waited for. */
    private ReceiverSignal next() {
        if (!opened) {
            opened = true;
            return opening;
        }
        if (closeReason != null) {
            return new Closing(closeReason, safePosition());
        }
        return fold == null ? nextEvents() : nextUpdates();
    }

    private ReceiverSignal nextEvents() {
        long upTo;
        while (position < (upTo = broadcast.position())) {
            long before = position;
            if (phase != Phase.LIVE && before - told >= limits.checkpointEvents()) {
                return checkpointAt(before);
            }
            Events events = take(upTo);
            if (events == null && isDamagedHere()) {
                return damaged();
            }
            if (events == null) {
                fetchPage();
                return checkpoint();
            }
            int last = events.entries().size() - 1;
            if (last >= 0 && !findsRoom(events)) {
                position = before;
                return checkpoint();
            }
            if (last >= 0) {
                told = events.entries().get(last).position();
                return count(events);
            }
            if (phase != Phase.LIVE && before > told && position - told > limits.checkpointEvents()) {
                return checkpointAt(before);
            }
        }
        return position == upTo ? atHead() : checkpoint();
    }

    /** Moves on by one piece; null if a page of history is needed for it. */
    private Events take(long upTo) {
        Events events = group.after(position, upTo, page.get());
        if (events != null) {
            position = events.position();
        }
        return events;
    }

    /** Whether a piece may go out. If not, it is made again from the position, which is all that is kept. */
    private boolean findsRoom(Events events) {
        long copied = Math.min(events.bytes(), outlet.copied());
        return copied == 0 || findsRoom(outgoing.hold(events, copied, slow), () -> outgoing.release(events, copied));
    }

    private boolean findsRoom(boolean found, Runnable release) {
        if (!found) {
            awaitRoom();
            return false;
        }
        synchronized (this) {
            handedOverAt = System.nanoTime();
            onItsWay = release;
        }
        if (ended) {
            taken();
        }
        return true;
    }

    private void awaitRoom() {
        if (!awaitsRoom) {
            awaitsRoom = true;
            outgoing.await(() -> {
                awaitsRoom = false;
                outlet.executor().execute(this::look);
            });
        }
    }

    /** What was given last is on its way no more. */
    private void taken() {
        Runnable release;
        synchronized (this) {
            release = onItsWay;
            onItsWay = null;
        }
        if (release != null) {
            slow = System.nanoTime() - handedOverAt > OutgoingBytes.PROMPT_NANOS;
            release.run();
        }
    }

    private Events count(Events events) {
        delivered += events.entries().size();
        meters.delivered(events.entries().size());
        return events;
    }

    private ReceiverSignal atHead() {
        page.clear();
        if (phase != Phase.LIVE) {
            turn(Phase.LIVE);
            told = position;
            return new CaughtUp(position);
        }
        return checkpoint();
    }

    /** Latest events by aggregate, not more often than the subscriber wants. Reading stops while the fold is full: nothing grows. */
    private ReceiverSignal nextUpdates() {
        long upTo;
        boolean pageNeeded = false;
        while (position < (upTo = broadcast.position()) && !fold.isFull() && !pageNeeded) {
            Events events = take(upTo);
            if (events == null) {
                pageNeeded = true;
            } else {
                fold.add(events.entries());
            }
        }
        if (pageNeeded && isDamagedHere()) {
            // What is folded goes out before its positions are passed.
            if (fold.isEmpty()) {
                return damaged();
            }
        } else if (pageNeeded) {
            fetchPage();
        }
        if (fold.isEmpty()) {
            return position == upTo ? atHead() : checkpoint();
        }
        long wait = nextUpdateAt - System.nanoTime();
        if (wait > 0) {
            scheduleUpdate(wait);
            return null;
        }
        long size = 2 * fold.bytes();
        if (outlet.copied() > 0 && !findsRoom(outgoing.take(size, slow), () -> outgoing.give(size))) {
            return checkpoint();
        }
        nextUpdateAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(1) / subscription.maxRate();
        Updates updates = new Updates(fold.take(), position);
        told = position;
        delivered += updates.updates().size();
        meters.delivered(updates.updates().size());
        return updates;
    }

    private void scheduleUpdate(long nanos) {
        if (!updateScheduled) {
            updateScheduled = true;
            Infrastructure.getDefaultWorkerPool()
                    .schedule(
                            () -> outlet.executor().execute(() -> {
                                updateScheduled = false;
                                look();
                            }),
                            nanos,
                            TimeUnit.NANOSECONDS);
        }
    }

    private boolean isDamagedHere() {
        return damage != null && damage.first() <= position + 1 && damage.last() > position;
    }

    /** Says what is damaged, and goes on behind it or ends before it, as the subscriber has asked. */
    private Damaged damaged() {
        LogDamage here = damage;
        damage = null;
        if (subscription.skipsDamage()) {
            position = here.last();
        } else {
            closeReason = CloseReason.LOG_DAMAGED;
        }
        told = position;
        return new Damaged(here, position);
    }

    private void fetchPage() {
        if (phase == Phase.LIVE) {
            turn(Phase.LAGGING);
        }
        if (pageComing || System.nanoTime() - pageRetryAt < 0) {
            return;
        }
        pageComing = true;
        long wanted = position + 1;
        history.after(opening.head().epoch(), position, broadcast.position())
                .subscribe()
                .with(fetched -> pageArrived(fetched, !fetched.covers(wanted)), failure -> {
                    if (failure instanceof LogDamaged damaged) {
                        outlet.executor().execute(() -> damageFound(damaged.damage()));
                        return;
                    }
                    LOG.debugf(
                            "page unavailable subscription=%s position=%d: %s",
                            subscription.id(), wanted - 1, failure.getMessage());
                    pageArrived(null, true);
                });
    }

    private void damageFound(LogDamage found) {
        damage = found;
        pageComing = false;
        look();
    }

    /** A page that could not be had is tried again after a pause, when the ticker of all cursors finds it due. */
    private void pageArrived(EntryPage fetched, boolean useless) {
        outlet.executor().execute(() -> {
            page = new WeakReference<>(fetched);
            if (useless) {
                pageRetryAt = System.nanoTime() + PAGE_RETRY_NANOS;
            }
            pageComing = false;
            look();
        });
    }

    private void turn(Phase next) {
        LOG.debugf(
                "subscription is %s, was %s subscription=%s position=%d",
                next.text(), phase.text(), subscription.id(), position);
        phase = next;
    }

    /** A heartbeat, or word of how much the filter dropped, if it is time for one. */
    private ReceiverSignal checkpoint() {
        return (fold == null || fold.isEmpty()) && checkpointIsDue(System.nanoTime()) ? checkpointAt(position) : null;
    }

    private Examined checkpointAt(long examined) {
        told = examined;
        return new Examined(examined);
    }

    private boolean checkpointIsDue(long now) {
        long quiet = now - movedAt;
        return quiet >= limits.heartbeat().toNanos()
                || quiet >= LIVE_CHECKPOINT_NANOS && position() - told >= limits.checkpointEvents();
    }

    /** Called now and then: looks if something is due that no event will remind of. */
    void tick(long now) {
        boolean retry = phase != Phase.LIVE && !pageComing && now - pageRetryAt >= 0;
        if (demand.get() > 0 && (retry || awaitsRoom || checkpointIsDue(now))) {
            outlet.executor().execute(this::look);
        }
    }

    /**
     * Whether the consumer has asked for nothing, and its connection has taken nothing, for this long. Called by the outlet's
     * executor.
     */
    boolean isStalled(long nanos) {
        if (demand.get() > 0) {
            return false;
        }
        long now = System.nanoTime();
        long seen = outlet.progress();
        if (seen != progress) {
            progress = seen;
            movedAt = now;
        }
        return now - movedAt > nanos || isTooSlow(nanos, now);
    }

    /** Whether a piece is so long on its way, where others find no room, that its connection has to make some. */
    private boolean isTooSlow(long nanos, long now) {
        return nanos < limits.stallTimeout().toNanos() && onItsWay != null && now - handedOverAt > SLOWEST * nanos;
    }

    /** Whether it is worth to ask {@link #isStalled}. */
    boolean mayBeStalled(long nanos) {
        long now = System.nanoTime();
        return demand.get() == 0 && (now - movedAt > nanos / 4 || isTooSlow(nanos, now));
    }

    /** Up to where it has looked. What a live subscriber was not woken for, it does not want. */
    long position() {
        long upTo = broadcast.position();
        long own = position;
        return phase == Phase.LIVE && own < upTo && group.isQuietAfter(own) ? upTo : own;
    }

    /** Where a consumer may resume that has received everything so far: events in the fold it has not. */
    private long safePosition() {
        return fold == null || fold.isEmpty() ? position() : told;
    }

    Phase phase() {
        return phase;
    }

    long delivered() {
        return delivered;
    }

    FilterGroup group() {
        return group;
    }

    Outlet outlet() {
        return outlet;
    }
}
