package io.eventuali.store.postgres;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** What the store tells of itself. */
@Singleton
class StoreMeters {
    private final MeterRegistry registry;
    private final Counter events;
    private final Counter replays;
    private final Counter conflicts;
    private final Counter rejected;
    private final DistributionSummary batchEvents;
    private final DistributionSummary batchRequests;
    private final Timer commit;
    private final Timer append;
    private final Timer pageRead;
    private final Counter selected;
    private final Counter scanned;
    private final AtomicLong indexed = new AtomicLong();

    StoreMeters(MeterRegistry registry) {
        this.registry = registry;
        events = Counter.builder("eventuali.events.appended")
                .description("Events committed by this replica")
                .register(registry);
        replays = Counter.builder("eventuali.append.replays")
                .description("Appends answered with the first result, since their event ids were in the log")
                .register(registry);
        conflicts = Counter.builder("eventuali.append.conflicts")
                .description("Appends refused for their precondition or an event id")
                .register(registry);
        rejected = Counter.builder("eventuali.append.rejected")
                .description("Appends refused because the queue was full")
                .register(registry);
        batchEvents = DistributionSummary.builder("eventuali.append.batch.events")
                .description("Events of one transaction")
                .register(registry);
        batchRequests = DistributionSummary.builder("eventuali.append.batch.requests")
                .description("Requests of one transaction")
                .register(registry);
        commit = Timer.builder("eventuali.append.commit")
                .description("Time of one transaction, from sending it to its commit")
                .serviceLevelObjectives(objectives())
                .register(registry);
        append = Timer.builder("eventuali.append.duration")
                .description("Time of one append, waiting included")
                .serviceLevelObjectives(objectives())
                .register(registry);
        pageRead = Timer.builder("eventuali.log.page.read")
                .description("Time to read one page of the log from the database")
                .serviceLevelObjectives(objectives())
                .register(registry);
        selected = selection(registry, "index");
        scanned = selection(registry, "scan");
        gauge("eventuali.log.index.position", "Up to where the log is indexed by kinds of events", indexed::get);
    }

    void selected(boolean byIndex) {
        (byIndex ? selected : scanned).increment();
    }

    void indexed(long position) {
        indexed.set(position);
    }

    private static Counter selection(MeterRegistry registry, String answer) {
        return Counter.builder("eventuali.log.selections")
                .tag("answer", answer)
                .description("Filtered reads of history: answered by an index, or told to read the log")
                .register(registry);
    }

    private static Duration[] objectives() {
        return new Duration[] {
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10)
        };
    }

    void queue(AppendQueue queue) {
        gauge("eventuali.append.queue.requests", "Requests waiting to be written", queue::size);
        gauge("eventuali.append.queue.bytes", "Characters of JSON waiting to be written", queue::bytes);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    void committed(int eventCount, int requests, long nanos) {
        events.increment(eventCount);
        batchEvents.record(eventCount);
        batchRequests.record(requests);
        commit.record(nanos, TimeUnit.NANOSECONDS);
    }

    void appended(long nanos) {
        append.record(nanos, TimeUnit.NANOSECONDS);
    }

    void replay() {
        replays.increment();
    }

    void conflict() {
        conflicts.increment();
    }

    void rejected() {
        rejected.increment();
    }

    void pageRead(long nanos) {
        pageRead.record(nanos, TimeUnit.NANOSECONDS);
    }
}
