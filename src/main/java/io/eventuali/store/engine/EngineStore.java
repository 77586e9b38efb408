package io.eventuali.store.engine;

import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.smallrye.mutiny.Uni;

/** What the service's own engines and endpoints need of the store, and applications do not. */
public interface EngineStore {

    /**
     * Appends as {@link io.eventuali.store.EventStore#append} does, also to one reserved stream.
     *
     * @param own the stream that the calling engine writes; every other reserved stream is refused all the same
     */
    Uni<AppendResult> append(AppendRequest request, StreamId own);
}
