package io.eventuali.stream;

import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.CommittedBatch;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogHead;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.SubscriptionRemovals;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The live part of the service alone, as it is when everything is in memory: commits go in, receivers get events. In the package of
 * what it opens, since nothing of that is public.
 */
public final class HubUnderTest {
    private static final StreamId STREAM = new StreamId("Order", "order-1");
    private static final JsonText DATA = new JsonText("{\"n\":1}");

    private final LogIdentity identity = new LogIdentity();
    private final LogTail tail;
    private final EventStreamer streamer;
    private long position;

    /** Opens an empty log. */
    public HubUnderTest() {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(StoreConfig.class)
                .withMapping(StreamConfig.class)
                .build();
        StoreConfig storeConfig = config.getConfigMapping(StoreConfig.class);
        StreamConfig streamConfig = config.getConfigMapping(StreamConfig.class);
        EventStore store = absent(EventStore.class);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        StreamMeters meters = new StreamMeters(registry);
        Tasks tasks = new Tasks(registry);
        tail = new LogTail(store, storeConfig, streamConfig, identity, tasks);
        streamer = new EventStreamer(
                store,
                absent(EngineStore.class),
                absent(SubscriptionRemovals.class),
                tail,
                storeConfig,
                streamConfig,
                new Places(streamConfig, meters),
                new OutgoingBytes(streamConfig, meters),
                meters,
                identity,
                tasks);
        tail.opened(new LogHead(0, identity.epoch()));
    }

    /** Who falls behind what is in memory would need a database; this is not to happen here. */
    private static <T> T absent(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            if (method.getName().equals("onRemoved")) {
                return null;
            }
            throw new IllegalStateException(method + " was called");
        }));
    }

    /** Follows everything from now on. */
    public void receive(Consumer<StreamEvent> receiver) {
        streamer.subscribe(Subscription.builder().build()).events().subscribe().with(receiver, failure -> {
            throw new IllegalStateException(failure);
        });
    }

    /** Whether every receiver stands at the head. */
    public boolean isLive(int receivers) {
        return streamer.subscriptions().stream()
                        .filter(subscription -> subscription.state().equals("live"))
                        .count()
                == receivers;
    }

    /** As after a commit of so many events. */
    public void commit(int events) {
        List<StreamEvent> batch = new ArrayList<>(events);
        for (int i = 0; i < events; i++) {
            batch.add(event(++position));
        }
        tail.committed(new CommittedBatch(identity.epoch(), batch));
    }

    /** The event that all sides publish. */
    public static StreamEvent event(long position) {
        return new StreamEvent(
                position,
                position,
                new UUID(0, position),
                STREAM,
                "ItemAdded",
                Instant.EPOCH,
                DATA,
                JsonText.EMPTY_OBJECT);
    }
}
