package io.eventuali.store;

import io.eventuali.event.StreamEvent;
import java.util.List;
import java.util.OptionalLong;

/**
 * A run of one stream.
 *
 * @param events in the direction that was asked
 * @param next where the next page starts, empty when this was the last one
 * @param streamPosition position of the stream's last event when this was read
 */
public record StreamPage(List<StreamEvent> events, OptionalLong next, long streamPosition) {
    public StreamPage {
        events = List.copyOf(events);
    }
}
