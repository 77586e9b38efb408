package io.eventuali.format;

import io.eventuali.event.StreamEvent;
import jakarta.inject.Singleton;

/** Events as CloudEvents in JSON. */
@Singleton
public class CloudEventFormat implements EventFormat {
    private final CloudEventMapping mapping;

    CloudEventFormat(CloudEventMapping mapping) {
        this.mapping = mapping;
    }

    @Override
    public byte[] bytes(StreamEvent event) {
        return CloudEventJson.bytes(mapping.outgoing(event));
    }

    @Override
    public byte[] bytes(StreamEvent event, long folded) {
        return CloudEventJson.bytes(mapping.outgoing(event, folded));
    }
}
