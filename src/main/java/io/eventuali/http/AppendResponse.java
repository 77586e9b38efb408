package io.eventuali.http;

import io.eventuali.store.AppendResult.StreamResult;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import java.util.UUID;

/** What one stream was given by an append. */
@RegisterForReflection
record AppendResponse(
        String aggregateType,
        String aggregateId,
        long streamPosition,
        long firstGlobalPosition,
        long lastGlobalPosition,
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
