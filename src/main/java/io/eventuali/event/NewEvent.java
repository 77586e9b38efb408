package io.eventuali.event;

import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * An event that is to be appended.
 *
 * @param eventId chosen by the client so that a retry is recognised (G4); when empty, the store gives a time-ordered UUIDv7
 * @param eventType 1 to 200 printable characters (the upper limit is configurable)
 * @param data any JSON value
 * @param metadata a JSON object
 */
public record NewEvent(Optional<UUID> eventId, String eventType, JsonText data, JsonText metadata) {

    /** @throws InvalidEventException if the event type breaks the rule for names */
    public NewEvent {
        Objects.requireNonNull(eventId, "eventId");
        Names.check("eventType", eventType);
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(metadata, "metadata");
    }

    /** An event without an id of its own and without metadata. */
    public static NewEvent of(String eventType, String data) {
        return new NewEvent(Optional.empty(), eventType, new JsonText(data), JsonText.EMPTY_OBJECT);
    }

    /** The same event under an id that the client chose. */
    public NewEvent withId(UUID id) {
        return new NewEvent(Optional.of(id), eventType, data, metadata);
    }

    /** The same event with other metadata. */
    public NewEvent withMetadata(String json) {
        return new NewEvent(eventId, eventType, data, new JsonText(json));
    }
}
