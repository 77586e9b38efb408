package io.eventuali.projection;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Brings the data of old events into the shape that handlers know, one schema version after the other. */
final class Upcasters {
    private final Map<String, Map<Integer, UnaryOperator<JsonNode>>> byType = new HashMap<>();

    void add(String eventType, int fromVersion, UnaryOperator<JsonNode> change) {
        if (byType.computeIfAbsent(eventType, type -> new HashMap<>()).putIfAbsent(fromVersion, change) != null) {
            throw new IllegalStateException(
                    "there are two upcasters of %s from schema version %d".formatted(eventType, fromVersion));
        }
    }

    /** The event with its data in the newest shape. An event without {@code metadata.schemaVersion} has version 1. */
    StreamEvent newest(StreamEvent event, JsonCodec json) {
        Map<Integer, UnaryOperator<JsonNode>> changes = byType.get(event.eventType());
        if (changes == null) {
            return event;
        }
        int version = json.tree(event.metadata()).path("schemaVersion").asInt(1);
        if (!changes.containsKey(version)) {
            return event;
        }
        JsonNode data = json.tree(event.data());
        for (; changes.containsKey(version); version++) {
            data = changes.get(version).apply(data);
        }
        return new StreamEvent(
                event.globalPosition(),
                event.streamPosition(),
                event.eventId(),
                event.streamId(),
                event.eventType(),
                event.timestamp(),
                new JsonText(json.write(data, JsonNode.class)),
                event.metadata());
    }
}
