package io.eventuali.consumer;

import java.util.List;

/** A consumer cannot do what was asked. */
public abstract sealed class ConsumerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConsumerException(String message) {
        super(message);
    }

    /** There is no consumer of this name. */
    public static final class Absent extends ConsumerException {
        private static final long serialVersionUID = 1L;

        Absent(String name) {
            super("there is no consumer " + name);
        }
    }

    /** There are as many consumers as there may be. */
    public static final class TooMany extends ConsumerException {
        private static final long serialVersionUID = 1L;

        TooMany(int limit) {
            super("there are %d consumers, and there may be no more".formatted(limit));
        }
    }

    /** Claims ended before their events were settled, or never were of this consumer. What was not lost is settled. */
    public static final class ClaimLost extends ConsumerException {
        private static final long serialVersionUID = 1L;

        private final transient List<Token> lost;

        ClaimLost(List<Token> lost) {
            super("%d events are not claimed under these tokens any more; the others are settled"
                    .formatted(lost.size()));
            this.lost = List.copyOf(lost);
        }

        /** The tokens that are worth nothing. */
        public List<Token> lost() {
            return lost;
        }
    }

    /** An event was acknowledged before an earlier one of its key. Nothing is settled. */
    public static final class OutOfOrder extends ConsumerException {
        private static final long serialVersionUID = 1L;

        private final long position;

        OutOfOrder(long position) {
            super("the event at position %d comes before one of its key that is acknowledged; nothing is settled"
                    .formatted(position));
            this.position = position;
        }

        /** Global position of the earlier event. */
        public long position() {
            return position;
        }
    }
}
