package io.eventuali.saga;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Which sagas to list, newest first.
 *
 * @param type of this type; empty: of all
 * @param statuses in one of these; empty: in any
 * @param businessKey with this key
 * @param olderThan started longer ago than this
 * @param after where to go on: the last of the page before
 * @param limit at most so many
 */
public record SagaQuery(
        Optional<String> type,
        Set<SagaStatus> statuses,
        Optional<String> businessKey,
        Optional<Duration> olderThan,
        Optional<Cursor> after,
        int limit) {
    public SagaQuery {
        statuses = Set.copyOf(statuses);
    }

    /** A place in the list. */
    public record Cursor(Instant startedAt, String sagaId) {}
}
