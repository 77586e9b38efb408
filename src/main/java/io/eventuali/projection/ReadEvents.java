package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import java.time.Instant;
import java.util.List;

/**
 * What a projection goes over at a time: a run of the log, or what an index names of it.
 *
 * @param events in log order; those that are left out are not for the projection
 * @param to the position up to which it goes
 */
record ReadEvents(List<StreamEvent> events, long to) {

    /** A run of the log without gaps, not empty. */
    static ReadEvents whole(List<StreamEvent> events) {
        return new ReadEvents(events, events.get(events.size() - 1).globalPosition());
    }

    /** Time of its last event; null if it has none. */
    Instant at() {
        return events.isEmpty() ? null : events.get(events.size() - 1).timestamp();
    }

    /**
     * Its beginning.
     *
     * @param ceiling the last position that may be part of it
     * @param limit events at most, 1 or more
     */
    ReadEvents cut(long ceiling, long limit) {
        int end = (int) Math.min(events.size(), limit);
        while (end > 0 && events.get(end - 1).globalPosition() > ceiling) {
            end--;
        }
        boolean limited = end == limit && end < events.size();
        return new ReadEvents(
                events.subList(0, end), limited ? events.get(end - 1).globalPosition() : Math.min(to, ceiling));
    }
}
