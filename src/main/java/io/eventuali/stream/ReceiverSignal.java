package io.eventuali.stream;

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
     * Events that pass the filter, in log order, at least one.
     *
     * @param entries the events
     * @param position of the last event looked at, which may be one that did not pass
     */
    record Events(List<LogEntry> entries, long position) implements ReceiverSignal {}

    /** Everything that was in the log has been seen; from here on events come as they are committed. */
    record CaughtUp(long position) implements ReceiverSignal {}

    /** Nothing passed the filter for a while; the subscription has looked up to this position. */
    record Examined(long position) implements ReceiverSignal {}

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
        /** The database holds another log than before: restored, or failed over with a loss. */
        REPLACED
    }
}
