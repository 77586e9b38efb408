package io.eventuali.store.engine;

import java.time.Instant;

/**
 * That the service's own engines go on behind damage of the log.
 *
 * @param at since when
 * @param by who said so, in one word
 */
public record SkippedDamage(Instant at, String by) {}
