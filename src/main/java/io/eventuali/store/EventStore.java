package io.eventuali.store;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Optional;

/**
 * Appends events to the log and reads them back. Safe for use by any number of threads; nothing here blocks.
 *
 * <p>Failures of the returned Unis are {@link EventStoreException}s, or {@link io.eventuali.event.InvalidEventException} for
 * input that breaks a rule.
 */
public interface EventStore {

    /**
     * Appends the events of one request, each run of events consecutively, and all or none (G5).
     *
     * <p>An append repeated with the same event ids writes nothing and returns the first result (G4).
     *
     * @return the positions given; emitted after the commit is on disk (G2). The Uni fails with
     *     {@link EventStoreException.VersionConflict} if a stream is not where the request expects it,
     *     {@link EventStoreException.EventIdConflict} if an event id is in the log with other content,
     *     {@link EventStoreException.Overloaded} if the append queue is full,
     *     {@link EventStoreException.Unavailable} if the database did not answer in time and nothing was written,
     *     {@link EventStoreException.OutcomeUnknown} if the connection was lost while committing,
     *     {@link ReservedStreamException} if it names a stream that only the service itself writes
     */
    Uni<AppendResult> append(AppendRequest request);

    /**
     * Appends a stream of requests, in their order, taking the next ones from upstream only as earlier ones finish: a full
     * append queue slows the source down instead of failing it.
     *
     * @return one result a request, in order; fails with the first failure, after which nothing more is taken from upstream
     */
    Multi<AppendResult> appendAll(Multi<AppendRequest> requests);

    /**
     * Reads events in log order.
     *
     * @param after exclusive
     * @param limit 1 or more; fewer events are returned when they would exceed the page's bytes
     * @return the events right after {@code after}; empty at the head of the log. They end before a damaged position; the Uni fails with
     *     {@link EventStoreException.LogDamaged} if that is the first one asked for
     */
    Uni<LogPage> read(Position after, int limit);

    /**
     * Reads the events of one stream.
     *
     * @param from first stream position to return, inclusive; backwards the highest one
     * @param limit 1 or more; fewer events are returned when they would exceed the page's bytes
     * @return empty if the stream does not exist
     */
    Uni<Optional<StreamPage>> readStream(StreamId stream, long from, int limit, Direction direction);

    /** The event at this global position, if the log has come so far. */
    Uni<Optional<StreamEvent>> readEvent(long globalPosition);

    /** Position of the last event of the stream, 0 if the stream does not exist. */
    Uni<Long> streamPosition(StreamId stream);

    /** Where the log ends and which log it is. */
    Uni<LogHead> head();

    /** The position after which every event has a timestamp of {@code moment} or later. */
    Uni<Position> positionBefore(Instant moment);

    /** Which way a stream is read. */
    enum Direction {
        /** Oldest first. */
        FORWARD,
        /** Newest first. */
        BACKWARD
    }
}
