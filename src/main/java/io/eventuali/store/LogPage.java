package io.eventuali.store;

import io.eventuali.event.StreamEvent;
import java.util.List;

/**
 * A run of the log without gaps.
 *
 * @param after the position that was asked, exclusive
 * @param events in log order
 * @param more whether the page was ended by its limit, so that there may be events after it
 */
public record LogPage(long after, List<StreamEvent> events, boolean more) {
    public LogPage {
        events = List.copyOf(events);
    }

    /** Global position of the last event, or {@link #after} when the page is empty. */
    public long last() {
        return after + events.size();
    }
}
