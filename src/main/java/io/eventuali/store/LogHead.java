package io.eventuali.store;

/**
 * Where the log ends and which log it is.
 *
 * @param position global position of the last event, 0 when there is none
 * @param epoch identity of the log. Another epoch means a restored or failed-over log, in which a position may hold another
 *     event than it did
 */
public record LogHead(long position, String epoch) {}
