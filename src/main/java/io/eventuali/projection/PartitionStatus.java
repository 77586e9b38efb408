package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a partition of a projection is doing.
 *
 * @param partition 0, 1, 2 …
 * @param state what it is at
 * @param position its checkpoint
 * @param owner the replica that runs it
 * @param failedPosition the event on which it stopped
 * @param failure why it stopped
 * @param deadLetters events of its keys that wait as dead letters
 */
public record PartitionStatus(
        int partition,
        ProjectionStatus.State state,
        long position,
        Optional<String> owner,
        OptionalLong failedPosition,
        Optional<Failure> failure,
        long deadLetters) {}
