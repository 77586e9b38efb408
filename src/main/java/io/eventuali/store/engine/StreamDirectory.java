package io.eventuali.store.engine;

import io.eventuali.event.StreamId;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The streams of the log by their names, in the order of their characters (UTF-8). Each read is by an index; none reads the log. */
public interface StreamDirectory {
    /**
     * Streams of one aggregate type.
     *
     * @param after aggregate id to begin after; empty for all
     * @param prefix what all of their aggregate ids begin with
     */
    Uni<List<Entry>> page(String aggregateType, String after, String prefix, int limit);

    /** The aggregate type that comes after another one; empty if that is the last one. */
    Uni<Optional<Type>> typeAfter(String aggregateType);

    /** The stream that has a number. */
    Uni<Optional<StreamId>> stream(long number);

    /**
     * A stream.
     *
     * @param number its own, for ever
     * @param position of its last event in the stream
     * @param first time of its first event; empty if the log is damaged there
     * @param last time of its last event
     * @param types of its events
     */
    record Entry(
            long number,
            StreamId stream,
            long position,
            Optional<Instant> first,
            Optional<Instant> last,
            StreamTypes types) {}

    /**
     * An aggregate type.
     *
     * @param firstStream number of the first of its streams
     */
    record Type(String name, long firstStream) {}
}
