package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogHead;
import java.util.List;
import java.util.OptionalLong;

/** What a subscription tells its consumer, in this order: one {@link Subscribed}, then the others, a {@link Closing} last. */
public sealed interface ReceiverSignal {

    /** Up to where the subscription has looked; safe to resume from. */
    long position();

    /**
     * The subscription stands.
     *
     * @param subscriptionId its name
     * @param verdict how the asked position relates to the log
     * @param requestedPosition what was asked, if a position was
     * @param position where it starts, exclusive
     * @param head where the log ends and which one it is
     */
    record Subscribed(
            String subscriptionId, Verdict verdict, OptionalLong requestedPosition, long position, LogHead head)
            implements ReceiverSignal {}

    /**
     * Events that pass the filter, in log order. One such signal is shared by all subscribers of a filter that stand at the same
     * place, and so are the bytes made of it.
     */
    final class Events implements ReceiverSignal {
        private final long after;
        private final long position;
        private final List<LogEntry> entries;
        private final boolean full;
        private final long bytes;
        private volatile byte[] encoded;
        /** Connections that write it now. Guarded by this. */
        int holders;

        /**
         * @param after position of the last event before those looked at
         * @param position of the last event looked at, which may be one that did not pass
         * @param entries those that passed
         * @param full whether the piece ended for its size, not for want of events
         */
        Events(long after, long position, List<LogEntry> entries, boolean full) {
            this.after = after;
            this.position = position;
            this.entries = List.copyOf(entries);
            this.full = full;
            this.bytes = bytes(this.entries);
        }

        private static long bytes(List<LogEntry> entries) {
            long bytes = 100;
            for (LogEntry entry : entries) {
                bytes += 2 * entry.bytes();
            }
            return bytes;
        }

        @Override
        public long position() {
            return position;
        }

        /** The events; at least one in a signal that reaches a consumer. */
        public List<LogEntry> entries() {
            return entries;
        }

        long after() {
            return after;
        }

        boolean full() {
            return full;
        }

        /**
         * The events as bytes, made once. Subscribers that share a signal have the same encoder. Several threads may race to make
         * them; they make the same ones.
         */
        public byte[] encoded(BatchEncoder encoder) {
            byte[] made = encoded;
            if (made == null) {
                made = encoder.encode(entries);
                encoded = made;
            }
            return made;
        }

        /** Roughly what the signal and all it refers to takes in memory. */
        long bytes() {
            return bytes;
        }
    }

    /**
     * What changed since the last such signal, for a display: of each aggregate the latest event only, in log order.
     *
     * @param updates at least one
     * @param position up to where the log was folded; before it is reached by the consumer, only the previous one is safe
     */
    record Updates(List<Update> updates, long position) implements ReceiverSignal {
        public Updates {
            updates = List.copyOf(updates);
        }
    }

    /**
     * The latest event of an aggregate.
     *
     * @param event the latest
     * @param folded how many earlier events of the aggregate it stands for
     */
    record Update(StreamEvent event, long folded) {}

    /** Everything that was in the log has been seen; from here on events come as they are committed. */
    record CaughtUp(long position) implements ReceiverSignal {}

    /** Nothing passed the filter for a while; the subscription has looked up to this position. */
    record Examined(long position) implements ReceiverSignal {}

    /**
     * Positions of the log cannot be read. A subscription that asked for it goes on behind them, any other ends next.
     *
     * @param damage which positions, and what is wrong with them
     * @param position where the subscription stands now: behind them, or before them
     */
    record Damaged(LogDamage damage, long position) implements ReceiverSignal {}

    /**
     * The subscription ends.
     *
     * @param reason why
     * @param position up to where it has looked
     */
    record Closing(CloseReason reason, long position) implements ReceiverSignal {}

    /** How the asked position relates to the log. */
    enum Verdict {
        /** No earlier position was given: a fresh subscription. */
        START,
        /** The position is in the log; what follows it comes next. */
        CONTINUE,
        /** The position is beyond the head, so it is of another or a restored log; the stream starts at the head. */
        AHEAD
    }

    /** Why a subscription ends. */
    enum CloseReason {
        /** This replica shuts down; another one goes on. */
        DRAINING,
        /** The permission to read ended. */
        EXPIRED,
        /** An operator, or the application, ended it. */
        UNSUBSCRIBED,
        /** The consumer took nothing for too long. */
        STALLED,
        /** This replica has as many subscribers as it may have. */
        OVERLOADED,
        /** The store cannot be read. */
        UNAVAILABLE,
        /** The log is damaged at the next position, and the subscription did not ask to go on behind it. */
        LOG_DAMAGED,
        /** The database holds another log than before: restored, or failed over with a loss. */
        REPLACED
    }
}
