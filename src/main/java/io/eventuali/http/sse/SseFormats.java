package io.eventuali.http.sse;

import io.eventuali.format.CloudEventFormat;
import io.eventuali.format.EventFormat;
import io.eventuali.stream.BatchEncoder;
import jakarta.inject.Singleton;

/** The encoders of events. There is one of each kind, so that subscribers of one kind share what it makes. */
@Singleton
class SseFormats {
    private final BatchEncoder cloudEvents;
    private final BatchEncoder namedCloudEvents;

    SseFormats(CloudEventFormat format) {
        this.cloudEvents = entries -> SseFrames.events(entries, format, false);
        this.namedCloudEvents = entries -> SseFrames.events(entries, format, true);
    }

    /** @param named whether each frame is to carry its event type in the {@code event} field */
    BatchEncoder encoder(EventFormat format, boolean named) {
        if (format == EventFormat.JSON) {
            return named ? SseFrames.NAMED : SseFrames.UNNAMED;
        }
        return named ? namedCloudEvents : cloudEvents;
    }
}
