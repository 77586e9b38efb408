package io.eventuali.projection;

/**
 * A document as it is kept.
 *
 * @param key its key
 * @param position global position of the event that made it so
 * @param json its text
 */
public record StoredState(String key, long position, String json) {}
