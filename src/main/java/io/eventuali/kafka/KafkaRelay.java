package io.eventuali.kafka;

import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.Substitutes;
import io.eventuali.ownership.Lease;
import io.eventuali.ownership.LeaseKeeper;
import io.eventuali.ownership.LeaseListener;
import io.eventuali.store.EventStore;
import io.eventuali.store.engine.EngineLog;
import io.eventuali.stream.EventStreamer;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends the log to Kafka, from one replica at a time: the one that holds the lease. */
@Singleton
public class KafkaRelay implements LeaseListener {
    private static final String LEASE_PREFIX = "kafka/";
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final KafkaConfig config;
    private final KafkaClients clients;
    private final RelayTable table;
    private final LeaseKeeper leases;
    private final EventStore store;
    private final EngineLog log;
    private final EventStreamer streamer;
    private final CloudEventMapping cloudEvents;
    private final Substitutes substitutes;
    private final KafkaMeters meters;
    private final Tasks tasks;
    private Cancellable places = () -> {};
    private volatile Optional<RelayTable.Place> place = Optional.empty();
    private RelayRun run;

    KafkaRelay(
            KafkaConfig config,
            KafkaClients clients,
            RelayTable table,
            LeaseKeeper leases,
            EventStore store,
            EngineLog log,
            EventStreamer streamer,
            CloudEventMapping cloudEvents,
            Substitutes substitutes,
            KafkaMeters meters,
            Tasks tasks) {
        this.config = config;
        this.clients = clients;
        this.table = table;
        this.leases = leases;
        this.store = store;
        this.log = log;
        this.streamer = streamer;
        this.cloudEvents = cloudEvents;
        this.substitutes = substitutes;
        this.meters = meters;
        this.tasks = tasks;
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        if (config.out().topic().isPresent()) {
            meters.registerOut(
                    this::lag,
                    () -> current() == null ? 0 : 1,
                    () -> place.flatMap(RelayTable.Place::halted).isPresent() ? 1 : 0);
            leases.keep(List.of(leaseName()), this);
            places = tasks.every("kafka-out-place", Rhythm.every(LOOK), () -> table.place(
                            config.out().name(), leaseName())
                    .invoke(found -> place = Optional.of(found))
                    .replaceWithVoid());
        }
    }

    /** How far the relay has come; empty if none is configured. */
    public Uni<Optional<RelayStatus>> status() {
        if (config.out().topic().isEmpty()) {
            return Uni.createFrom().item(Optional.empty());
        }
        return table.place(config.out().name(), leaseName())
                .map(found -> Optional.of(new RelayStatus(
                        config.out().name(), config.out().topic().orElseThrow(), found.position(), found.halted())));
    }

    /**
     * Lets a relay that was held up go on with the log that there is. What the topic has of another one stays there.
     *
     * @return false if nothing holds it up
     */
    public Uni<Boolean> resume() {
        return table.accept(config.out().name());
    }

    private String leaseName() {
        return LEASE_PREFIX + config.out().name();
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        places.cancel();
        RelayRun running = current();
        if (running != null) {
            running.stop();
        }
    }

    @Override
    public synchronized void acquired(Lease lease) {
        run = new RelayRun(
                config, clients, table, store, log, streamer, cloudEvents, substitutes, meters, tasks, lease);
        run.start();
    }

    @Override
    public synchronized void lost(Lease lease) {
        if (run != null && run.lease().equals(lease)) {
            run.stop();
            run = null;
        }
    }

    private synchronized RelayRun current() {
        return run;
    }

    /** Events of the log that the relay has not finished; 0 where another replica runs it, and not a number as long as it is not known. */
    private double lag() {
        RelayRun running = current();
        if (running != null && running.position().isPresent()) {
            return behind(running.position().getAsLong());
        }
        return place.map(found -> running == null && found.owned()
                        ? 0
                        : behind(found.position()
                                .orElse(config.out().from() == KafkaConfig.From.END ? Long.MAX_VALUE : 0)))
                .orElse(Double.NaN);
    }

    private double behind(long position) {
        return Math.max(0, streamer.globalPosition() - position);
    }
}
