package io.eventuali.projection;

import java.time.Instant;
import java.util.List;

/**
 * What one transaction of a projection changes.
 *
 * @param from checkpoint before it
 * @param to checkpoint after it; the same as before when dead letters were retried
 * @param at timestamp of the event at the new checkpoint; null if there is none
 * @param handled events that handlers handled
 * @param documents changed, each once
 * @param parked new dead letters
 * @param settled dead letters that are none any more
 */
record Batch<S>(
        long from,
        long to,
        Instant at,
        int handled,
        List<Document<S>> documents,
        List<ParkedEvent> parked,
        List<Long> settled) {
    Batch {
        documents = List.copyOf(documents);
        parked = List.copyOf(parked);
        settled = List.copyOf(settled);
    }
}
