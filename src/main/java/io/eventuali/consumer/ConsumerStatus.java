package io.eventuali.consumer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A consumer and how it is doing.
 *
 * @param name its name
 * @param settings what it wants
 * @param state running, paused or stopped
 * @param position its checkpoint: every event up to it is acknowledged, filtered out, skipped, or parked
 * @param inFlight events that are handed out
 * @param waiting events that were read and wait for a worker, for an earlier one of their key, or for their next attempt
 * @param parked events that are dead letters
 * @param settled events acknowledged since it was made
 * @param oldestUnacknowledged since when the oldest event is handed out
 * @param members workers that hold events
 * @param stoppedPosition the event on which it stopped by itself
 * @param failure why it stopped by itself, in a worker's words
 * @param createdAt when it was made
 */
public record ConsumerStatus(
        String name,
        ConsumerSettings settings,
        String state,
        long position,
        long inFlight,
        long waiting,
        long parked,
        long settled,
        Optional<Instant> oldestUnacknowledged,
        List<String> members,
        Optional<Long> stoppedPosition,
        Optional<String> failure,
        Instant createdAt) {
    public ConsumerStatus {
        members = List.copyOf(members);
    }
}
