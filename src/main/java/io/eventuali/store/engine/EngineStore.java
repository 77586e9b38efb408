package io.eventuali.store.engine;

import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What the service's own engines and endpoints need of the store, and applications do not. */
public interface EngineStore {

    /**
     * Appends as {@link io.eventuali.store.EventStore#append} does, also to one reserved stream.
     *
     * @param own the stream that the calling engine writes; every other reserved stream is refused all the same
     */
    Uni<AppendResult> append(AppendRequest request, StreamId own);

    /**
     * Which types of events a stream has; empty if it does not exist. As much work for one event as for a million, and for a stream that
     * is not there.
     */
    Uni<Optional<StreamTypes>> eventTypes(StreamId stream);

    /** What kind of event there is at a global position, if the log has come so far. As much work whether there is one or not. */
    Uni<Optional<EventKind>> eventKind(long globalPosition);

    /** Whether an append would work. Costs nothing: the store looks by itself, through the connection that appends. */
    Appendable appendable();
}
