package io.eventuali.http;

import io.eventuali.store.AppendResult.StreamResult;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What one stream was given by an append. */
@Schema(description = "What one stream was given by an append")
record AppendResponse(
        @Schema(examples = "User") String aggregateType,
        @Schema(examples = "user-1") String aggregateId,

        @Schema(description = "Position of the stream's last event appended", minimum = "1")
        long streamPosition,

        @Schema(description = "Global position of the first event appended", minimum = "1")
        long firstGlobalPosition,

        @Schema(description = "Global position of the last event appended", minimum = "1")
        long lastGlobalPosition,

        @Schema(description = "Ids of the events in order, also those that the store chose")
        List<UUID> eventIds) {

    static AppendResponse of(StreamResult result) {
        return new AppendResponse(
                result.stream().aggregateType(),
                result.stream().aggregateId(),
                result.streamPosition(),
                result.firstGlobalPosition(),
                result.lastGlobalPosition(),
                result.eventIds());
    }
}
