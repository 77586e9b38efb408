package io.eventuali.saga;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What sagas tell of themselves. Names of sagas and steps come from code, so there are few. */
@Singleton
class SagaMeters {
    private static final String TAG = "saga";

    private final MeterRegistry registry;

    SagaMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A value that is asked for when metrics are read. */
    void gauge(String name, String description, Supplier<Number> value, String... tags) {
        Gauge.builder(name, value).tags(tags).description(description).register(registry);
    }

    /** An attempt of an action or a compensation came to its end. */
    void attempt(String saga, ActionResult result) {
        Timer.builder("eventuali.saga.step")
                .description("Time of one attempt of an action or a compensation")
                .tags(
                        TAG,
                        saga,
                        "step",
                        result.step(),
                        "kind",
                        result.compensation() ? "compensation" : "action",
                        "outcome",
                        result.failure() == null ? "success" : "failure")
                .serviceLevelObjectives(
                        Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10))
                .register(registry)
                .record(result.durationMs(), TimeUnit.MILLISECONDS);
    }

    /** A saga came to its end here, or to one that needs an operator. */
    void ended(String saga, SagaStatus status) {
        count(
                "eventuali.saga.ended",
                "Sagas that this replica brought to an end",
                TAG,
                saga,
                "status",
                status.wireName());
    }

    /** A transition was refused, since another replica had made one. */
    void fenced(String saga) {
        count("eventuali.saga.fenced", "Transitions refused, since another replica had been quicker", TAG, saga);
    }

    /** An answer came too late. */
    void late(String saga) {
        count("eventuali.saga.late", "Answers of actions that had been given up", TAG, saga);
    }

    /** An event should have started a saga, and could not be read. */
    void unreadable(String saga) {
        count("eventuali.saga.unreadable", "Events that could not be read into a saga", TAG, saga);
    }

    private void count(String name, String description, String... tags) {
        Counter.builder(name)
                .description(description)
                .tags(tags)
                .register(registry)
                .increment();
    }
}
