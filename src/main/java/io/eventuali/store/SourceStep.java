package io.eventuali.store;

/**
 * That what comes from elsewhere is taken in up to here, with the events of one request or not at all.
 *
 * @param source names where it comes from, such as a partition of a topic
 * @param expected the offset that is stored for it
 * @param next the offset that is to be stored
 */
public record SourceStep(String source, long expected, long next) {}
