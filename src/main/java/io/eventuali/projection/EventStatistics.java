package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** What is in the log: a document for each aggregate type and event type, under the key {@code aggregateType/eventType}. */
@Singleton
class EventStatistics extends Projection<TypeStatistics> {

    EventStatistics() {
        super("event-statistics", TypeStatistics.class);
        keyedBy(EventStatistics::key);
        onAnyOther((statistics, event) -> statistics == null ? TypeStatistics.of(event) : statistics.plus(event));
    }

    /** A slash in the aggregate type is written {@code %2F}, so that two pairs of names never share a key. */
    private static String key(StreamEvent event) {
        String key = event.aggregateType().replace("%", "%25").replace("/", "%2F") + "/" + event.eventType();
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        // Names may be longer than a key; the document has them in full.
        return bytes.length <= Fold.MAX_KEY
                ? key
                : UUID.nameUUIDFromBytes(bytes).toString();
    }
}
