package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.saga.SagaEvent.CompensationFailed;
import io.eventuali.saga.SagaEvent.CompensationStarted;
import io.eventuali.saga.SagaEvent.DeadlineExceeded;
import io.eventuali.saga.SagaEvent.LateResultIgnored;
import io.eventuali.saga.SagaEvent.SagaCancelled;
import io.eventuali.saga.SagaEvent.SagaCompensated;
import io.eventuali.saga.SagaEvent.SagaCompleted;
import io.eventuali.saga.SagaEvent.SagaFailed;
import io.eventuali.saga.SagaEvent.SagaResumed;
import io.eventuali.saga.SagaEvent.StepCompensated;
import io.eventuali.saga.SagaEvent.StepCompleted;
import io.eventuali.saga.SagaEvent.StepFailed;
import io.eventuali.saga.SagaEvent.StepSkipped;
import io.eventuali.saga.SagaEvent.StepStarted;
import io.eventuali.store.AppendRequest.StreamAppend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/** What comes next in a saga: a function of its state, of what an action answered, and of the time. Acts on nothing. */
final class Decider<D> {
    private final SagaHandler<D> saga;
    private final SagaCodec codec;
    private final SagaConfig config;
    private final DoubleSupplier random;

    /** @param random from 0 to 1, for the jitter of retries */
    Decider(SagaHandler<D> saga, SagaCodec codec, SagaConfig config, DoubleSupplier random) {
        this.saga = saga;
        this.codec = codec;
        this.config = config;
        this.random = random;
    }

    /**
     * Decides.
     *
     * @param state left as it is
     * @param answer of an action, or null
     * @param running steps whose action or compensation runs here; others that ought to run are begun anew
     */
    Decision decide(SagaState state, ActionResult answer, Instant now, Set<String> running) {
        SagaStatus before = state.status();
        SagaState next = state.copy();
        List<SagaEvent> events = new ArrayList<>();
        Set<String> mine = new HashSet<>(running);
        if (next.halted().isPresent()) {
            record(next, events, new SagaResumed(saga.version()), now);
        }
        if (answer != null) {
            record(next, events, answered(next, answer), now);
            mine.remove(answer.step());
        }
        Optional<SagaEvent> event = follow(next, now, mine);
        while (event.isPresent()) {
            record(next, events, event.get(), now);
            if (event.get() instanceof StepStarted started) {
                mine.add(started.step());
            } else if (event.get() instanceof CompensationStarted started) {
                mine.add(started.step());
            }
            event = follow(next, now, mine);
        }
        boolean succeeded =
                events.stream().anyMatch(done -> done instanceof StepCompleted || done instanceof StepCompensated);
        return new Decision(before, next, events, answer != null && succeeded ? answer.appends() : List.of());
    }

    private static void record(SagaState state, List<SagaEvent> events, SagaEvent event, Instant now) {
        state.apply(event, now);
        events.add(event);
    }

    private SagaEvent answered(SagaState state, ActionResult answer) {
        StepState step = state.step(answer.step());
        boolean awaited = answer.compensation()
                ? step.compensationRunning && step.compensationAttempts == answer.attempt()
                : step.status == StepStatus.EXECUTING && step.attempts == answer.attempt();
        ActionFailure failure = answer.failure();
        if (!awaited) {
            return new LateResultIgnored(
                    answer.step(),
                    answer.attempt(),
                    answer.compensation(),
                    failure == null ? "succeeded" : "failed: " + failure.message());
        }
        if (answer.compensation()) {
            return failure == null
                    ? new StepCompensated(answer.step(), answer.attempt(), answer.durationMs(), null, null)
                    : new CompensationFailed(
                            answer.step(),
                            answer.attempt(),
                            answer.durationMs(),
                            failure.type(),
                            failure.message(),
                            retryIn(
                                    step.name,
                                    step.compensationFailures,
                                    definition(step.name)
                                            .compensationRetries()
                                            .orElse(config.retry().compensationAttempts())));
        }
        if (failure != null) {
            Long retry = state.status() == SagaStatus.COMPENSATING
                    ? null
                    : retryIn(
                            step.name,
                            step.failures,
                            definition(step.name)
                                    .retries()
                                    .orElse(
                                            step.awaitedType != null
                                                    ? 0
                                                    : config.retry().attempts()));
            return new StepFailed(
                    answer.step(),
                    answer.attempt(),
                    answer.durationMs(),
                    failure.type(),
                    failure.message(),
                    failure.outcomeUnknown(),
                    retry);
        }
        JsonNode merged = SagaJson.merge(state.data(), answer.before(), answer.after());
        return new StepCompleted(
                answer.step(), answer.attempt(), answer.durationMs(), merged.equals(state.data()) ? null : merged);
    }

    private Long retryIn(String step, int failures, int retries) {
        if (failures >= retries) {
            return null;
        }
        SagaStep.Backoff backoff = definition(step)
                .backoff()
                .orElse(new SagaStep.Backoff(
                        config.retry().delay(), config.retry().maxDelay()));
        double longest = backoff.longest().toMillis();
        double wait = Math.min(longest, backoff.first().toMillis() * Math.pow(2, failures));
        return Math.round(wait * (1 - random.getAsDouble() / 2));
    }

    /** The next thing that happens by itself; empty when it is somebody else's turn. */
    private Optional<SagaEvent> follow(SagaState state, Instant now, Set<String> running) {
        return switch (state.status()) {
            case STARTED, IN_PROGRESS -> forward(state, now, running);
            case COMPENSATING -> backward(state, now, running);
            case COMPLETED, COMPENSATED, COMPENSATION_FAILED, FAILED, CANCELLED -> Optional.empty();
        };
    }

