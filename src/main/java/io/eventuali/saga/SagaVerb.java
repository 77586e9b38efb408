package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What an operator can ask of a saga. */
public enum SagaVerb {
    /** Tries a failed step or compensation again, now. */
    RETRY,
    /** Passes over a failed step, a step that awaits an event, or a failed compensation. */
    SKIP,
    /** Says that a failed compensation was done by hand. */
    RESOLVE,
    /** Has what was done undone. */
    CANCEL;

    /** The name on the wire, such as {@code retry}. */
    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
