package io.eventuali.kafka;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.function.Supplier;

/** What the ways to and from Kafka tell of themselves. What is off has no meters. */
@Singleton
class KafkaMeters {
    private final MeterRegistry registry;
    private Counter sent;
    private Counter outFailures;
    private Counter taken;
    private Counter deadLetters;
    private Counter duplicates;
    private Counter expired;
    private Counter inFailures;
    private Counter tailed;
    private Counter gaps;

    KafkaMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void registerOut(Supplier<Number> lag, Supplier<Number> owned, Supplier<Number> halted) {
        sent = counter("eventuali.kafka.out.events", "Events that the broker acknowledged");
        outFailures =
                counter("eventuali.kafka.out.failures", "Attempts that failed, since the broker or the database did");
        gauge(
                "eventuali.kafka.out.lag.events",
                "Events of the log that the relay has not finished; where it is owned",
                lag);
        gauge("eventuali.kafka.out.owned", "1 where this replica runs the relay", owned);
        gauge("eventuali.kafka.out.halted", "1 while the topic has events that the log has not", halted);
    }

    void registerIn(Supplier<Number> lag) {
        taken = counter("eventuali.kafka.in.events", "Records that became events");
        deadLetters = counter("eventuali.kafka.in.dead.letters", "Records that could not become events");
        duplicates = counter("eventuali.kafka.in.duplicates", "Records whose event was in the log already");
        expired =
                counter("eventuali.kafka.in.expired", "Records that the broker had deleted before they were taken in");
        inFailures =
                counter("eventuali.kafka.in.failures", "Attempts that failed, since the broker or the database did");
        gauge("eventuali.kafka.in.lag.records", "Records of this replica's partitions that were not taken in", lag);
    }

    void registerTail() {
        tailed = counter("eventuali.kafka.tail.events", "Events that the live tail got from Kafka");
        gaps = counter(
                "eventuali.kafka.tail.gaps", "Times that events were missing and had to be read from the database");
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    void sent(int events) {
        sent.increment(events);
    }

    void outFailed() {
        outFailures.increment();
    }

    void taken(int records) {
        taken.increment(records);
    }

    void deadLetter() {
        deadLetters.increment();
    }

    void duplicate() {
        duplicates.increment();
    }

    void expired(long records) {
        expired.increment(records);
    }

    void inFailed() {
        inFailures.increment();
    }

    void tailed(int events) {
        tailed.increment(events);
    }

    void gap() {
        gaps.increment();
    }
}
