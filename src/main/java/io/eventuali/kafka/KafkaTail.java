package io.eventuali.kafka;

import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.format.EventJson;
import io.eventuali.store.CommitListener;
import io.eventuali.store.CommittedBatch;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.StreamConfig;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/**
 * Feeds the live tail from the topic of a relay, so that a replica far from the database reads from it what is missing only.
 * Partitions come as they like; what comes too early waits a while. Positions are dense, so what is missing shows: then the events
 * after it are handed on all the same, and the tail reads those before them from the store (G1).
 */
@Singleton
class KafkaTail implements Runnable {
    private static final Logger LOG = Logger.getLogger(KafkaTail.class);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int MAX_RUN = 512;

    private final KafkaConfig config;
    private final StreamConfig.Streamer streamerConfig;
    private final KafkaClients clients;
    private final CommitListener tail;
    private final EventStreamer streamer;
    private final KafkaMeters meters;
    /** By position; empty for what is read from the store, whatever the topic says it is. */
    private final TreeMap<Long, Optional<StreamEvent>> waiting = new TreeMap<>();
    /** Up to here everything was handed on, or is for the store to read. */
    private long dealtWith;
    /** Of the log whose events wait. */
    private String epoch = "";

    private final Tasks tasks;
    private final Thread thread = new Thread(this, "eventuali-kafka-tail");
    private long gapSinceNanos;
    private volatile boolean stopped;

    KafkaTail(
            KafkaConfig config,
            StreamConfig streamConfig,
            KafkaClients clients,
            CommitListener tail,
            EventStreamer streamer,
            KafkaMeters meters,
            Tasks tasks) {
        this.tasks = tasks;
        this.config = config;
        this.streamerConfig = streamConfig.streamer();
        this.clients = clients;
        this.tail = tail;
        this.streamer = streamer;
        this.meters = meters;
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        if (streamerConfig.tail() == StreamConfig.Tail.KAFKA) {
            topic();
            meters.registerTail();
            thread.setDaemon(true);
            thread.start();
        }
    }

    private String topic() {
        return config.tail()
                .topic()
                .or(() -> config.out().topic())
                .orElseThrow(() ->
                        new IllegalStateException("eventuali.streamer.tail=kafka needs eventuali.kafka.tail.topic"));
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        stopped = true;
        thread.interrupt();
    }

    @Override
    public void run() {
        // While it fails, the live tail does without Kafka.
        try (Task task = tasks.open("kafka-tail", "", config.retryDelay(), config.retryMaxDelay())) {
            task.loop(() -> stopped, () -> {
                waiting.clear();
                dealtWith = 0;
                try (KafkaConsumer<byte[], byte[]> consumer = clients.consumer(Map.of())) {
                    follow(consumer, task);
                } catch (InterruptException interrupted) {
                    throw new InterruptedException();
                }
            });
        }
    }

    private void follow(KafkaConsumer<byte[], byte[]> consumer, Task task) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        LOG.infof("live tail follows topic=%s partitions=%d", topic(), partitions.size());
        while (!stopped) {
            if (!epoch.equals(streamer.epoch())) {
                // What waits is of another log.
                epoch = streamer.epoch();
                waiting.clear();
                dealtWith = 0;
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                keep(record);
            }
            task.worked();
            handOn();
        }
    }

    private void keep(ConsumerRecord<byte[], byte[]> record) {
        OptionalLong position = RelayRecords.position(record.headers(), epoch);
        if (position.isPresent()
                && position.getAsLong() > streamer.globalPosition()
                && record.value() != null
                && waiting.size() < config.tail().bufferEvents()) {
            Optional<StreamEvent> event = event(record);
            // The service's own engines act on these: only the store is believed.
            boolean believed =
                    event.isPresent() && !ReservedStreams.contains(event.get().aggregateType());
            waiting.put(
                    event.map(StreamEvent::globalPosition).orElse(position.getAsLong()),
                    believed ? event : Optional.empty());
        }
    }

    /** Empty for a substitute, and for what cannot be read: the store has to say then what is there. */
    private static Optional<StreamEvent> event(ConsumerRecord<byte[], byte[]> record) {
        if (record.headers().lastHeader(RelayRecords.ERROR) != null) {
            return Optional.empty();
        }
        try {
            return Optional.of(EventJson.event(record.value()));
        } catch (IllegalArgumentException another) {
            LOG.debugf("record is no event topic=%s offset=%d", record.topic(), record.offset());
            return Optional.empty();
        }
    }

    private void handOn() {
        waiting.headMap(streamer.globalPosition(), true).clear();
        while (!waiting.isEmpty()) {
            if (waiting.firstKey() > Math.max(streamer.globalPosition(), dealtWith) + 1 && !waitedLongEnough()) {
                return;
            }
            gapSinceNanos = 0;
            List<StreamEvent> run = firstRun();
            if (run.isEmpty()) {
                // The next run shows the hole to the tail, or its own look into the log finds the event.
                dealtWith = waiting.pollFirstEntry().getKey();
                continue;
            }
            tail.committed(new CommittedBatch(epoch, run));
            meters.tailed(run.size());
            dealtWith = run.get(run.size() - 1).globalPosition();
            waiting.headMap(dealtWith, true).clear();
        }
    }

    private boolean waitedLongEnough() {
        long now = System.nanoTime();
        if (gapSinceNanos == 0) {
            gapSinceNanos = now;
        }
        boolean enough = now - gapSinceNanos > config.tail().gapWait().toNanos()
                || waiting.size() >= config.tail().bufferEvents();
        if (enough) {
            meters.gap();
        }
        return enough;
    }

    /** The first events that wait, as far as they follow each other; none if the store has to read the first. */
    private List<StreamEvent> firstRun() {
        List<StreamEvent> run = new ArrayList<>();
        long expected = waiting.firstKey();
        for (Map.Entry<Long, Optional<StreamEvent>> next : waiting.entrySet()) {
            if (next.getKey() != expected || next.getValue().isEmpty() || run.size() == MAX_RUN) {
                break;
            }
            run.add(next.getValue().get());
            expected++;
        }
        return run;
    }
}
