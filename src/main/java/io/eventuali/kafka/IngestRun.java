package io.eventuali.kafka;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.store.SourceOffsets;
import io.eventuali.store.SourceStep;
import io.eventuali.store.StoreConfig;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jboss.logging.Logger;

/**
 * One replica's part of the consumer group, on a thread of its own.
 *
 * <p>Records are appended in a transaction that also moves the offsets of their partitions, on condition that these are where they
 * were when the records were read. So it does not matter who reads a record, or how often: the second append finds the offset moved
 * and changes nothing. After anything unexpected the stored offsets are read again and reading goes on from there.
 */
final class IngestRun implements Runnable, ConsumerRebalanceListener {
    private static final Logger LOG = Logger.getLogger(IngestRun.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_BYTES = 4 << 20;

    private final KafkaConfig.In in;
    private final KafkaClients clients;
    private final EventStore store;
    private final SourceOffsets offsets;
    private final RecordMapping mapping;
    private final KafkaMeters meters;
    private final LogIdentity identity;
    private final Task task;
    private final int maxEvents;
    private final Thread thread = new Thread(this, "eventuali-kafka-in");
    /** The stored offset of each partition of this replica, as far as it knows. */
    private final Map<TopicPartition, Long> next = new HashMap<>();

    private KafkaConsumer<byte[], byte[]> consumer;
    private DeadLetterTopic deadLetters;
    private volatile boolean stopped;
    /** Whose offsets these are. */
    private String log;

    private final WaitingRecords waiting = new WaitingRecords();

    IngestRun(
            KafkaConfig config,
            KafkaClients clients,
            EventStore store,
            SourceOffsets offsets,
            StoreConfig storeConfig,
            RecordMapping mapping,
            KafkaMeters meters,
            LogIdentity identity,
            Tasks tasks) {
        this.identity = identity;
        this.log = identity.epoch();
        this.in = config.in();
        this.clients = clients;
        this.store = store;
        this.offsets = offsets;
        this.mapping = mapping;
        this.meters = meters;
        this.task = tasks.open("kafka-in", "", config.retryDelay(), config.retryMaxDelay());
        this.maxEvents = storeConfig.limits().requestEvents();
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread and waits for it a while, so that its partitions are given back. */
    void stop() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(STOP_TIMEOUT.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Records of this replica's partitions that were not taken in. */
    long lag() {
        return waiting.records();
    }

    @Override
    public void run() {
        try (Task running = task) {
            running.loop(() -> stopped, this::takeInUntilFailure);
        }
    }

    private void takeInUntilFailure() throws InterruptedException {
        try (KafkaConsumer<byte[], byte[]> opened = clients.consumer(Map.of(
                        ConsumerConfig.GROUP_ID_CONFIG, in.group(),
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG, in.batchRecords()));
                DeadLetterTopic letters = new DeadLetterTopic(clients, in.deadLetterTopic())) {
            consumer = opened;
            deadLetters = letters;
            next.clear();
            consumer.subscribe(in.topics().orElseThrow(), this);
            while (!stopped) {
                step();
            }
        } catch (InterruptException stopping) {
            // Thrown by every call of the client once the thread was interrupted.
            throw new InterruptedException();
        } catch (Throwable failure) {
            if (!stopped) {
                meters.inFailed();
            }
            throw failure;
        }
    }

    /** One poll and what comes of it. A failure of the database or of the broker costs a wait, during which the group is kept. */
    private void step() {
        try {
            if (!log.equals(identity.epoch())) {
                // Records whose events are lost are taken in again, also if no other comes.
                log = identity.epoch();
                resume(consumer.assignment());
            }
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            if (!records.isEmpty()) {
                take(records);
                task.worked();
            }
            observeLag();
        } catch (OffsetOutOfRangeException outOfRange) {
            passDeleted(outOfRange.offsetOutOfRangePartitions());
        } catch (EventStoreException.SourceMoved moved) {
            LOG.infof("another replica was faster group=%s: %s", in.group(), moved.getMessage());
            resume(consumer.assignment());
        } catch (EventStoreException | IllegalStateException failure) {
            meters.inFailed();
            waitInGroup(task.failed(failure));
            resume(consumer.assignment());
        }
    }

    /** Polls nothing, but shows the group that this member lives. */
    private void waitInGroup(Duration wait) {
        observeWaiting();
        long until = System.nanoTime() + wait.toNanos();
        while (!stopped && System.nanoTime() - until < 0) {
            consumer.pause(consumer.assignment());
            consumer.poll(POLL);
        }
        consumer.resume(consumer.paused());
    }

    /** After records were taken in: what the consumer has passed does not wait, be it only the end of a transaction. */
    private void observeLag() {
        waiting.assigned(consumer.assignment());
        for (TopicPartition partition : consumer.assignment()) {
            long position = consumer.position(partition);
            consumer.currentLag(partition).ifPresent(ahead -> waiting.ends(partition, position + ahead));
            waiting.from(partition, position);
        }
    }

    /** While records are not taken in: what was read waits as well. */
    private void observeWaiting() {
        next.forEach(waiting::from);
        try {
            consumer.endOffsets(consumer.assignment(), LOOK_TIMEOUT).forEach(waiting::ends);
        } catch (KafkaException unknown) {
            LOG.debugf("ends of partitions unknown: %s", unknown.getMessage());
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        resume(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        partitions.forEach(next::remove);
    }

    /** Goes to where the log says that these partitions are. */
    private void resume(Collection<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> ends = in.from() == KafkaConfig.From.START
                ? consumer.beginningOffsets(partitions)
                : consumer.endOffsets(partitions);
        Map<String, Long> initial = new HashMap<>();
        partitions.forEach(partition -> initial.put(source(partition), ends.get(partition)));
        Map<String, Long> stored = await(offsets.open(initial));
        for (TopicPartition partition : partitions) {
            long offset = stored.get(source(partition));
            next.put(partition, offset);
            consumer.seek(partition, offset);
            waiting.from(partition, offset);
        }
        LOG.infof("taking in group=%s offsets=%s", in.group(), stored);
    }

    private String source(TopicPartition partition) {
        return in.group() + "/" + partition.topic() + "/" + partition.partition();
    }

    /** The broker has deleted, by its retention, what was not taken in yet. That is said, and counted. */
    private void passDeleted(Map<TopicPartition, Long> outOfRange) {
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(outOfRange.keySet());
        outOfRange.forEach((partition, offset) -> {
            long start = starts.get(partition);
            if (offset > start) {
                LOG.errorf(
                        "partition %s ends before the stored offset %d: is it another topic of this name? It is not"
                                + " read. Delete the row '%s' of source_offset to take it in from its beginning",
                        partition, offset, source(partition));
                consumer.pause(List.of(partition));
                return;
            }
            LOG.errorf(
                    "records were deleted at the broker before they were taken in partition=%s from=%d to=%d",
                    partition, offset, start - 1);
            if (await(offsets.move(List.of(new SourceStep(source(partition), offset, start))))) {
                meters.expired(start - offset);
            }
        });
        resume(outOfRange.keySet().stream()
                .filter(partition -> !consumer.paused().contains(partition))
                .toList());
    }

    private void take(ConsumerRecords<byte[], byte[]> records) {
        List<Taken> chunk = new ArrayList<>();
        int bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            int size = Math.max(0, record.serializedValueSize());
            if (!chunk.isEmpty() && (chunk.size() == maxEvents || bytes + size > MAX_BYTES)) {
                take(chunk);
                chunk.clear();
                bytes = 0;
            }
            chunk.add(map(record));
            bytes += size;
        }
        take(chunk);
        consumer.commitAsync(committed(), (ignored, failure) -> {
            // For tools that look at the lag of groups; nobody starts from it.
            if (failure != null) {
                LOG.debugf("offsets not shown to the broker: %s", failure.getMessage());
            }
        });
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        next.forEach((partition, offset) -> committed.put(partition, new OffsetAndMetadata(offset)));
        return committed;
    }

    private Taken map(ConsumerRecord<byte[], byte[]> record) {
        try {
            IncomingEvent event = mapping.map(record);
            if (ReservedStreams.contains(event.stream().aggregateType())) {
                throw new ReservedStreamException(event.stream().aggregateType());
            }
            return new Taken(record, Optional.of(event), "");
        } catch (UnmappableException | InvalidEventException | ReservedStreamException refused) {
            return new Taken(record, Optional.empty(), refused.getMessage());
        } catch (OutOfMemoryError notOfThisRecord) {
            throw notOfThisRecord;
        } catch (Throwable bug) {
            // No record may stop those behind it.
            return new Taken(record, Optional.empty(), "the record cannot be mapped: " + bug);
        }
    }

    /** All of a chunk in one append. Where one of its events is known or refused, one after the other. */
    private void take(List<Taken> chunk) {
        List<Taken> events =
                chunk.stream().filter(taken -> taken.event().isPresent()).toList();
        // Before the offsets pass them.
        chunk.stream().filter(taken -> taken.event().isEmpty()).forEach(this::bury);
        List<SourceStep> steps = steps(chunk);
        if (events.isEmpty()) {
            move(steps);
        } else {
            try {
                if (append(events, steps).replayed()) {
                    oneByOne(chunk);
                    return;
                }
            } catch (RuntimeException failure) {
                if (!isOfOneRecord(failure)) {
                    throw failure;
                }
                oneByOne(chunk);
                return;
            }
            meters.taken(events.size());
        }
        moved(chunk);
    }

    private void oneByOne(List<Taken> chunk) {
        for (Taken taken : chunk) {
            List<SourceStep> step = steps(List.of(taken));
            if (taken.event().isEmpty()) {
                // It is in the dead-letter topic already.
                move(step);
            } else {
                appendAlone(taken, step);
            }
            moved(List.of(taken));
        }
    }

    private void appendAlone(Taken taken, List<SourceStep> step) {
        try {
            if (append(List.of(taken), step).replayed()) {
                meters.duplicate();
                move(step);
            } else {
                meters.taken(1);
            }
        } catch (RuntimeException failure) {
            if (!isOfOneRecord(failure)) {
                throw failure;
            }
            bury(new Taken(taken.record(), Optional.empty(), String.valueOf(failure.getMessage())));
            move(step);
        }
    }

    /** Whether an append failed for what it was to append, and not for the database, the broker or another replica. */
    private static boolean isOfOneRecord(RuntimeException failure) {
        return failure instanceof EventStoreException.EventIdConflict
                || failure instanceof EventStoreException.Unwritable
                || !(failure instanceof EventStoreException
                        || failure instanceof KafkaException
                        || failure instanceof IllegalStateException);
    }

    private void bury(Taken taken) {
        LOG.warnf(
                "record goes to the dead-letter topic topic=%s partition=%d offset=%d: %s",
                taken.record().topic(),
                taken.record().partition(),
                taken.record().offset(),
                taken.reason());
        deadLetters.send(taken.record(), taken.reason());
        meters.deadLetter();
    }

    private AppendResult append(List<Taken> events, List<SourceStep> steps) {
        List<StreamAppend> appends = new ArrayList<>();
        List<NewEvent> run = new ArrayList<>();
        StreamId stream = null;
        for (Taken taken : events) {
            IncomingEvent event = taken.event().orElseThrow();
            if (stream != null && !event.stream().equals(stream)) {
                appends.add(new StreamAppend(stream, ExpectedPosition.ANY, run));
                run.clear();
            }
            stream = event.stream();
            run.add(event.event());
        }
        appends.add(new StreamAppend(stream, ExpectedPosition.ANY, run));
        return await(store.append(new AppendRequest(appends, Optional.empty(), steps)));
    }

    private void move(List<SourceStep> steps) {
        if (!await(offsets.move(steps))) {
            throw new EventStoreException.SourceMoved("a partition is not where it was: " + steps);
        }
    }

    /** For each partition of a chunk, from where it stands to after its last record. */
    private List<SourceStep> steps(List<Taken> chunk) {
        Map<TopicPartition, Long> after = new LinkedHashMap<>();
        for (Taken taken : chunk) {
            after.put(taken.partition(), taken.record().offset() + 1);
        }
        List<SourceStep> steps = new ArrayList<>();
        after.forEach((partition, offset) -> steps.add(new SourceStep(
                source(partition),
                Optional.ofNullable(next.get(partition))
                        .orElseThrow(
                                () -> new EventStoreException.SourceMoved("partition " + partition + " was revoked")),
                offset)));
        return steps;
    }

    private void moved(List<Taken> chunk) {
        for (Taken taken : chunk) {
            next.put(taken.partition(), taken.record().offset() + 1);
        }
    }

    private static <T> T await(Uni<T> answer) {
        return Answers.await(answer.subscribeAsCompletionStage(), TIMEOUT);
    }

    /**
     * A record that was read.
     *
     * @param event what it is to be; empty if it cannot be one
     * @param reason why it cannot
     */
    private record Taken(ConsumerRecord<byte[], byte[]> record, Optional<IncomingEvent> event, String reason) {
        TopicPartition partition() {
            return new TopicPartition(record.topic(), record.partition());
        }
    }
}
