package io.eventuali.store;

import io.eventuali.event.StreamId;
import java.util.List;
import java.util.UUID;

/**
 * What an append was given. The events of one request are consecutive in the log.
 *
 * @param streams one entry a stream that was written to, in the request's order
 * @param replayed whether the events were in the log already, so that this call wrote nothing (G4)
 */
public record AppendResult(List<StreamResult> streams, boolean replayed) {
    public AppendResult {
        streams = List.copyOf(streams);
    }

    /** Global position of the first event of the request. */
    public long firstGlobalPosition() {
        return streams.get(0).firstGlobalPosition();
    }

    /** Global position of the last event of the request. */
    public long lastGlobalPosition() {
        return streams.get(streams.size() - 1).lastGlobalPosition();
    }

    /**
     * What one stream was given.
     *
     * @param stream its name
     * @param streamPosition position of the last event appended, in its stream
     * @param firstGlobalPosition of the first event appended
     * @param lastGlobalPosition of the last event appended
     * @param eventIds in order, also those that the store chose
     */
    public record StreamResult(
            StreamId stream,
            long streamPosition,
            long firstGlobalPosition,
            long lastGlobalPosition,
            List<UUID> eventIds) {
        public StreamResult {
            eventIds = List.copyOf(eventIds);
        }
    }
}
