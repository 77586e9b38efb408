package io.eventuali.kafka;

import io.eventuali.format.CloudEventMapping;
import io.eventuali.identity.LogIdentity;
import io.eventuali.secret.LogSecret;
import io.eventuali.store.EventStore;
import io.eventuali.store.SourceOffsets;
import io.eventuali.store.StoreConfig;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;

/** Takes topics in. Replicas share the partitions by Kafka's consumer group; the stored offsets keep each record to one append. */
@Singleton
class KafkaIngest {
    private final KafkaConfig config;
    private final KafkaClients clients;
    private final EventStore store;
    private final SourceOffsets offsets;
    private final StoreConfig storeConfig;
    private final CloudEventMapping cloudEvents;
    private final LogSecret secret;
    private final KafkaMeters meters;
    private final LogIdentity identity;
    private final Tasks tasks;
    private IngestRun run;

    KafkaIngest(
            KafkaConfig config,
            KafkaClients clients,
            EventStore store,
            SourceOffsets offsets,
            StoreConfig storeConfig,
            CloudEventMapping cloudEvents,
            LogSecret secret,
            KafkaMeters meters,
            LogIdentity identity,
            Tasks tasks) {
        this.identity = identity;
        this.config = config;
        this.clients = clients;
        this.store = store;
        this.offsets = offsets;
        this.storeConfig = storeConfig;
        this.cloudEvents = cloudEvents;
        this.secret = secret;
        this.meters = meters;
        this.tasks = tasks;
    }

    void start(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) StartupEvent started) {
        if (config.in().topics().isEmpty()) {
            return;
        }
        RecordMapping mapping = config.in().mapping() == KafkaConfig.Mapping.FIELDS
                ? new FieldRecords(config.in().fields())
                : new CloudEventRecords(cloudEvents, name -> secret.ids(LogSecret.Use.CLOUD_EVENTS)
                        .of(name));
        run = new IngestRun(config, clients, store, offsets, storeConfig, mapping, meters, identity, tasks);
        meters.registerIn(run::lag);
        run.start();
    }

    void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent stopping) {
        if (run != null) {
            run.stop();
        }
    }
}
