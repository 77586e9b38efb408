package io.eventuali.projection;

import io.eventuali.task.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A partition of a generation of a projection as the database knows it.
 *
 * @param name of the projection
 * @param version of the code that made its documents
 * @param position its checkpoint
 * @param events handled since it began
 * @param paused whether an operator halted it
 * @param failedPosition the event on which it halted by itself
 * @param failure why it did
 * @param failedAt when it did
 * @param owner the replica that runs it
 * @param deadLetters how many there are
 * @param requests whether an operator asked something for one of them
 * @param generation which documents it has
 * @param serving whether readers see them; else they are being built
 * @param replayUntil up to which position handlers saw events before
 * @param startedAt when this generation began
 * @param oldestDeadLetter for how long the oldest one has waited
 * @param partition which keys it has
 */
record ProjectionRow(
        String name,
        int version,
        long position,
        long events,
        boolean paused,
        OptionalLong failedPosition,
        Optional<Failure> failure,
        Optional<Instant> failedAt,
        Optional<String> owner,
        long deadLetters,
        boolean requests,
        long generation,
        boolean serving,
        long replayUntil,
        Instant startedAt,
        Duration oldestDeadLetter,
        Partition partition) {

    boolean isHalted() {
        return paused || failedPosition.isPresent();
    }
}
