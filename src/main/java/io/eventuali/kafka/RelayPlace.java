package io.eventuali.kafka;

import io.eventuali.kafka.RelayRecords.Sent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final List<String> epochs;

    /** @param epochs of the log and of those before it, the newest first */
    RelayPlace(KafkaClients clients, Pattern topics, List<String> epochs) {
        this.clients = clients;
        this.topics = topics;
        this.epochs = epochs;
    }

    /** The last event that the broker has of this log, or else of the newest one before it; empty if it has none. */
    Optional<Sent> find() {
        try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(Map.of())) {
            List<TopicPartition> partitions = consumer.listTopics().entrySet().stream()
                    .filter(topic -> topics.matcher(topic.getKey()).matches())
                    .flatMap(topic -> topic.getValue().stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
            Map<String, Sent> highest = new HashMap<>();
            for (TopicPartition partition : partitions) {
                last(consumer, partition, starts.get(partition), ends.get(partition), highest);
            }
            return epochs.stream().filter(highest::containsKey).findFirst().map(highest::get);
        }
    }

    private void last(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long start,
            long end,
            Map<String, Sent> highest) {
        consumer.assign(List.of(partition));
        long upTo = end;
        boolean found = false;
        for (long step = STEP; upTo > start && !found; step *= 4) {
            long from = Math.max(start, upTo - step);
            found = look(consumer, partition, from, upTo, highest);
            upTo = from;
        }
    }

    /** Whether there is a record of this relay. */
    private boolean look(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long from,
            long upTo,
            Map<String, Sent> highest) {
        consumer.seek(partition, from);
        boolean found = false;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (consumer.position(partition) < upTo) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Optional<Sent> sent = RelayRecords.sent(record.headers()).filter(one -> epochs.contains(one.epoch()));
                if (sent.isPresent()) {
                    found = true;
                    highest.merge(
                            sent.get().epoch(),
                            sent.get(),
                            (one, other) -> other.position() > one.position() ? other : one);
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the broker does not deliver the last records of " + partition);
            }
        }
        return found;
    }
}
