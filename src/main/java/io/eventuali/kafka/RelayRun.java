package io.eventuali.kafka;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.Substitutes;
import io.eventuali.ownership.Lease;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogPage;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.stream.EventFilter;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.Subscription;
import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jboss.logging.Logger;

/**
 * The relay for as long as this replica owns it, on a thread of its own, since Kafka's client blocks.
 *
 * <p>A batch of events is one transaction at the broker. That fences a former owner there, too: what it still has under way is
 * cut off when its successor begins. And it makes the broker's last record say exactly how far the relay came.
 */
final class RelayRun implements Runnable {
    private static final Logger LOG = Logger.getLogger(RelayRun.class);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration GLANCE = Duration.ofMillis(5);
    /** The place is found again from the broker, so the checkpoint need not follow each batch. */
    private static final Duration CHECKPOINT = Duration.ofMillis(200);

    private final KafkaConfig config;
    private final KafkaConfig.Out out;
    private final KafkaClients clients;
    private final RelayTable table;
    private final EventStore store;
    private final EngineLog log;
    private final EventStreamer streamer;
    private final KafkaMeters meters;
    private final Lease lease;
    private final RelayRecords records;
    private final EventFilter filter;
    private final Task task;
    private final Thread thread = new Thread(this, "eventuali-kafka-out");
    /** Events that the broker will not take, by position; found by sending them. The next attempt sends a substitute for them. */
    private final Map<Long, RuntimeException> refused = new ConcurrentHashMap<>();

    private volatile boolean stopped;
    private volatile long position;
    private volatile boolean found;
    private long checkpoint;
    private long checkpointAtNanos;

    RelayRun(
            KafkaConfig config,
            KafkaClients clients,
            RelayTable table,
            EventStore store,
            EngineLog log,
            EventStreamer streamer,
            CloudEventMapping cloudEvents,
            Substitutes substitutes,
            KafkaMeters meters,
            Tasks tasks,
            Lease lease) {
        this.config = config;
        this.out = config.out();
        this.clients = clients;
        this.table = table;
        this.store = store;
        this.log = log;
        this.streamer = streamer;
        this.meters = meters;
        this.lease = lease;
        this.records = new RelayRecords(out.topic().orElseThrow(), out.format(), cloudEvents, substitutes);
        this.filter = Subscription.builder()
                .filterByAggregateType(patterns(out.aggregateType()))
                .filterByAggregateId(patterns(out.aggregateId()))
                .filterByEventType(patterns(out.eventType()))
                .build()
                .filter();
        this.task = tasks.open("kafka-out", "", config.retryDelay(), config.retryMaxDelay());
        thread.setDaemon(true);
    }

    private static String[] patterns(Optional<List<String>> configured) {
        return configured.orElse(List.of()).toArray(String[]::new);
    }

    Lease lease() {
        return lease;
    }

    /** Every event up to here is at the broker, or the filter dropped it; empty before that is known. */
    OptionalLong position() {
        return found ? OptionalLong.of(position) : OptionalLong.empty();
    }

    void start() {
        thread.start();
    }

    /** Ends the thread, soon. */
    void stop() {
        stopped = true;
        thread.interrupt();
    }

    @Override
    public void run() {
        try (Task running = task) {
            running.loop(() -> stopped, this::relayUntilFailure);
        }
    }

    private void relayUntilFailure() {
        try {
            relay();
        } catch (OwnershipEnded ended) {
            LOG.infof("relay has a later owner name=%s epoch=%d", out.name(), lease.epoch());
            stopped = true;
        } catch (Throwable failure) {
            if (!stopped) {
                meters.outFailed();
            }
            throw failure;
        }
    }

