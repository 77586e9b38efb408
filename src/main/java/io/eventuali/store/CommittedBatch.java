package io.eventuali.store;

import io.eventuali.event.StreamEvent;
import java.util.List;

/**
 * Events of one commit, in log order and without gaps.
 *
 * @param epoch of the log that has them
 * @param events at least one
 */
public record CommittedBatch(String epoch, List<StreamEvent> events) {
    public CommittedBatch {
        events = List.copyOf(events);
    }

    /** Global position of the first event. */
    public long first() {
        return events.get(0).globalPosition();
    }

    /** Global position of the last event. */
    public long last() {
        return events.get(events.size() - 1).globalPosition();
    }
}
