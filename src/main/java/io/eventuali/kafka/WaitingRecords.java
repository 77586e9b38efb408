package io.eventuali.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How many records of this replica's partitions wait to be taken in. While it cannot ask, the last that it knew stays true: less than
 * nothing never waits, and nothing is not said of a partition whose end is not known to be reached.
 */
final class WaitingRecords {
    private final Map<TopicPartition, Long> from = new HashMap<>();
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** Others are read by others now. */
    synchronized void assigned(Collection<TopicPartition> partitions) {
        from.keySet().retainAll(new HashSet<>(partitions));
        ends.keySet().retainAll(from.keySet());
    }

    /** Everything before the offset was taken in. */
    synchronized void from(TopicPartition partition, long offset) {
        from.put(partition, offset);
    }

    /** The partition ends before the offset, or did a moment ago. */
    synchronized void ends(TopicPartition partition, long offset) {
        ends.merge(partition, offset, Math::max);
    }

    synchronized long records() {
        long records = 0;
        for (Map.Entry<TopicPartition, Long> partition : from.entrySet()) {
            records += Math.max(0, ends.getOrDefault(partition.getKey(), 0L) - partition.getValue());
        }
        return records;
    }
}
