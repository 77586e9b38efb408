package io.eventuali.saga;

import java.time.Instant;

/**
 * Something that is to happen to a saga at a time.
 *
 * @param kind {@code deadline}, {@code retry}, {@code await-timeout}, {@code step-timeout} or {@code compensation-retry}
 * @param step of which step; null for the deadline
 * @param dueAt by the clock of the database
 */
public record SagaTimer(String kind, String step, Instant dueAt) {}
