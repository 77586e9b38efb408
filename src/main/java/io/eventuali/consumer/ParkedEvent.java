package io.eventuali.consumer;

import java.time.Instant;
import java.util.Optional;

/**
 * A dead letter of a consumer.
 *
 * @param position global position of the event
 * @param key of the event
 * @param attempts how often it was handed out; 0 if it is here only because an earlier one of its key is
 * @param reason why the last attempt failed
 * @param parkedAt since when
 */
public record ParkedEvent(long position, String key, int attempts, Optional<String> reason, Instant parkedAt) {}
