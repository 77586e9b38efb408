package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.Json;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Tests a saga without a database and without waiting: time is virtual.
 *
 * <pre>{@code
 * given(new OrderSaga(payments, stock)).with(order)
 *         .whenStepFails("charge")
 *         .expectCompensated("reserve-stock")
 *         .expectStatus(SagaStatus.COMPENSATED);
 * }</pre>
 *
 * <p>The saga runs to where nothing happens any more when the first expectation is looked at. Without {@link #with data}, actions
 * are not called and succeed, unless they are told to fail.
 *
 * @param <D> the saga's data
 */
public final class SagaTestKit<D> {
    private static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration ACTION_TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_TURNS = 10_000;
    private static final int ALWAYS = Integer.MAX_VALUE;

    private final SagaHandler<D> saga;
    private final SagaCodec codec;
    private final SagaCode<D> code;
    private final Map<String, Integer> failing = new HashMap<>();
    private final Map<String, Integer> silent = new HashMap<>();
    private final Map<String, Integer> failingCompensations = new HashMap<>();
    private final List<StreamEvent> incoming = new ArrayList<>();
    private final List<SagaEvent> recorded = new ArrayList<>();
    private final List<String> compensated = new ArrayList<>();
    private final List<String> executed = new ArrayList<>();
    private final List<NewEvent> appended = new ArrayList<>();
    private final Set<String> running = new HashSet<>();
    private Optional<D> data = Optional.empty();
    private Optional<String> cancelAt = Optional.empty();
    private SagaState state;
    private Instant now = BEGINNING;

    private SagaTestKit(SagaHandler<D> saga, ObjectMapper mapper) {
        this.saga = saga;
        this.codec = new SagaCodec(mapper);
        this.code = new SagaCode<>(saga, codec, new Defaults(), () -> 0);
    }

    /** A kit that reads and writes JSON as Quarkus does by default. */
    public static <D> SagaTestKit<D> given(SagaHandler<D> saga) {
        return given(saga, Json.MAPPER);
    }

    /** A kit that reads and writes JSON as the application does. */
    public static <D> SagaTestKit<D> given(SagaHandler<D> saga, ObjectMapper mapper) {
        return new SagaTestKit<>(saga, mapper);
    }

    /** What the saga knows at first. Its actions are called from now on. */
    public SagaTestKit<D> with(D first) {
        data = Optional.of(first);
        return this;
    }

    /** Every attempt of this step fails, without effect. */
    public SagaTestKit<D> whenStepFails(String step) {
        return whenStepFails(step, ALWAYS);
    }

    /** So many attempts of this step fail, without effect, before one succeeds. */
    public SagaTestKit<D> whenStepFails(String step, int times) {
        failing.put(known(step), times);
        return this;
    }

    /** No attempt of this step answers in time: nobody knows whether it had an effect. */
    public SagaTestKit<D> whenStepTimesOut(String step) {
        silent.put(known(step), ALWAYS);
        return this;
    }

    /** Every attempt to compensate this step fails. */
    public SagaTestKit<D> whenCompensationFails(String step) {
        return whenCompensationFails(step, ALWAYS);
    }

    /** So many attempts to compensate this step fail before one succeeds. */
    public SagaTestKit<D> whenCompensationFails(String step, int times) {
        failingCompensations.put(known(step), times);
        return this;
    }

    /**
     * An event that the saga may await comes, before the saga gets to it.
     *
     * @param json its data
     */
    public SagaTestKit<D> whenEvent(String aggregateType, String aggregateId, String eventType, String json) {
        long position = incoming.size() + 1;
        incoming.add(new StreamEvent(
                position,
                1,
                UUID.randomUUID(),
                new StreamId(aggregateType, aggregateId),
                eventType,
                BEGINNING,
                new JsonText(json),
                JsonText.EMPTY_OBJECT));
        return this;
    }

    /** An operator cancels the saga when this step is done. */
    public SagaTestKit<D> whenCancelledAfter(String step) {
        cancelAt = Optional.of(known(step));
        return this;
    }

    private String known(String step) {
        return saga.step(step).name();
    }

    private void run() {
        if (state != null) {
            return;
        }
        JsonNode first = data.map(codec::write).orElseGet(() -> SagaJson.tree("{}"));
        state = new SagaState(saga.name(), "test");
        record(new SagaEvent.SagaStarted(
                saga.version(),
                null,
                saga.stepNames(),
                first,
                saga.deadline().orElse(new Defaults().deadline()).toMillis(),
                0,
                null));
        for (int turn = 0; turn < MAX_TURNS; turn++) {
            decide(null);
            if (!act() && !receive() && !sleep()) {
                return;
            }
        }
        throw new IllegalStateException("the saga does not come to an end: " + recorded);
    }

    private void record(SagaEvent event) {
        state.apply(event, now);
        recorded.add(event);
    }

    private void decide(ActionResult answer) {
        Decider.Decision decision = code.decide(state, answer, now, running);
        state = decision.next();
        recorded.addAll(decision.events());
        decision.appends().stream().map(StreamAppend::events).forEach(appended::addAll);
        if (answer != null) {
            running.remove(answer.step());
        }
        Decider.toRun(state).forEach(step -> running.add(step.name));
        if (cancelAt.isPresent()
                && state.step(cancelAt.get()).status == StepStatus.COMPLETED
                && state.allowedVerbs().contains(SagaVerb.CANCEL)) {
            record(new SagaEvent.CancelRequested("test", "test"));
        }
    }

    /** Runs what is to run. False if there is nothing. */
    private boolean act() {
        List<StepState> steps = Decider.toRun(state).map(StepState::copy).toList();
        SagaState seen = state.copy();
        for (StepState step : steps) {
            decide(answer(seen, step));
        }
        return !steps.isEmpty();
    }

    private ActionResult answer(SagaState seen, StepState step) {
        boolean undo = step.compensationRunning;
        int attempt = undo ? step.compensationAttempts : step.attempts;
        StepContext context = new StepContext(seen, step.name, attempt, undo, Span.getInvalid());
        (undo ? compensated : executed).add(step.name);
        if (!undo && counts(silent, step.name)) {
            now = now.plusMillis(code.timeoutMs(step));
            return result(seen, step, attempt, seen.data(), List.of(), ActionFailure.unknown("Timeout", "no answer"));
        }
        if (counts(undo ? failingCompensations : failing, step.name)) {
            return result(
                    seen,
                    step,
                    attempt,
                    seen.data(),
                    List.of(),
                    new ActionFailure("Injected", "the test lets it fail", false));
        }
        if (data.isEmpty()) {
            return result(seen, step, attempt, seen.data(), List.of(), null);
        }
        try {
            JsonNode after =
                    code.run(seen, step, received(step), context).await().atMost(ACTION_TIMEOUT);
            return result(seen, step, attempt, after, context.appends(), null);
        } catch (Exception | AssertionError thrown) {
            return result(seen, step, attempt, seen.data(), List.of(), ActionFailure.of(thrown));
        }
    }

    private Optional<StreamEvent> received(StepState step) {
        return step.receivedPosition == 0 || step.compensationRunning
                ? Optional.empty()
                : Optional.of(incoming.get((int) step.receivedPosition - 1));
    }

    private static ActionResult result(
            SagaState seen,
            StepState step,
            int attempt,
            JsonNode after,
            List<StreamAppend> appends,
            ActionFailure failure) {
        return new ActionResult(step.name, attempt, step.compensationRunning, 0, seen.data(), after, appends, failure);
    }

    private static boolean counts(Map<String, Integer> left, String step) {
        int times = left.getOrDefault(step, 0);
        if (times == 0) {
            return false;
        }
        if (times != ALWAYS) {
            left.put(step, times - 1);
        }
        return true;
    }

    /** Hands over an event that is awaited. False if there is none. */
    private boolean receive() {
        for (StepState step : state.steps()) {
            if (state.status() != SagaStatus.IN_PROGRESS || !step.isAwaiting()) {
                continue;
            }
            SagaStep.Awaited<D> awaited = saga.step(step.name).awaited().orElseThrow();
            long after = state.awaitAfter(step);
            Optional<StreamEvent> event = incoming.stream()
                    .filter(candidate -> candidate.globalPosition() > after)
                    .filter(candidate -> candidate.eventType().equals(step.awaitedType))
                    .filter(candidate -> data.isEmpty() || step.awaitedKey.equals(awaited.key(candidate)))
                    .findFirst();
            if (event.isPresent()) {
                record(new SagaEvent.AwaitedEventReceived(
                        step.name,
                        event.get().globalPosition(),
                        event.get().eventId().toString()));
                return true;
            }
        }
        return false;
    }

    /** Lets the time pass until the next timer. False if there is none. */
    private boolean sleep() {
        Optional<Instant> next = state.timers().stream()
                .filter(timer -> !timer.kind().equals("step-timeout"))
                .map(SagaTimer::dueAt)
                .min(Instant::compareTo);
        if (next.isEmpty() || state.status() == SagaStatus.COMPENSATION_FAILED) {
            return false;
        }
        now = next.get().isAfter(now) ? next.get() : now;
        return true;
    }

    /** How the saga ended, or where it is stuck. */
    public SagaStatus status() {
        run();
        return state.status();
    }

    /** What the saga knows at its end. */
    public D data() {
        run();
        return saga.data(state.data(), codec);
    }

    /** How long it took in virtual time. */
    public Duration elapsed() {
        run();
        return Duration.between(BEGINNING, now);
    }

    /** Names of the events in its stream, in their order. */
    public List<String> recorded() {
        run();
        return recorded.stream().map(SagaEvent::type).toList();
    }

    /** Events that its steps appended, in their order. */
    public List<NewEvent> appended() {
        run();
        return List.copyOf(appended);
    }

    /** @throws AssertionError unless the saga ended so */
    public SagaTestKit<D> expectStatus(SagaStatus expected) {
        return check(status() == expected, "status " + expected, status());
    }

    /** @throws AssertionError unless every step was completed or skipped */
    public SagaTestKit<D> expectCompleted() {
        return expectStatus(SagaStatus.COMPLETED);
    }

    /** @throws AssertionError unless the compensations of exactly these steps were called, in this order; repetitions count once */
    public SagaTestKit<D> expectCompensated(String... steps) {
        run();
        List<String> called = compensated.stream().distinct().toList();
        return check(called.equals(Arrays.asList(steps)), "compensations " + Arrays.asList(steps), called);
    }

    /** @throws AssertionError unless the actions of exactly these steps were called, in this order, repetitions included */
    public SagaTestKit<D> expectExecuted(String... steps) {
        run();
        return check(executed.equals(Arrays.asList(steps)), "actions " + Arrays.asList(steps), executed);
    }

    /** @throws AssertionError unless the step ended so */
    public SagaTestKit<D> expectStep(String step, StepStatus expected) {
        run();
        StepStatus actual = state.step(known(step)).status;
        return check(actual == expected, step + " " + expected, actual);
    }

    /** @throws AssertionError unless the saga's data are equal to these at its end */
    public SagaTestKit<D> expectData(D expected) {
        return check(Objects.equals(data(), expected), "data " + expected, data());
    }

    private SagaTestKit<D> check(boolean holds, String expected, Object actual) {
        if (!holds) {
            throw new AssertionError("saga %s: expected %s, but it is %s; it recorded %s"
                    .formatted(saga.name(), expected, actual, recorded));
        }
        return this;
    }

    /** What the configuration says when it says nothing. */
    private record Defaults() implements SagaConfig, SagaConfig.Retry {
        @Override
        public int concurrency() {
            return 1;
        }

        @Override
        public Duration poll() {
            return Duration.ofMillis(200);
        }

        @Override
        public Duration stepTimeout() {
            return Duration.ofSeconds(30);
        }

        @Override
        public Duration deadline() {
            return Duration.ofMinutes(30);
        }

        @Override
        public Duration retention() {
            return Duration.ofDays(30);
        }

        @Override
        public Retry retry() {
            return this;
        }

        @Override
        public int attempts() {
            return 0;
        }

        @Override
        public int compensationAttempts() {
            return 5;
        }

        @Override
        public Duration delay() {
            return Duration.ofMillis(200);
        }

        @Override
        public Duration maxDelay() {
            return Duration.ofSeconds(30);
        }
    }
}
