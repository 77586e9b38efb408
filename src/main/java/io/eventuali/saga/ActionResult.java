package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.store.AppendRequest.StreamAppend;
import java.util.List;

/**
 * What became of one attempt of an action or a compensation.
 *
 * @param before the data that it was given
 * @param after the data that it made of them; the same if it did not change them, and if it failed
 * @param appends events to append with the record of its success
 * @param failure null if it succeeded
 */
record ActionResult(
        String step,
        int attempt,
        boolean compensation,
        long durationMs,
        JsonNode before,
        JsonNode after,
        List<StreamAppend> appends,
        ActionFailure failure) {

    /** The same attempt, had it failed. */
    ActionResult failed(ActionFailure instead) {
        return new ActionResult(step, attempt, compensation, durationMs, before, before, List.of(), instead);
    }
}
