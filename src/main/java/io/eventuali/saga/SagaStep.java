package io.eventuali.saga;

import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A step in the making: {@code step("charge", payments::charge).compensate(payments::refund).retries(3)}.
 *
 * @param <D> the saga's data
 */
public final class SagaStep<D> {
    private final String name;
    private final Work<D> action;
    private final Awaited<D> awaited;
    private Work<D> compensation;
    private Predicate<D> condition = data -> true;
    private OptionalInt retries = OptionalInt.empty();
    private OptionalInt compensationRetries = OptionalInt.empty();
    private Optional<Duration> timeout = Optional.empty();
    private Optional<Backoff> backoff = Optional.empty();

    SagaStep(String name, Work<D> action, Awaited<D> awaited) {
        this.name = name;
        this.action = action;
        this.awaited = awaited;
    }

    /** Undoes the step if the saga fails later. Without this, there is nothing to undo. */
    public SagaStep<D> compensate(SagaEffect<D> effect) {
        compensation = (data, context) -> {
            effect.run(data, context);
            return Uni.createFrom().nullItem();
        };
        return this;
    }

    /** Undoes the step if the saga fails later, without holding a thread. */
    public SagaStep<D> compensateAsync(BiFunction<D, StepContext, Uni<?>> effect) {
        compensation = (data, context) -> effect.apply(data, context).replaceWith((D) null);
        return this;
    }

    /** How often the action is tried again after it failed; {@code eventuali.saga.retry.attempts} unless said. */
    public SagaStep<D> retries(int number) {
        retries = OptionalInt.of(atLeastZero(number));
        return this;
    }

    /** How often the compensation is tried again; {@code eventuali.saga.retry.compensation-attempts} unless said. */
    public SagaStep<D> compensationRetries(int number) {
        compensationRetries = OptionalInt.of(atLeastZero(number));
        return this;
    }

    /** The wait before the first retry, which doubles each time, and the longest one. Half of it, at most, is taken off at random. */
    public SagaStep<D> backoff(Duration first, Duration longest) {
        if (first.isNegative() || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException("a back-off grows from 0 or more, not from " + first + " to " + longest);
        }
        backoff = Optional.of(new Backoff(first, longest));
        return this;
    }

    /**
     * How long one attempt of the action or the compensation may take ({@code eventuali.saga.step-timeout} unless said), or how
     * long to wait for an event (as long as the saga may take, unless said).
     */
    public SagaStep<D> timeout(Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("a timeout is more than 0, not " + duration);
        }
        timeout = Optional.of(duration);
        return this;
    }

    /** For a step that awaits an event: what of the event has to equal the correlation; its aggregate id, unless said. */
    public SagaStep<D> correlatedBy(Function<StreamEvent, String> key) {
        if (awaited == null) {
            throw new IllegalStateException("the step " + name + " does not await an event");
        }
        awaited.key = key;
        return this;
    }

    void condition(Predicate<D> holds) {
        condition = condition.and(holds);
    }

    private static int atLeastZero(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("retries are 0 or more, not " + number);
        }
        return number;
    }

    String name() {
        return name;
    }

    Work<D> action() {
        return action;
    }

    Optional<Work<D>> compensation() {
        return Optional.ofNullable(compensation);
    }

    boolean applies(D data) {
        return condition.test(data);
    }

    Optional<Awaited<D>> awaited() {
        return Optional.ofNullable(awaited);
    }

    OptionalInt retries() {
        return retries;
    }

    OptionalInt compensationRetries() {
        return compensationRetries;
    }

    Optional<Duration> timeout() {
        return timeout;
    }

    Optional<Backoff> backoff() {
        return backoff;
    }

    /** An action or a compensation; called on a worker thread. */
    @FunctionalInterface
    interface Work<D> {
        Uni<D> start(D data, StepContext context) throws Exception;
    }

    /** How waits between attempts grow. */
    record Backoff(Duration first, Duration longest) {}

    /** The event that a step waits for. */
    static final class Awaited<D> {
        private final String eventType;
        private final Function<D, String> correlation;
        private final EventMapper<D> mapper;
        private Function<StreamEvent, String> key = StreamEvent::aggregateId;

        Awaited(String eventType, Function<D, String> correlation, EventMapper<D> mapper) {
            this.eventType = eventType;
            this.correlation = correlation;
            this.mapper = mapper;
        }

        String eventType() {
            return eventType;
        }

        /** What the event's key has to be. */
        String correlation(D data) {
            return correlation.apply(data);
        }

        String key(StreamEvent event) {
            return key.apply(event);
        }

        D apply(D data, StreamEvent event, SagaCodec codec) {
            return mapper.apply(data, event, codec);
        }
    }

    /** What an awaited event does to the saga's data. */
    @FunctionalInterface
    interface EventMapper<D> {
        D apply(D data, StreamEvent event, SagaCodec codec);
    }
}
