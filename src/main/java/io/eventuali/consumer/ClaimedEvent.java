package io.eventuali.consumer;

import io.eventuali.event.StreamEvent;

/**
 * An event that was handed out to a worker.
 *
 * @param token settles it
 * @param attempt 1 for the first
 * @param key events of one key come one after the other; empty where all do
 * @param event what happened
 */
public record ClaimedEvent(Token token, int attempt, String key, StreamEvent event) {}
