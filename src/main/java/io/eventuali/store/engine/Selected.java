package io.eventuali.store.engine;

import io.eventuali.event.StreamEvent;
import java.util.List;

/** What the store answers to a {@link Selection}. */
public sealed interface Selected {

    /**
     * The events that may be wanted, without those between them.
     *
     * @param events in log order
     * @param examined the position up to which there are no others
     */
    record Events(List<StreamEvent> events, long examined) implements Selected {
        public Events {
            events = List.copyOf(events);
        }
    }

    /**
     * No index helps here: the log is to be read as it is.
     *
     * @param upTo the position up to which that holds
     */
    record Scan(long upTo) implements Selected {}
}
