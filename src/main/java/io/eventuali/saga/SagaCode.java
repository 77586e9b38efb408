package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/** One version of a saga's code, ready to decide and to act. */
final class SagaCode<D> {
    private final SagaHandler<D> handler;
    private final SagaCodec codec;
    private final SagaConfig config;
    private final Decider<D> decider;

    SagaCode(SagaHandler<D> handler, SagaCodec codec, SagaConfig config) {
        this(handler, codec, config, () -> ThreadLocalRandom.current().nextDouble());
    }

    SagaCode(SagaHandler<D> handler, SagaCodec codec, SagaConfig config, DoubleSupplier random) {
        this.handler = handler;
        this.codec = codec;
        this.config = config;
        this.decider = new Decider<>(handler, codec, config, random);
    }

    Decider.Decision decide(SagaState state, ActionResult answer, Instant now, Set<String> running) {
        return decider.decide(state, answer, now, running);
    }

    /**
     * Runs what a step is at: its action, its compensation, or what the awaited event does to the data. Call it on a worker thread.
     *
     * @param received the awaited event, if it is at that
     * @return the data after it
     */
    Uni<JsonNode> run(SagaState state, StepState step, Optional<StreamEvent> received, StepContext context)
            throws Exception {
        SagaStep<D> definition = handler.step(step.name);
        JsonNode before = state.data();
        D data = handler.data(before, codec);
        if (step.compensationRunning) {
            return definition.compensation().orElseThrow().start(data, context).replaceWith(before);
        }
        if (received.isPresent()) {
            return Uni.createFrom()
                    .item(after(definition.awaited().orElseThrow().apply(data, received.get(), codec), before));
        }
        return definition.action().start(data, context).map(result -> after(result, before));
    }

    private JsonNode after(D result, JsonNode before) {
        return result == null ? before : codec.write(result);
    }

    /** How long one attempt of what a step is at may take, in ms. */
    long timeoutMs(StepState step) {
        if (step.awaitedType != null && !step.compensationRunning) {
            return config.stepTimeout().toMillis();
        }
        return handler.step(step.name).awaited().isPresent()
                ? config.stepTimeout().toMillis()
                : handler.step(step.name).timeout().orElse(config.stepTimeout()).toMillis();
    }

    /**
     * What the first event of a saga is to be.
     *
     * @throws java.io.UncheckedIOException if the data do not fit
     */
    SagaEvent.SagaStarted started(JsonNode data, String businessKey, long after, String by) {
        D read = handler.data(data, codec);
        if (read == null) {
            throw new IllegalArgumentException("the data are null");
        }
        return started(codec.write(read), businessKey, after, by, handler);
    }

    /** What an event that starts a saga makes its first event; empty if it starts none after all. */
    Optional<SagaEvent.SagaStarted> started(StreamEvent event, String businessKey) {
        D data = handler.starts().get(event.eventType()).data().apply(event, codec);
        return data == null
                ? Optional.empty()
                : Optional.of(started(codec.write(data), businessKey, event.globalPosition(), null, handler));
    }

    private SagaEvent.SagaStarted started(
            JsonNode data, String businessKey, long after, String by, SagaHandler<D> code) {
        return new SagaEvent.SagaStarted(
                code.version(),
                businessKey,
                code.stepNames(),
                data,
                code.deadline().orElse(config.deadline()).toMillis(),
                after,
                by);
    }

    /** Types of the events that start one. */
    Set<String> starts() {
        return handler.starts().keySet();
    }

    boolean startsOn(StreamEvent event) {
        return handler.starts().containsKey(event.eventType());
    }

    String businessKey(StreamEvent event) {
        return handler.starts().get(event.eventType()).businessKey().apply(event);
    }

    /** Steps that await events of this type. */
    List<SagaStep<D>> awaiting(String eventType) {
        return handler.steps().stream()
                .filter(step -> step.awaited()
                        .filter(awaited -> awaited.eventType().equals(eventType))
                        .isPresent())
                .toList();
    }

    List<String> stepNames() {
        return handler.stepNames();
    }

    boolean fits(List<String> steps) {
        return handler.stepNames().equals(steps);
    }

    String type() {
        return handler.name();
    }

    int version() {
        return handler.version();
    }
}
