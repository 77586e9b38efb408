package io.eventuali.format;

import io.eventuali.event.StreamEvent;
import jakarta.inject.Singleton;

/** Events as CloudEvents in JSON. An event that cannot be one is given a substitute, so that no event ends a page or a stream. */
@Singleton
public class CloudEventFormat implements EventFormat {
    private final CloudEventMapping mapping;
    private final Substitutes substitutes;

    CloudEventFormat(CloudEventMapping mapping, Substitutes substitutes) {
        this.mapping = mapping;
        this.substitutes = substitutes;
    }

    @Override
    public byte[] bytes(StreamEvent event) {
        return substitutes.render(
                event,
                () -> CloudEventJson.bytes(mapping.outgoing(event)),
                reason -> CloudEventJson.bytes(mapping.substitute(event, reason)));
    }

    @Override
    public byte[] bytes(StreamEvent event, long folded) {
        return substitutes.render(
                event,
                () -> CloudEventJson.bytes(mapping.outgoing(event, folded)),
                reason -> CloudEventJson.bytes(mapping.substitute(event, reason)));
    }
}
