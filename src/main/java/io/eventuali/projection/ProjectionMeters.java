package io.eventuali.projection;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What projections tell of themselves. Names of projections come from code, so there are few. */
@Singleton
class ProjectionMeters {
    private static final String TAG = "projection";

    private final MeterRegistry registry;

    ProjectionMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Meters of one projection. */
    OfOne of(String name) {
        return new OfOne(registry, name);
    }

    /** A value that is asked for when metrics are read. */
    void gauge(String name, String projection, String description, Supplier<Number> value) {
        Gauge.builder(name, value).tag(TAG, projection).description(description).register(registry);
    }

    /** Meters of one projection. */
    static final class OfOne {
        private final Counter events;
        private final Counter failures;
        private final Counter parked;
        private final Counter fenced;
        private final Timer batch;

        private OfOne(MeterRegistry registry, String name) {
            events = Counter.builder("eventuali.projection.events")
                    .tag(TAG, name)
                    .description("Events that this replica's handlers handled")
                    .register(registry);
            failures = Counter.builder("eventuali.projection.failures")
                    .tag(TAG, name)
                    .description("Batches and attempts that failed in a handler")
                    .register(registry);
            parked = Counter.builder("eventuali.projection.parked")
                    .tag(TAG, name)
                    .description("Events that became dead letters")
                    .register(registry);
            fenced = Counter.builder("eventuali.projection.fenced")
                    .tag(TAG, name)
                    .description(
                            "Times that this replica wrote nothing, since the checkpoint was not where it had left it")
                    .register(registry);
            batch = Timer.builder("eventuali.projection.batch")
                    .tag(TAG, name)
                    .description("Time of one batch, from its read to its commit")
                    .serviceLevelObjectives(
                            Duration.ofMillis(5),
                            Duration.ofMillis(20),
                            Duration.ofMillis(100),
                            Duration.ofMillis(500),
                            Duration.ofSeconds(2))
                    .register(registry);
        }

        void committed(int handled, int newDeadLetters) {
            events.increment(handled);
            parked.increment(newDeadLetters);
        }

        void took(long nanos) {
            batch.record(nanos, TimeUnit.NANOSECONDS);
        }

        void failed() {
            failures.increment();
        }

        void fenced() {
            fenced.increment();
        }
    }
}
