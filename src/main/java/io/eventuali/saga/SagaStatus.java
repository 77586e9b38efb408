package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a saga is doing. */
public enum SagaStatus {
    /** It is recorded; no step has begun. */
    STARTED,
    /** Steps run, or wait for a retry or an event. */
    IN_PROGRESS,
    /** Every step was completed or skipped. */
    COMPLETED,
    /** A step failed, an operator cancelled or the deadline passed: what was done is being undone. */
    COMPENSATING,
    /** What was done is undone. */
    COMPENSATED,
    /** A compensation failed in all its attempts. An operator has to retry, skip or resolve it. */
    COMPENSATION_FAILED,
    /** It failed with nothing to undo. */
    FAILED,
    /** An operator cancelled it, and what was done is undone. */
    CANCELLED;

    /** Whether nothing will happen any more. */
    public boolean isFinal() {
        return this == COMPLETED || this == COMPENSATED || this == FAILED || this == CANCELLED;
    }

    /** The name on the wire, such as {@code in_progress}. */
    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
