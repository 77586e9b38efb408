package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a projection is doing.
 *
 * @param name its name
 * @param state what it is at
 * @param version of the code that made its documents
 * @param position its checkpoint
 * @param headPosition where the log ends, as far as this replica knows
 * @param lag age of the first event that it has not finished; zero only if there is none
 * @param events handled since it began
 * @param eventsPerSecond handled in the last seconds
 * @param owner the replica that runs it; empty also if several do, each some partitions
 * @param failedPosition the event on which it stopped
 * @param failure why it stopped
 * @param failedAt when it stopped
 * @param deadLetters how many events wait as dead letters
 * @param oldestDeadLetter for how long the oldest of them has waited
 * @param generation which of all documents that were ever made for it readers see
 * @param partitions in their order, one if it is not split; {@code position}, {@code lag} and the failure are of the one that is
 *     least far, or stopped on the earliest event
 * @param rebuild what is built beside the documents that are served
 * @param trouble why it does not go on, other than on an event, as far as this replica knows
 */
public record ProjectionStatus(
        String name,
        State state,
        int version,
        long position,
        long headPosition,
        Duration lag,
        long events,
        double eventsPerSecond,
        Optional<String> owner,
        OptionalLong failedPosition,
        Optional<Failure> failure,
        Optional<Instant> failedAt,
        long deadLetters,
        Duration oldestDeadLetter,
        long generation,
        List<PartitionStatus> partitions,
        Optional<Rebuild> rebuild,
        Optional<Failure> trouble) {
    private static final Duration LEAST = Duration.ofMillis(1);

    public ProjectionStatus {
        partitions = List.copyOf(partitions);
    }

    /** Events of the log that it has not finished yet. */
    public long lagEvents() {
        return Math.max(0, headPosition - position);
    }

    /** The same with the age of the first event that it has not finished. What waits has waited for a while, whatever clocks say. */
    ProjectionStatus withLag(Duration age) {
        return new ProjectionStatus(
                name,
                state,
                version,
                position,
                headPosition,
                age.compareTo(LEAST) < 0 ? LEAST : age,
                events,
                eventsPerSecond,
                owner,
                failedPosition,
                failure,
                failedAt,
                deadLetters,
                oldestDeadLetter,
                generation,
                partitions,
                rebuild,
                trouble);
    }

    /** What a projection is at. */
    public enum State {
        /** It has finished everything that is in the log. */
        LIVE,
        /** It works on what is in the log. */
        CATCHING_UP,
        /** No replica runs it at the moment. */
        WAITING,
        /** An operator halted it. */
        PAUSED,
        /** It halted by itself, on an event that it could not handle. */
        STOPPED
    }
}
