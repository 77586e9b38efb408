package io.eventuali.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** What live delivery tells of itself. */
@Singleton
class StreamMeters {
    private final MeterRegistry registry;
    private final Counter delivered;
    private final Counter refused;
    private final Counter stalled;

    StreamMeters(MeterRegistry registry) {
        this.registry = registry;
        delivered = Counter.builder("eventuali.events.delivered")
                .description("Events handed to subscribers, all together")
                .register(registry);
        refused = Counter.builder("eventuali.subscribers.refused")
                .description("Subscribers, and others who stay, asked to come back later, since there were too many")
                .register(registry);
        stalled = Counter.builder("eventuali.subscribers.stalled")
                .description("Connections closed since they took nothing for too long")
                .register(registry);
    }

    void register(OutgoingBytes outgoing) {
        gauge("eventuali.outgoing.bytes", "Memory of what connections have not taken yet", outgoing::bytes);
        gauge("eventuali.outgoing.waiting", "Readers that wait for room to be sent anything", outgoing::waiting);
    }

    void register(Broadcast broadcast, PageCache pages, Supplier<List<ActiveSubscription>> subscriptions) {
        LiveRing ring = broadcast.ring();
        BatchCache batches = broadcast.batches();
        gauge("eventuali.log.head.position", "Global position of the newest event this replica delivers", ring::head);
        gauge("eventuali.live.buffer.bytes", "Memory held by the live buffer", ring::bytes);
        gauge("eventuali.live.buffer.events", "Events in the live buffer", () -> ring.head() - ring.floor());
        gauge("eventuali.page.cache.bytes", "Memory held by pages of history", pages::bytes);
        counter("eventuali.page.cache.hits", "Pages of history served from memory", pages, PageCache::hits);
        counter("eventuali.page.cache.reads", "Pages of history read from the database", pages, PageCache::reads);
        gauge("eventuali.shared.batches.bytes", "Memory held by pieces that subscribers share", batches::bytes);
        counter(
                "eventuali.shared.batches.hits",
                "Pieces that had been made for another subscriber",
                batches,
                BatchCache::shared);
        counter(
                "eventuali.shared.batches.made",
                "Pieces made for groups of several subscribers",
                batches,
                BatchCache::made);
        gauge("eventuali.filter.groups", "Different filters of this replica's subscribers", broadcast::groups);
        for (SubscriptionCursor.Phase phase : SubscriptionCursor.Phase.values()) {
            String state = phase.text();
            Gauge.builder("eventuali.subscribers", () -> subscriptions.get().stream()
                            .filter(subscription -> subscription.state().equals(state))
                            .count())
                    .tag("state", state)
                    .description("Subscribers of this replica")
                    .register(registry);
        }
        gauge(
                "eventuali.subscribers.lag.max",
                "Events the slowest subscriber is behind",
                () -> subscriptions.get().stream()
                        .mapToLong(ActiveSubscription::lag)
                        .max()
                        .orElse(0));
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    private <T> void counter(String name, String description, T source, ToLongFunction<T> value) {
        FunctionCounter.builder(name, source, counted -> (double) value.applyAsLong(counted))
                .description(description)
                .register(registry);
    }

    void delivered(long events) {
        delivered.increment(events);
    }

    /** One more connection was closed that took nothing. */
    void stalled() {
        stalled.increment();
    }

    void refused() {
        refused.increment();
    }
}
