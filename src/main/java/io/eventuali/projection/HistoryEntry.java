package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a projection.
 *
 * @param at by the database's clock
 * @param what happened
 * @param replica that did it, or was asked to
 * @param version of the code that makes, or made, the documents
 * @param position of the checkpoint then
 * @param detail which partition it is about, if there are several
 * @param failure why it stopped
 * @param by the principal that asked for it; empty if nobody did, or code of the application
 */
public record HistoryEntry(
        Instant at,
        What what,
        String replica,
        int version,
        long position,
        Optional<String> detail,
        Optional<Failure> failure,
        Optional<String> by) {

    /** What can happen. */
    public enum What {
        /** A replica became its owner and goes on. */
        STARTED,
        /** It halted by itself, on an event that it could not handle. */
        STOPPED,
        /** An operator halted it. */
        PAUSED,
        /** An operator let it go on. */
        RESUMED,
        /** An operator threw its documents away. */
        RESET,
        /** A generation is built beside the one that is served. */
        REBUILD_STARTED,
        /** What was built is served. */
        REBUILD_SERVED,
        /** What was being built was thrown away. */
        REBUILD_DISCARDED
    }
}
