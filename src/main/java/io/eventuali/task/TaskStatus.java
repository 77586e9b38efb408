package io.eventuali.task;

import java.time.Instant;
import java.util.Optional;

/**
 * How a task is doing.
 *
 * @param task its name
 * @param instance which of several tasks of this name; empty if there is one
 * @param failures how often it failed since the replica started
 * @param failingSince when it failed first, if it has not worked since
 * @param reason why it failed last, while it fails
 */
public record TaskStatus(
        String task, String instance, long failures, Optional<Instant> failingSince, Optional<Failure> reason) {

    /** Whether its last attempt failed. */
    public boolean failing() {
        return failingSince.isPresent();
    }
}
