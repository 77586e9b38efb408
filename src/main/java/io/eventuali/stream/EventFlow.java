package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Update;
import io.eventuali.stream.ReceiverSignal.Updates;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Takes the events out of signals, one by one and on demand. One piece is held at a time; the next is asked for when it is used up. */
final class EventFlow extends AbstractMulti<StreamEvent> {
    private final Multi<ReceiverSignal> signals;

    EventFlow(Multi<ReceiverSignal> signals) {
        this.signals = signals;
    }

    @Override
    public void subscribe(MultiSubscriber<? super StreamEvent> consumer) {
        signals.subscribe().withSubscriber(new Unpacking(consumer));
    }

    /** Signals come one at a time and demand from any thread; whoever comes while another gives makes that one go on. */
    private static final class Unpacking implements MultiSubscriber<ReceiverSignal>, Flow.Subscription {
        private final MultiSubscriber<? super StreamEvent> consumer;
        private final AtomicLong demand = new AtomicLong();
        private final AtomicInteger turns = new AtomicInteger();
        private Flow.Subscription upstream;
        private volatile ReceiverSignal piece;
        private volatile boolean wanted;
        private volatile boolean completed;
        private volatile boolean cancelled;
        private int next;

        Unpacking(MultiSubscriber<? super StreamEvent> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            upstream = subscription;
            consumer.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                cancel();
                consumer.onFailure(Subscriptions.getInvalidRequestException());
                return;
            }
            Subscriptions.add(demand, n);
            give();
        }

        @Override
        public void cancel() {
            cancelled = true;
            upstream.cancel();
        }

        @Override
        public void onItem(ReceiverSignal signal) {
            piece = signal;
            give();
        }

        @Override
        public void onFailure(Throwable failure) {
            // The log is not the consumer's: what it has not taken yet, it finds there.
            if (!cancelled) {
                cancelled = true;
                consumer.onFailure(failure);
            }
        }

        @Override
        public void onCompletion() {
            completed = true;
            give();
        }

        private void give() {
            if (turns.getAndIncrement() != 0) {
                return;
            }
            int seen;
            do {
                seen = turns.get();
                giveSome();
            } while (turns.addAndGet(-seen) != 0);
        }

        private void giveSome() {
            ReceiverSignal current = piece;
            if (current != null) {
                int size = size(current);
                long asked = demand.get();
                int end = (int) Math.min(size, next + asked);
                int given = end - next;
                for (int i = next; i < end && !cancelled; i++) {
                    consumer.onItem(event(current, i));
                }
                next = end;
                if (given > 0) {
                    Subscriptions.produced(demand, given);
                }
                if (next == size) {
                    next = 0;
                    piece = null;
                    wanted = false;
                }
            }
            if (cancelled || piece != null) {
                return;
            }
            if (completed) {
                cancelled = true;
                consumer.onCompletion();
            } else if (demand.get() > 0 && !wanted) {
                wanted = true;
                upstream.request(1);
            }
        }

        private static int size(ReceiverSignal signal) {
            if (signal instanceof Events events) {
                return events.entries().size();
            }
            return signal instanceof Updates updates ? updates.updates().size() : 0;
        }

        private static StreamEvent event(ReceiverSignal signal, int index) {
            if (signal instanceof Events events) {
                return events.entries().get(index).event();
            }
            List<Update> updates = ((Updates) signal).updates();
            return updates.get(index).event();
        }
    }
}
