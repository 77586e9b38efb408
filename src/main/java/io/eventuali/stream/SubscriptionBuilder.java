package io.eventuali.stream;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Builds a {@link Subscription}. A filter method called several times adds alternatives; different filters must all accept.
 * {@code *} matches any run of characters.
 */
public final class SubscriptionBuilder {
    /** Updates a second at most; a display needs fewer. */
    public static final int HIGHEST_RATE = 100;

    private static final Pattern PRINTABLE_ID = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]{1,200}");

    private String id;
    private final List<NamePattern> aggregateTypes = new ArrayList<>();
    private final List<NamePattern> aggregateIds = new ArrayList<>();
    private final List<NamePattern> eventTypes = new ArrayList<>();
    private SubscriptionStart start = SubscriptionStart.END;
    private int maxRate;
    private boolean skipsDamage;
    private EventFilter limit = EventFilter.ALL;
    private Permission permission = Permission.UNLIMITED;

    SubscriptionBuilder() {}

    /**
     * Names the subscription.
     *
     * @throws InvalidEventException unless it is 1 to 200 printable characters
     */
    public SubscriptionBuilder withId(String id) {
        this.id = checkId(id);
        return this;
    }

    /**
     * Holds an id against the rule.
     *
     * @return the id
     * @throws InvalidEventException unless it is 1 to 200 printable characters
     */
    public static String checkId(String id) {
        if (!PRINTABLE_ID.matcher(Objects.requireNonNull(id, "id")).matches()) {
            throw new InvalidEventException("id", "must be 1 to 200 printable characters");
        }
        return id;
    }

    /** Sees only events of aggregate types that match one of the patterns. */
    public SubscriptionBuilder filterByAggregateType(String... patterns) {
        return add("aggregateType", aggregateTypes, patterns);
    }

    /** Sees only events of aggregate ids that match one of the patterns. */
    public SubscriptionBuilder filterByAggregateId(String... patterns) {
        return add("aggregateId", aggregateIds, patterns);
    }

    /** Sees only events of types that match one of the patterns. */
    public SubscriptionBuilder filterByEventType(String... patterns) {
        return add("eventType", eventTypes, patterns);
    }

    private SubscriptionBuilder add(String field, List<NamePattern> list, String... patterns) {
        for (String pattern : patterns) {
            try {
                list.add(NamePattern.of(pattern));
            } catch (InvalidEventException invalid) {
                throw new InvalidEventException(field, invalid.rule());
            }
        }
        return this;
    }

    /** Begins after this position. */
    public SubscriptionBuilder from(Position position) {
        this.start = new SubscriptionStart.After(position);
        return this;
    }

    /** Begins with the first event of this time or later, by the database's clock. */
    public SubscriptionBuilder fromTimestamp(Instant timestamp) {
        this.start = new SubscriptionStart.Since(timestamp);
        return this;
    }

    /** Begins with the next event that is committed; the default. */
    public SubscriptionBuilder fromEnd() {
        this.start = SubscriptionStart.END;
        return this;
    }

    /**
     * For a display: of each aggregate only the latest event, so many times a second at most. Earlier ones are folded into it and
     * not delivered.
     *
     * @param maxRate updates of one aggregate a second, 1 to {@value #HIGHEST_RATE}
     * @throws InvalidEventException if it is out of range
     */
    public SubscriptionBuilder conflateByAggregate(int maxRate) {
        if (maxRate < 1 || maxRate > HIGHEST_RATE) {
            throw new InvalidEventException("maxRate", "must be a number from 1 to " + HIGHEST_RATE);
        }
        this.maxRate = maxRate;
        return this;
    }

    /** Goes on behind positions of the log that cannot be read, after saying which they are. Without this it ends there. */
    public SubscriptionBuilder skippingDamage() {
        this.skipsDamage = true;
        return this;
    }

    /** Sees nothing that this filter does not accept, whatever else is asked for. */
    public SubscriptionBuilder within(EventFilter limit) {
        this.limit = limit;
        return this;
    }

    /** Ends with reason {@code expired} once the permission does not hold any more. */
    public SubscriptionBuilder permittedWhile(Permission permission) {
        this.permission = permission;
        return this;
    }

    /** The subscription. */
    public Subscription build() {
        return new Subscription(
                id != null ? id : UUID.randomUUID().toString(),
                new EventFilter(aggregateTypes, aggregateIds, eventTypes).within(limit),
                start,
                maxRate,
                skipsDamage,
                permission);
    }
}
