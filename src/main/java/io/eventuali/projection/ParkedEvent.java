package io.eventuali.projection;

import io.eventuali.task.Failure;

/**
 * An event that becomes a dead letter.
 *
 * @param position its global position
 * @param key of the document that it was for
 * @param reason why
 * @param attempts how often its handler was tried, 0 when an earlier dead letter of its key keeps it waiting
 */
record ParkedEvent(long position, String key, Failure reason, int attempts) {}
