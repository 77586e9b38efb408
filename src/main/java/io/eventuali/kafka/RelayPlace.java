package io.eventuali.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds where a relay left off by what the broker holds. Everything that was sent up to a committed record was committed with it
 * or before, so the highest position of the last records of all partitions is the place.
 */
final class RelayPlace {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Records looked at first; some are the marks of transactions. */
    private static final long STEP = 16;

    private final KafkaClients clients;
    private final Pattern topics;
    private final String epoch;

    RelayPlace(KafkaClients clients, Pattern topics, String epoch) {
        this.clients = clients;
        this.topics = topics;
        this.epoch = epoch;
    }

    /** The highest position that the broker has of this log; 0 if it has none. */
    long find() {
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(Map.of())) {
            List<TopicPartition> partitions = consumer.listTopics().entrySet().stream()
                    .filter(topic -> topics.matcher(topic.getKey()).matches())
                    .flatMap(topic -> topic.getValue().stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
            long highest = 0;
            for (TopicPartition partition : partitions) {
                highest = Math.max(highest, last(consumer, partition, starts.get(partition), ends.get(partition)));
            }
            return highest;
        }
    }

    private long last(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long start, long end) {
        consumer.assign(List.of(partition));
        long upTo = end;
        for (long step = STEP; upTo > start; step *= 4) {
            long from = Math.max(start, upTo - step);
            long found = highest(consumer, partition, from, upTo);
            if (found > 0) {
                return found;
            }
            upTo = from;
        }
        return 0;
    }

    private long highest(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long from, long upTo) {
        consumer.seek(partition, from);
        long highest = 0;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumer.position(partition) < upTo) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                OptionalLong position = RelayPlace.position(record, epoch);
                if (position.isPresent()) {
                    highest = Math.max(highest, position.getAsLong());
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the broker does not deliver the last records of " + partition);
            }
        }
        return highest;
    }

    private static OptionalLong position(ConsumerRecord<byte[], byte[]> record, String epoch) {
        return RelayRecords.position(record.headers(), epoch);
    }
}
