package io.eventuali.kafka;

import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.Substitutes;
import io.eventuali.ownership.Lease;
import io.eventuali.ownership.LeaseKeeper;
import io.eventuali.ownership.LeaseListener;
import io.eventuali.store.EventStore;
import io.eventuali.stream.EventStreamer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.List;

/** Sends the log to Kafka, from one replica at a time: the one that holds the lease. */
@Singleton
class KafkaRelay implements LeaseListener {
    private static final String LEASE_PREFIX = "kafka/";

    private final KafkaConfig config;
    private final KafkaClients clients;
    private final RelayTable table;
    private final LeaseKeeper leases;
    private final EventStore store;
    private final EventStreamer streamer;
    private final CloudEventMapping cloudEvents;
    private final Substitutes substitutes;
    private final KafkaMeters meters;
    private RelayRun run;

    KafkaRelay(
            KafkaConfig config,
            KafkaClients clients,
            RelayTable table,
            LeaseKeeper leases,
            EventStore store,
            EventStreamer streamer,
            CloudEventMapping cloudEvents,
            Substitutes substitutes,
            KafkaMeters meters) {
        this.config = config;
        this.clients = clients;
        this.table = table;
        this.leases = leases;
        this.store = store;
        this.streamer = streamer;
        this.cloudEvents = cloudEvents;
        this.substitutes = substitutes;
        this.meters = meters;
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        if (config.out().topic().isPresent()) {
            meters.registerOut(this::lag, () -> current() == null ? 0 : 1);
            leases.keep(List.of(LEASE_PREFIX + config.out().name()), this);
        }
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        RelayRun running = current();
        if (running != null) {
            running.stop();
        }
    }

    @Override
    public synchronized void acquired(Lease lease) {
        run = new RelayRun(config, clients, table, store, streamer, cloudEvents, substitutes, meters, lease);
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

    /** Events of the log that the owner has not finished; 0 elsewhere. */
    private long lag() {
        RelayRun running = current();
        return running == null ? 0 : Math.max(0, streamer.globalPosition() - running.position());
    }
}
