package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.time.Instant;
import java.util.Optional;
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
    private final Outlet outlet;
    private final Instant since = Instant.now();
    private final AtomicBoolean used = new AtomicBoolean();
    private volatile SubscriptionCursor cursor;
    private volatile CloseReason closedBefore;

    EventStreamReceiver(EventStreamer streamer, Subscription subscription, Outlet outlet) {
        this.streamer = streamer;
        this.subscription = subscription;
        this.outlet = outlet;
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
        return new EventFlow(signals());
    }

    /** Everything the subscription tells, in pieces. Completes after a {@link Closing}. */
    public Multi<ReceiverSignal> signals() {
        return Multi.createFrom().deferred(() -> {
            if (!used.compareAndSet(false, true)) {
                return Multi.createFrom().failure(new IllegalStateException("a receiver can be used once"));
            }
            Optional<CloseReason> refusal = streamer.admit(this);
            if (refusal.isPresent()) {
                return Multi.createFrom().<ReceiverSignal>item(new Closing(refusal.get(), 0));
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
        return new AbstractMulti<>() {
            @Override
            public void subscribe(MultiSubscriber<? super ReceiverSignal> consumer) {
                SubscriptionCursor opened = streamer.cursor(subscription, subscribed, outlet);
                cursor = opened;
                if (closedBefore != null) {
                    opened.close(closedBefore);
                }
                opened.start(consumer);
            }
        };
    }

    /** Ends the subscription; its Multi completes. */
    public void close() {
        close(CloseReason.UNSUBSCRIBED);
    }

    /** Ends the subscription if it is not permitted any more. */
    void closeUnlessPermitted(Instant now) {
        if (closedBefore == null && !subscription.permission().holds(now)) {
            close(CloseReason.EXPIRED);
        }
    }

    /** Ends a subscription that cannot be looked after: what cannot say whether it is permitted is not. */
    void breakOff() {
        if (closedBefore == null) {
            close(CloseReason.EXPIRED);
        }
    }

    void close(CloseReason reason) {
        closedBefore = reason;
        SubscriptionCursor open = cursor;
        if (open != null) {
            open.close(reason);
        }
    }

    /**
     * The consumer has taken nothing for too long; as it reads nothing, a signal would not reach it.
     *
     * @return false if it was known already
     */
    boolean stalled() {
        if (closedBefore == CloseReason.STALLED) {
            return false;
        }
        close(CloseReason.STALLED);
        outlet.cut();
        return true;
    }

    Outlet outlet() {
        return outlet;
    }

    /** Its place in the log; null before it was opened. */
    SubscriptionCursor cursor() {
        return cursor;
    }
}
