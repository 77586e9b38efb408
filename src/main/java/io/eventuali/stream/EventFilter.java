package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import java.util.List;

/**
 * What a subscriber asks to see. Patterns of one list are alternatives, an empty list accepts every name; all three must
 * accept.
 *
 * @param aggregateTypes patterns for the aggregate type
 * @param aggregateIds patterns for the aggregate id
 * @param eventTypes patterns for the event type
 */
public record EventFilter(
        List<NamePattern> aggregateTypes, List<NamePattern> aggregateIds, List<NamePattern> eventTypes) {
    /** Accepts every event. */
    public static final EventFilter ALL = new EventFilter(List.of(), List.of(), List.of());

    public EventFilter {
        aggregateTypes = List.copyOf(aggregateTypes);
        aggregateIds = List.copyOf(aggregateIds);
        eventTypes = List.copyOf(eventTypes);
    }

    /** Whether the event passes. */
    public boolean accepts(StreamEvent event) {
        return accepts(aggregateTypes, event.aggregateType())
                && accepts(aggregateIds, event.aggregateId())
                && accepts(eventTypes, event.eventType());
    }

    private static boolean accepts(List<NamePattern> patterns, String name) {
        if (patterns.isEmpty()) {
            return true;
        }
        for (NamePattern pattern : patterns) {
            if (pattern.matches(name)) {
                return true;
            }
        }
        return false;
    }
}
