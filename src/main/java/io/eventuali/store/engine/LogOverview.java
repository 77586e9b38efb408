package io.eventuali.store.engine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The log at a glance.
 *
 * @param position global position of its last event, which is also how many there are
 * @param epoch which log it is
 * @param contents empty if the tables of the log cannot be read, as while an operator has one of them locked
 * @param holder who has the lock of its head at this moment, most often nobody
 * @param blockers for whose locks replicas have waited for more than a second
 */
public record LogOverview(
        long position, String epoch, Optional<Contents> contents, Optional<Backend> holder, List<Blocker> blockers) {
    public LogOverview {
        blockers = List.copyOf(blockers);
    }

    /**
     * What the log holds.
     *
     * @param origin the first id that this log had
     * @param since when it got the id that it has
     * @param oldest time of its first event
     * @param newest time of its last event
     * @param bytes that events take on disk, with their indexes
     */
    public record Contents(
            String origin, Instant since, Optional<Instant> oldest, Optional<Instant> newest, long bytes) {}
}
