package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The consumer's end of a subscription. Its Multi sets the pace: nothing is read ahead of demand but one piece, and a consumer
 * that falls behind the live buffer goes on from the store, losing nothing (G7).
 *
 * <p>Subscribe to it once, to {@link #events()} or {@link #signals()}; cancelling that, or {@link #close()}, ends the
 * subscription.
 */
public final class EventStreamReceiver {
    private final EventStreamer streamer;
    private final Subscription subscription;
    private final Executor executor;
    private final Runnable onStall;
    private final Instant since = Instant.now();
    private final AtomicBoolean used = new AtomicBoolean();
    private volatile SubscriptionCursor cursor;
    private volatile CloseReason closedBefore;

    EventStreamReceiver(EventStreamer streamer, Subscription subscription, Executor executor, Runnable onStall) {
        this.streamer = streamer;
        this.subscription = subscription;
        this.executor = executor;
        this.onStall = onStall;
    }

    /** What was subscribed to. */
    public Subscription subscription() {
        return subscription;
    }

    /** When it was subscribed to. */
    public Instant since() {
        return since;
    }

    /** The events alone, one by one. Completes when the subscription ends. Called on a worker or event-loop thread: do not block. */
    public Multi<StreamEvent> events() {
        return signals()
                .filter(Events.class::isInstance)
                .map(Events.class::cast)
                .onItem()
                .transformToIterable(Events::entries)
                .map(LogEntry::event);
    }

    /** Everything the subscription tells, in pieces. Completes after a {@link Closing}. */
    public Multi<ReceiverSignal> signals() {
        return Multi.createFrom().deferred(() -> {
            if (!used.compareAndSet(false, true)) {
                return Multi.createFrom().failure(new IllegalStateException("a receiver can be used once"));
            }
            if (!streamer.admit(this)) {
                return Multi.createFrom().item(new Closing(CloseReason.OVERLOADED, 0));
            }
            return streamer.open(subscription)
                    .onItem()
                    .transformToMulti(this::follow)
                    .onFailure()
                    .recoverWithItem(failure -> new Closing(CloseReason.UNAVAILABLE, 0))
                    .onTermination()
                    .invoke(() -> streamer.release(this));
        });
    }

    private Multi<ReceiverSignal> follow(Subscribed subscribed) {
        SubscriptionCursor opened = streamer.cursor(subscription, subscribed.position(), executor);
        cursor = opened;
        if (closedBefore != null) {
            opened.close(closedBefore);
        }
        Multi<ReceiverSignal> signals =
                Multi.createBy().repeating().uni(opened::next).whilst(signal -> !(signal instanceof Closing));
        return Multi.createBy()
                .concatenating()
                .streams(Uni.createFrom().<ReceiverSignal>item(subscribed).toMulti(), signals);
    }

    /** Ends the subscription; its Multi completes. */
    public void close() {
        close(CloseReason.UNSUBSCRIBED);
    }

    void close(CloseReason reason) {
        closedBefore = reason;
        SubscriptionCursor open = cursor;
        if (open != null) {
            open.close(reason);
        }
    }

    /**
     * The consumer has not asked for anything for too long; as it reads nothing, a signal would not reach it.
     *
     * @return false if it was known already
     */
    boolean stalled() {
        if (closedBefore == CloseReason.STALLED) {
            return false;
        }
        close(CloseReason.STALLED);
        onStall.run();
        return true;
    }

    /** Its place in the log; null before it was opened. */
    SubscriptionCursor cursor() {
        return cursor;
    }
}
