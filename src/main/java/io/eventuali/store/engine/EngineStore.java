package io.eventuali.store.engine;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendResult;
import io.smallrye.mutiny.Uni;
import java.util.List;
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

    /**
     * Reads what a selection names by an index, where that is less work than to read the log.
     *
     * <p>Nothing that is there is left out. What is missing or damaged is seen where the index names it, and where an operator changed the
     * log by hand; then the answer is to scan, which tells of it.
     *
     * @param after exclusive
     * @param upTo inclusive; a position that the log has reached, above {@code after}
     * @param limit events returned at most
     */
    Uni<Selected> select(Selection selection, long after, long upTo, int limit);

    /**
     * Reads events newest first.
     *
     * @param before exclusive; the log has come as far as the position below it
     * @param limit 1 or more; fewer events are returned when they would exceed the page's bytes
     * @return the events right below {@code before}; empty at the beginning of the log. They end above a damaged position; the Uni fails with
     *     {@link io.eventuali.store.EventStoreException.LogDamaged} if that is the first one asked for
     */
    Uni<List<StreamEvent>> readBackward(long before, int limit);

    /** Whether an append would work. Costs nothing: the store looks by itself, through the connection that appends. */
    Appendable appendable();
}
