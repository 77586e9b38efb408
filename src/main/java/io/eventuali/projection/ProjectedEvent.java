package io.eventuali.projection;

import io.eventuali.event.StreamEvent;

/**
 * An event with its payload read into a type.
 *
 * @param event as it is in the log, upcast if there is an upcaster for it
 * @param data the event's data
 * @param isReplay whether handlers saw the event before, for documents that are or were served: the projection is being rebuilt, or
 *     was reset. What a handler does beside the document should be left out then
 */
public record ProjectedEvent<P>(StreamEvent event, P data, boolean isReplay) {

    /** Shorthand for the event's aggregate id. */
    public String aggregateId() {
        return event.aggregateId();
    }

    /** Shorthand for the event's global position. */
    public long globalPosition() {
        return event.globalPosition();
    }
}
