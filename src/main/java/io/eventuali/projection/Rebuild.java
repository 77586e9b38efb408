package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Documents that are built beside those that are served.
 *
 * @param generation that they will be when they are served
 * @param version of the code that makes them
 * @param position how far they have come
 * @param headPosition where the log ends, as far as this replica knows
 * @param eventsPerSecond positions that it went over a second, in the last seconds
 * @param startedAt when it began, by the database's clock
 * @param owner the replica that builds them; empty also if several do, each some partitions
 * @param partitions into how many the keys are split
 * @param deadLetters events that wait as its dead letters
 * @param failedPosition the event on which it stopped
 * @param failure why it stopped
 */
public record Rebuild(
        long generation,
        int version,
        long position,
        long headPosition,
        double eventsPerSecond,
        Instant startedAt,
        Optional<String> owner,
        int partitions,
        long deadLetters,
        OptionalLong failedPosition,
        Optional<Failure> failure) {
    private static final double WHOLE = 100;

    /** How much of the log it has gone over, 0 to 100. */
    public double percent() {
        return headPosition == 0 ? WHOLE : Math.min(WHOLE, WHOLE * position / headPosition);
    }

    /** How long the rest takes at the present rate; empty while it does not move. */
    public OptionalDouble secondsLeft() {
        return eventsPerSecond > 0
                ? OptionalDouble.of(Math.max(0, headPosition - position) / eventsPerSecond)
                : OptionalDouble.empty();
    }
}
