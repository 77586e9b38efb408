package io.eventuali.stream;

import io.eventuali.event.Position;
import java.time.Instant;
import java.util.Objects;

/** Where a subscription begins. */
public sealed interface SubscriptionStart {
    /** With the next event that is committed. */
    SubscriptionStart END = new End();

    /** With the next event that is committed. */
    record End() implements SubscriptionStart {}

    /**
     * With the event after a position.
     *
     * @param position exclusive
     */
    record After(Position position) implements SubscriptionStart {
        public After {
            Objects.requireNonNull(position, "position");
        }
    }

    /**
     * With the first event of this time or later.
     *
     * @param timestamp compared with the database's clock at the append
     */
    record Since(Instant timestamp) implements SubscriptionStart {
        public Since {
            Objects.requireNonNull(timestamp, "timestamp");
        }
    }
}
