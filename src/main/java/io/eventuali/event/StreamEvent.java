package io.eventuali.event;

import java.time.Instant;
import java.util.UUID;

/**
 * An event that is in the log, with both of its positions: what every reader receives.
 *
 * @param globalPosition 1, 2, 3 … over the whole log, without gaps, in commit order (G1)
 * @param streamPosition 1, 2, 3 … in its stream, without gaps
 * @param eventId unique in the log
 * @param streamId the stream it belongs to
 * @param eventType what happened
 * @param timestamp the database's clock when it was appended, in microseconds; never goes back along the log
 * @param data as sent
 * @param metadata a JSON object, as sent
 */
public record StreamEvent(
        long globalPosition,
        long streamPosition,
        UUID eventId,
        StreamId streamId,
        String eventType,
        Instant timestamp,
        JsonText data,
        JsonText metadata) {

    /** Shorthand for the stream's aggregate type. */
    public String aggregateType() {
        return streamId.aggregateType();
    }

    /** Shorthand for the stream's aggregate id. */
    public String aggregateId() {
        return streamId.aggregateId();
    }
}
