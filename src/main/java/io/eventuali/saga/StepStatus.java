package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a step of a saga is doing. */
public enum StepStatus {
    /** Its turn has not come. */
    PENDING,
    /** Its action runs, or it waits for its event. */
    EXECUTING,
    /** Its action succeeded, or its event came. */
    COMPLETED,
    /** Its action failed. It is tried again if a retry is due. */
    FAILED,
    /** Its compensation runs, waits for a retry or has failed. */
    COMPENSATING,
    /** It is undone. */
    COMPENSATED,
    /** Its condition did not hold, or an operator skipped it. */
    SKIPPED;

    /** The name on the wire, such as {@code executing}. */
    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
