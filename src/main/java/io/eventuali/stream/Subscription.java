package io.eventuali.stream;

import io.eventuali.event.InvalidEventException;
import java.util.Objects;

/**
 * Who wants to see what, from where.
 *
 * @param id names the subscription in lists, logs and {@link EventStreamer#unsubscribe}; 1 to 200 printable characters
 * @param filter what it sees
 * @param start where it begins
 * @param maxRate for a display: updates of one aggregate a second at most, each of them its latest event, standing for those before
 *     it; 0 for every event
 * @param skipsDamage whether it goes on behind positions of the log that cannot be read; else it ends there
 * @param permission ends the subscription once it does not hold any more
 */
public record Subscription(
        String id,
        EventFilter filter,
        SubscriptionStart start,
        int maxRate,
        boolean skipsDamage,
        Permission permission) {
    public Subscription {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(permission, "permission");
        if (maxRate < 0 || maxRate > SubscriptionBuilder.HIGHEST_RATE) {
            throw new InvalidEventException("maxRate", "must be from 0 to " + SubscriptionBuilder.HIGHEST_RATE);
        }
    }

    /** Whether it sees latest events only. */
    public boolean isConflated() {
        return maxRate > 0;
    }

    /** A builder that, left alone, gives a subscription to every event from now on, with a generated id. */
    public static SubscriptionBuilder builder() {
        return new SubscriptionBuilder();
    }
}