    private Optional<SagaEvent> forward(SagaState state, Instant now, Set<String> running) {
        if (!now.isBefore(state.deadlineAt())) {
            return Optional.of(new DeadlineExceeded(state.deadlineMs()));
        }
        Optional<List<SagaStep<D>>> stage = saga.stages().stream()
                .filter(steps ->
                        !steps.stream().allMatch(step -> state.step(step.name()).isSettled()))
                .findFirst();
        if (stage.isEmpty()) {
            return Optional.of(new SagaCompleted(took(state, now)));
        }
        return stage.get().stream()
                .flatMap(step -> forward(step, state, now, running).stream())
                .findFirst();
    }

    private Optional<SagaEvent> forward(SagaStep<D> definition, SagaState state, Instant now, Set<String> running) {
        StepState step = state.step(definition.name());
        boolean retryDue = step.retryAt != null && !now.isBefore(step.retryAt);
        boolean abandoned =
                step.status == StepStatus.EXECUTING && step.awaitedType == null && !running.contains(step.name);
        if (step.isAwaiting() && step.awaitUntil != null && !now.isBefore(step.awaitUntil)) {
            return Optional.of(new StepFailed(
                    step.name,
                    step.attempts,
                    Duration.between(step.startedAt, now).toMillis(),
                    "AwaitTimeout",
                    "no %s came for %s in time".formatted(step.awaitedType, step.awaitedKey),
                    false,
                    null));
        }
        if (step.status != StepStatus.PENDING && !retryDue && !abandoned) {
            return Optional.empty();
        }
        try {
            return Optional.of(begun(definition, step, state));
        } catch (RuntimeException thrown) {
            // A condition or a correlation that throws has no effect elsewhere.
            ActionFailure failure = ActionFailure.of(thrown);
            return Optional.of(
                    new StepFailed(step.name, step.attempts, 0, failure.type(), failure.message(), false, null));
        }
    }

    private SagaEvent begun(SagaStep<D> definition, StepState step, SagaState state) {
        D data = saga.data(state.data(), codec);
        if (step.status == StepStatus.PENDING && !definition.applies(data)) {
            return new StepSkipped(step.name, "its condition does not hold", null);
        }
        Optional<SagaStep.Awaited<D>> awaited = definition.awaited();
        Long timeout = definition.timeout().map(Duration::toMillis).orElse(null);
        if (awaited.isPresent()) {
            String key = awaited.get().correlation(data);
            if (key == null) {
                throw new IllegalStateException("the correlation is null");
            }
            return new StepStarted(
                    step.name, step.attempts + 1, null, timeout, awaited.get().eventType(), key);
        }
        return new StepStarted(
                step.name,
                step.attempts + 1,
                StepContext.actionKey(state.sagaId(), step.name),
                timeout == null ? config.stepTimeout().toMillis() : timeout,
                null,
                null);
    }

    private Optional<SagaEvent> backward(SagaState state, Instant now, Set<String> running) {
        for (StepState step : state.steps()) {
            if (step.status != StepStatus.EXECUTING) {
                continue;
            }
            if (step.isAwaiting()) {
                return Optional.of(new StepSkipped(step.name, "the saga is being undone", null));
            }
            if (running.contains(step.name)) {
                // Whether it succeeds decides if it has to be undone.
                return Optional.empty();
            }
            return Optional.of(new StepFailed(
                    step.name,
                    step.attempts,
                    0,
                    "Interrupted",
                    "the replica that ran it did not answer any more",
                    step.awaitedType == null,
                    null));
        }
        Optional<StepState> toUndo =
                state.steps().stream().filter(this::isToUndo).max(Comparator.comparingInt(step -> step.order));
        if (toUndo.isEmpty()) {
            return Optional.of(end(state, now));
        }
        StepState step = toUndo.get();
        boolean waits = step.compensationRetryAt != null && now.isBefore(step.compensationRetryAt);
        if (running.contains(step.name) || waits) {
            return Optional.empty();
        }
        return Optional.of(new CompensationStarted(
                step.name, step.compensationAttempts + 1, StepContext.compensationKey(state.sagaId(), step.name)));
    }

    private boolean isToUndo(StepState step) {
        boolean mayHaveEffect = step.status == StepStatus.COMPLETED
                || step.status == StepStatus.COMPENSATING
                || step.status == StepStatus.FAILED && step.outcomeUnknown;
        return mayHaveEffect && definition(step.name).compensation().isPresent();
    }

    private static SagaEvent end(SagaState state, Instant now) {
        long took = took(state, now);
        if (state.isCancelled()) {
            return new SagaCancelled(took);
        }
        return state.isUndone() ? new SagaCompensated(took) : new SagaFailed(took);
    }

    private static long took(SagaState state, Instant now) {
        return Math.max(0, Duration.between(state.startedAt(), now).toMillis());
    }

    private SagaStep<D> definition(String step) {
        return saga.step(step);
    }

    /** Steps whose action, compensation or event mapper has to run now, if it does not already. */
    static Stream<StepState> toRun(SagaState state) {
        return state.steps().stream()
                .filter(step -> step.status == StepStatus.EXECUTING && !step.isAwaiting() || step.compensationRunning);
    }

    /**
     * What was decided.
     *
     * @param before the status before it
     * @param next the state after it
     * @param events to record; none if there is nothing to do
     * @param appends of others, to be recorded with them
     */
    record Decision(SagaStatus before, SagaState next, List<SagaEvent> events, List<StreamAppend> appends) {}
}
