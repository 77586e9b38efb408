package io.eventuali.http;

import io.eventuali.stream.OutgoingBytes;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.AbstractMultiOperator;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.Set;
import java.util.concurrent.Flow;

/**
 * The pieces of an answer as fast as its client takes them, within the memory for what is on its way out. A piece is asked for when the one
 * before was taken and there is room; a client that takes nothing is cut off, the sooner the less room there is.
 */
final class PacedAnswer extends AbstractMultiOperator<byte[], byte[]> {
    private final long expected;
    private final OutgoingBytes outgoing;
    private final ClientConnection connection;
    private final Set<Pacing> open;

    /**
     * @param expected memory that is taken before a piece is asked for; 0 if pieces may be long in coming
     * @param open where the answer can be found while it is open
     */
    PacedAnswer(
            Multi<byte[]> pieces,
            long expected,
            OutgoingBytes outgoing,
            ClientConnection connection,
            Set<Pacing> open) {
        super(pieces);
        this.expected = expected;
        this.outgoing = outgoing;
        this.connection = connection;
        this.open = open;
    }

    @Override
    public void subscribe(MultiSubscriber<? super byte[]> response) {
        upstream().subscribe().withSubscriber(new Pacing(response));
    }

    /** One answer. Its state is guarded by it; others are called without that lock. */
    final class Pacing implements MultiSubscriber<byte[]>, Flow.Subscription {
        private final MultiSubscriber<? super byte[]> response;
        private Flow.Subscription pieces;
        private long wanted;
        private long held;
        private boolean asked;
        private boolean awaitsRoom;
        private boolean handedOver;
        private boolean ended;
        private long movedAt = System.nanoTime();
        private long handedOverAt = movedAt;
        private long progress;
        private boolean slow;

        Pacing(MultiSubscriber<? super byte[]> response) {
            this.response = response;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            pieces = subscription;
            open.add(this);
            response.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            synchronized (this) {
                wanted += n;
                if (handedOver) {
                    slow = System.nanoTime() - handedOverAt > OutgoingBytes.PROMPT_NANOS;
                }
            }
            taken();
            ask();
        }

        private void taken() {
            long given;
            synchronized (this) {
                given = held;
                held = 0;
                handedOver = false;
            }
            if (given > 0) {
                outgoing.give(given);
            }
        }

        private void ask() {
            synchronized (this) {
                if (ended || asked || wanted == 0 || handedOver) {
                    return;
                }
                if (!outgoing.hasRoom(slow) || !outgoing.take(expected, slow)) {
                    await();
                    return;
                }
                held = expected;
                asked = true;
                wanted--;
            }
            pieces.request(1);
        }

        private void await() {
            if (!awaitsRoom) {
                awaitsRoom = true;
                outgoing.await(this::lookForRoom);
            }
        }

        private void lookForRoom() {
            synchronized (this) {
                awaitsRoom = false;
            }
            connection.eventLoop().execute(this::ask);
        }

        @Override
        public void onItem(byte[] piece) {
            synchronized (this) {
                asked = false;
                if (ended) {
                    return;
                }
                // The bytes, and the copy of them that the network layer makes.
                outgoing.adjust(2L * piece.length - held);
                held = 2L * piece.length;
                handedOver = true;
                movedAt = System.nanoTime();
                handedOverAt = movedAt;
            }
            response.onItem(piece);
        }

        @Override
        public void onFailure(Throwable failure) {
            end();
            response.onFailure(failure);
        }

        @Override
        public void onCompletion() {
            end();
            response.onCompletion();
        }

        @Override
        public void cancel() {
            end();
            pieces.cancel();
        }

        private void end() {
            synchronized (this) {
                ended = true;
            }
            open.remove(this);
            taken();
        }

        /** Called now and then, by any thread: cuts off a client that has taken nothing for so long. */
        void look(long patienceNanos) {
            boolean waits;
            synchronized (this) {
                waits = handedOver && System.nanoTime() - movedAt > patienceNanos / 4;
            }
            connection.eventLoop().execute(() -> {
                ask();
                if (waits && isStalled(patienceNanos)) {
                    connection.cut();
                }
            });
        }

        private synchronized boolean isStalled(long patienceNanos) {
            long seen = connection.progress();
            if (seen != progress) {
                progress = seen;
                movedAt = System.nanoTime();
            }
            return handedOver && System.nanoTime() - movedAt > patienceNanos;
        }
    }
}
