package io.eventuali.consumer;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a consumer.
 *
 * @param at when
 * @param what created, changed, paused, resumed, replayed, stopped, skipped, retried or discarded
 * @param position of the event that it is about
 * @param detail more about it
 * @param principal who asked for it; empty if nobody did
 */
public record HistoryLine(
        Instant at, String what, Optional<Long> position, Optional<String> detail, Optional<String> principal) {}
