package io.eventuali.saga;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;

/**
 * A saga's row as its events make it. Times are ISO 8601 text, or null.
 *
 * @param dueAt when somebody has to look at it; null: never
 * @param after global position after which an event counts for what it awaits
 */
@RegisterForReflection
record SagaRow(
        String sagaId,
        int partition,
        int version,
        String businessKey,
        String status,
        String step,
        String failure,
        String halted,
        long position,
        long after,
        String dueAt,
        String startedAt,
        String updatedAt,
        String finishedAt,
        String startedBy) {

    /** The latest time that PostgreSQL and ISO 8601 without a sign have in common. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    SagaRow {
        businessKey = SagaJson.storable(businessKey);
        step = SagaJson.storable(step);
        failure = SagaJson.storable(failure);
        halted = SagaJson.storable(halted);
        startedBy = SagaJson.storable(startedBy);
    }

    static SagaRow of(SagaState saga) {
        return new SagaRow(
                saga.sagaId(),
                Partition.number(saga.sagaId()),
                saga.version(),
                saga.businessKey().orElse(null),
                saga.status().wireName(),
                saga.current().map(step -> step.name).orElse(null),
                saga.failure().orElse(null),
                saga.halted().orElse(null),
                saga.position(),
                saga.after(),
                saga.dueAt().map(SagaRow::storable).map(Instant::toString).orElse(null),
                saga.startedAt().toString(),
                saga.updatedAt().toString(),
                saga.finishedAt().map(Instant::toString).orElse(null),
                saga.startedBy().orElse(null));
    }

    private static Instant storable(Instant at) {
        if (at.isBefore(Instant.EPOCH)) {
            return Instant.EPOCH;
        }
        return at.isAfter(LATEST) ? LATEST : at;
    }

    /** A saga to be started by an event, unless it was or its key is taken. */
    @RegisterForReflection
    record Start(String sagaId, int partition, int version, String businessKey, long after, String request) {}

    /** A step that waits for an event. */
    @RegisterForReflection
    record Await(String sagaId, String step, String key, long after) {
        Await {
            step = SagaJson.indexable(step);
            key = SagaJson.indexable(key);
        }
    }

    /** An event for which a step may wait. */
    @RegisterForReflection
    record Signal(String step, String key, long position) {
        Signal {
            step = SagaJson.indexable(step);
            key = SagaJson.indexable(key);
        }
    }
}
