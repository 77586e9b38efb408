package io.eventuali.projection;

import io.eventuali.event.StreamEvent;

/**
 * An event with its payload read into a type.
 *
 * @param event as it is in the log, upcast if there is an upcaster for it
 * @param data the event's data
 */
public record ProjectedEvent<P>(StreamEvent event, P data) {

    /** Shorthand for the event's aggregate id. */
    public String aggregateId() {
        return event.aggregateId();
    }

    /** Shorthand for the event's global position. */
    public long globalPosition() {
        return event.globalPosition();
    }
}
