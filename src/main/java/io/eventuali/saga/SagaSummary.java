package io.eventuali.saga;

import java.time.Instant;
import java.util.Optional;

/**
 * A saga in a list. It may be a moment behind the saga's stream.
 *
 * @param step the step that runs, waits or failed, if there is one
 * @param failure why it is, or was, undone
 * @param halted why nobody goes on with it
 * @param dueAt when it is looked at again; empty: when somebody asks
 * @param startedBy the principal that started it; empty if an event did, or code of the application
 */
public record SagaSummary(
        String type,
        String sagaId,
        int version,
        Optional<String> businessKey,
        SagaStatus status,
        Optional<String> step,
        Optional<String> failure,
        Optional<String> halted,
        Optional<Instant> dueAt,
        Instant startedAt,
        Instant updatedAt,
        Optional<Instant> finishedAt,
        Optional<String> startedBy) {}
