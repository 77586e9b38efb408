package io.eventuali.projection;

import java.util.Set;

/**
 * Where a projection goes on.
 *
 * @param position up to which it has finished
 * @param serving whether readers see the documents; else they are being built
 * @param halted whether an operator, or a failure, has halted it
 * @param replayUntil up to which position handlers saw events before
 * @param parkedKeys keys that have dead letters
 * @param deadLetters how many there are
 */
record Checkpoint(
        long position, boolean serving, boolean halted, long replayUntil, Set<String> parkedKeys, long deadLetters) {
    Checkpoint {
        parkedKeys = Set.copyOf(parkedKeys);
    }
}
