package io.eventuali.projection;

import java.util.Set;

/**
 * Where a projection goes on.
 *
 * @param position up to which it has finished
 * @param halted whether an operator, or a failure, has halted it
 * @param parkedKeys keys that have dead letters
 * @param deadLetters how many there are
 */
record Checkpoint(long position, boolean halted, Set<String> parkedKeys, long deadLetters) {
    Checkpoint {
        parkedKeys = Set.copyOf(parkedKeys);
    }
}
