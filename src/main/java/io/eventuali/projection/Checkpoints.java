package io.eventuali.projection;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** How far each partition of what readers see has come, at one moment; {@link #UNKNOWN} for one of which that is not known here. */
record Checkpoints(List<Long> positions) {
    static final long UNKNOWN = -1;

    Checkpoints {
        positions = List.copyOf(positions);
    }

    static Checkpoints of(long position) {
        return new Checkpoints(List.of(position));
    }

    /** Everything up to this position is in the documents; {@link #UNKNOWN} without any partition. */
    long least() {
        return positions.isEmpty() ? UNKNOWN : Collections.min(positions);
    }

    /** How far the partition is that a key belongs to. */
    long of(String key) {
        return positions.isEmpty() ? UNKNOWN : positions.get(Partition.indexOf(key, positions.size()));
    }

    /** Whether some document may have changed since. */
    boolean isBeyond(Checkpoints earlier) {
        if (positions.size() != earlier.positions.size()) {
            return !positions.contains(UNKNOWN);
        }
        return IntStream.range(0, positions.size()).anyMatch(i -> positions.get(i) > earlier.positions.get(i));
    }

    /** Whether a document of one of these keys may have changed since. */
    boolean isBeyond(Checkpoints earlier, Collection<String> keys) {
        return keys.stream().anyMatch(key -> of(key) > earlier.of(key));
    }
}
