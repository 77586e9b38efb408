package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.time.Instant;
import java.util.Optional;

/**
 * An event that a projection could not handle, or that waits behind such a one.
 *
 * @param position its global position
 * @param key of the document that it is for
 * @param reason why it is here
 * @param attempts how often it was tried; 0 when only an earlier dead letter of its key keeps it waiting
 * @param parkedAt since when, by the database's clock
 * @param requested what an operator asked for and was not done yet: {@code retry} or {@code discard}
 */
public record DeadLetter(
        long position, String key, Failure reason, int attempts, Instant parkedAt, Optional<String> requested) {}