    /** Until something fails. */
    private void relay() {
        String epoch = streamer.epoch();
        long initial = out.from() == KafkaConfig.From.END ? streamer.globalPosition() : 0;
        RelayTable.Opened opened =
                await(table.open(out.name(), lease.epoch(), epoch, initial)).orElseThrow(OwnershipEnded::new);
        checkpoint = opened.position();
        // Until the broker answers, what is known to be there.
        position = checkpoint;
        found = true;
        KafkaProducer<byte[], byte[]> producer = clients.producer(Map.of(
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                out.name() + "-" + opened.origin(),
                ProducerConfig.LINGER_MS_CONFIG,
                5));
        try {
            producer.initTransactions();
            position = Math.max(checkpoint, lastInBoth(opened, epoch));
            await(table.goesOn(out.name(), lease.epoch(), epoch));
            LOG.infof("relay runs name=%s position=%d checkpoint=%d", out.name(), position, checkpoint);
            sendAll(producer, epoch);
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    /**
     * The position of the last event that was sent, if the log has it there; 0 if nothing was sent. If the log does not have it, the topic holds
     * events that were lost, and others may take their places: that is for an operator to decide.
     */
    private long lastInBoth(RelayTable.Opened opened, String epoch) {
        Optional<RelayRecords.Sent> last = new RelayPlace(clients, records.topics(), opened.epochs()).find();
        if (last.isEmpty()) {
            return 0;
        }
        RelayRecords.Sent sent = last.get();
        Optional<StreamEvent> stored = await(store.readEvent(sent.position()));
        boolean same = stored.isPresent()
                && (sent.eventId().isEmpty()
                        || sent.eventId().equals(stored.get().eventId().toString()));
        if (same) {
            return sent.position();
        }
        if (opened.accepted()) {
            return 0;
        }
        String reason =
                "the topic has event %s at position %d, the log has %s there: events were lost after they had been sent"
                        .formatted(
                                sent.eventId(),
                                sent.position(),
                                stored.map(event -> event.eventId().toString()).orElse("none"));
        await(table.halt(out.name(), lease.epoch(), epoch, reason, sent.position()));
        throw new IllegalStateException(reason);
    }

    private void sendAll(KafkaProducer<byte[], byte[]> producer, String epoch) {
        CompletableFuture<LogPage> next = read(position);
        while (!stopped && epoch.equals(streamer.epoch())) {
            LogPage page = Answers.await(next, READ_TIMEOUT);
            if (page.last() > position && page.events().isEmpty()) {
                LOG.warnf("relay passes over damage name=%s first=%d last=%d", out.name(), position + 1, page.last());
                position = page.last();
                next = read(position);
                continue;
            }
            if (page.events().isEmpty()) {
                moveCheckpoint(epoch);
                task.worked();
                awaitNews(epoch);
                next = read(position);
                continue;
            }
            // On its way while this page is sent.
            next = read(page.last());
            send(producer, page, epoch);
            position = page.last();
            task.worked();
            if (System.nanoTime() - checkpointAtNanos > CHECKPOINT.toNanos()) {
                moveCheckpoint(epoch);
            }
        }
    }

    private CompletableFuture<LogPage> read(long after) {
        return log.page(new Position(after), out.batchEvents()).subscribeAsCompletionStage();
    }

    private void send(KafkaProducer<byte[], byte[]> producer, LogPage page, String epoch) {
        List<StreamEvent> events =
                page.events().stream().filter(filter::accepts).toList();
        if (events.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        for (StreamEvent event : events) {
            RuntimeException tooLarge = refused.get(event.globalPosition());
            producer.send(
                    tooLarge == null ? records.of(event, epoch) : records.instead(event, epoch, tooLarge),
                    (sent, failure) -> {
                        if (failure instanceof RecordTooLargeException refusal) {
                            refused.put(event.globalPosition(), refusal);
                        }
                    });
        }
        // Waits for the acknowledgement of each record, and fails with the failure of any.
        producer.commitTransaction();
        refused.clear();
        meters.sent(events.size());
    }

    private void moveCheckpoint(String epoch) {
        checkpointAtNanos = System.nanoTime();
        if (checkpoint == position) {
            return;
        }
        if (!await(table.move(out.name(), lease.epoch(), epoch, checkpoint, position))) {
            throw new OwnershipEnded();
        }
        checkpoint = position;
    }

    private void awaitNews(String epoch) {
        while (!stopped && streamer.globalPosition() <= position && epoch.equals(streamer.epoch())) {
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    private static <T> T await(Uni<T> answer) {
        return Answers.await(answer.subscribeAsCompletionStage(), READ_TIMEOUT);
    }

    /** A later owner moved the checkpoint to its epoch. */
    private static final class OwnershipEnded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OwnershipEnded() {
            super("another replica owns the relay", null, false, false);
        }
    }
}
