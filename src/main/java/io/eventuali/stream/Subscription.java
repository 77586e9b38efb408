package io.eventuali.stream;

import java.util.Objects;

/**
 * Who wants to see what, from where.
 *
 * @param id names the subscription in lists, logs and {@link EventStreamer#unsubscribe}; 1 to 200 printable characters
 * @param filter what it sees
 * @param start where it begins
 */
public record Subscription(String id, EventFilter filter, SubscriptionStart start) {
    public Subscription {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(start, "start");
    }

    /** A builder that, left alone, gives a subscription to every event from now on, with a generated id. */
    public static SubscriptionBuilder builder() {
        return new SubscriptionBuilder();
    }
}
