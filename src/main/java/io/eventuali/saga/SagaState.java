package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.saga.SagaEvent.AwaitedEventReceived;
import io.eventuali.saga.SagaEvent.CancelRequested;
import io.eventuali.saga.SagaEvent.CompensationFailed;
import io.eventuali.saga.SagaEvent.CompensationSkipped;
import io.eventuali.saga.SagaEvent.CompensationStarted;
import io.eventuali.saga.SagaEvent.DeadlineExceeded;
import io.eventuali.saga.SagaEvent.RetryRequested;
import io.eventuali.saga.SagaEvent.SagaCancelled;
import io.eventuali.saga.SagaEvent.SagaCompensated;
import io.eventuali.saga.SagaEvent.SagaCompleted;
import io.eventuali.saga.SagaEvent.SagaFailed;
import io.eventuali.saga.SagaEvent.SagaHalted;
import io.eventuali.saga.SagaEvent.SagaResumed;
import io.eventuali.saga.SagaEvent.SagaStarted;
import io.eventuali.saga.SagaEvent.StepCompensated;
import io.eventuali.saga.SagaEvent.StepCompleted;
import io.eventuali.saga.SagaEvent.StepFailed;
import io.eventuali.saga.SagaEvent.StepSkipped;
import io.eventuali.saga.SagaEvent.StepStarted;
import io.eventuali.tracing.TraceContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A saga as its events made it: a fold, nothing else. Used by one thread at a time. */
final class SagaState {
    private final String type;
    private final String sagaId;
    private final List<StepState> steps = new ArrayList<>();
    private long position;
    private SagaStatus status = SagaStatus.STARTED;
    private int version;
    private String businessKey;
    private JsonNode data;
    private long after;
    private String correlationId;
    private Optional<TraceContext> trace = Optional.empty();
    private String lastEventId;
    private Instant startedAt;
    private String startedBy;
    private Instant updatedAt;
    private Instant deadlineAt;
    private Instant finishedAt;
    private long deadlineMs;
    private boolean cancelled;
    private boolean undone;
    private String failure;
    private String halted;
    private int begun;
    private int ignored;

    SagaState(String type, String sagaId) {
        this.type = type;
        this.sagaId = sagaId;
        this.correlationId = sagaId;
    }

    static StreamId stream(String type, String sagaId) {
        return new StreamId(ReservedStreams.SAGA + type, sagaId);
    }

    SagaState copy() {
        SagaState copy = new SagaState(type, sagaId);
        steps.forEach(step -> copy.steps.add(step.copy()));
        copy.position = position;
        copy.status = status;
        copy.version = version;
        copy.businessKey = businessKey;
        copy.data = data;
        copy.after = after;
        copy.correlationId = correlationId;
        copy.trace = trace;
        copy.lastEventId = lastEventId;
        copy.startedAt = startedAt;
        copy.startedBy = startedBy;
        copy.updatedAt = updatedAt;
        copy.deadlineAt = deadlineAt;
        copy.finishedAt = finishedAt;
        copy.deadlineMs = deadlineMs;
        copy.cancelled = cancelled;
        copy.undone = undone;
        copy.failure = failure;
        copy.halted = halted;
        copy.begun = begun;
        copy.ignored = ignored;
        return copy;
    }

    /**
     * Takes in the next event of the stream. One that the engine cannot have written changes nothing, but is counted: a stream may hold
     * what was appended before its name was reserved.
     */
    void apply(StreamEvent event) {
        Optional<SagaEvent> read =
                SagaEvent.read(event.eventType(), event.data().text()).filter(known -> SagaRules.fits(this, known));
        if (read.isPresent()) {
            if (read.get() instanceof SagaStarted) {
                correlationId = SagaJson.text(event.metadata(), "correlationId").orElse(sagaId);
                trace = TraceContext.in(event.metadata());
            }
            take(read.get(), event.timestamp());
        } else {
            ignored++;
        }
        position = event.streamPosition();
        lastEventId = event.eventId().toString();
    }

    /**
     * Takes in what is, or will be, the next event of the stream.
     *
     * @throws IllegalArgumentException if it does not fit: that is a bug of who decided on it
     */
    void apply(SagaEvent event, Instant at) {
        if (!SagaRules.fits(this, event)) {
            throw new IllegalArgumentException(
                    "%s does not fit the saga %s/%s that is %s".formatted(event, type, sagaId, status.wireName()));
        }
        take(event, at);
        position++;
    }

    private void take(SagaEvent event, Instant at) {
        change(event, at);
        if (finishedAt == null && status.isFinal()) {
            finishedAt = at;
        }
        updatedAt = at;
    }

    private void change(SagaEvent event, Instant at) {
        if (event instanceof SagaStarted started) {
            start(started, at);
        } else if (event instanceof StepStarted started) {
            stepStarted(step(started.step()), started, at);
        } else if (event instanceof AwaitedEventReceived received) {
            step(received.step()).receivedPosition = received.position();
        } else if (event instanceof StepCompleted completed) {
            StepState step = step(completed.step());
            step.status = StepStatus.COMPLETED;
            step.durationMs = completed.durationMs();
            step.errorType = null;
            step.errorMessage = null;
            if (completed.data() != null) {
                data = completed.data();
            }
        } else if (event instanceof StepFailed failed) {
            stepFailed(step(failed.step()), failed, at);
        } else if (event instanceof StepSkipped skipped) {
            StepState step = step(skipped.step());
            step.status = StepStatus.SKIPPED;
            step.retryAt = null;
        } else if (event instanceof RetryRequested requested) {
            retry(step(requested.step()), at);
        } else if (event instanceof CancelRequested requested) {
            cancelled = true;
            failure = "cancelled by %s: %s".formatted(requested.by(), requested.reason());
            compensate();
        } else if (event instanceof DeadlineExceeded exceeded) {
            failure = "it took longer than %d ms".formatted(exceeded.deadlineMs());
            compensate();
        } else if (event instanceof SagaHalted reason) {
            halted = reason.reason();
        } else if (event instanceof SagaResumed) {
            halted = null;
        } else {
            undo(event, at);
        }
    }

    private void undo(SagaEvent event, Instant at) {
        if (event instanceof CompensationStarted started) {
            StepState step = step(started.step());
            step.status = StepStatus.COMPENSATING;
            step.compensationAttempts = started.attempt();
            step.compensationStartedAt = at;
            step.compensationRunning = true;
            step.compensationRetryAt = null;
        } else if (event instanceof StepCompensated compensated) {
            StepState step = step(compensated.step());
            step.status = StepStatus.COMPENSATED;
            step.compensationRunning = false;
            step.compensationRetryAt = null;
            step.compensationDurationMs = compensated.durationMs();
            undone = true;
            status = SagaStatus.COMPENSATING;
        } else if (event instanceof CompensationSkipped skipped) {
            StepState step = step(skipped.step());
            step.status = StepStatus.SKIPPED;
            step.compensationRunning = false;
            step.compensationRetryAt = null;
            undone = true;
            status = SagaStatus.COMPENSATING;
        } else if (event instanceof CompensationFailed failed) {
            StepState step = step(failed.step());
            step.compensationRunning = false;
            step.compensationFailures++;
            step.compensationDurationMs = failed.durationMs();
            step.errorType = failed.errorType();
            step.errorMessage = failed.errorMessage();
            step.compensationRetryAt = failed.retryInMs() == null ? null : at.plusMillis(failed.retryInMs());
            if (failed.retryInMs() == null) {
                status = SagaStatus.COMPENSATION_FAILED;
            }
        } else if (event instanceof SagaCompleted) {
            status = SagaStatus.COMPLETED;
        } else if (event instanceof SagaCompensated) {
            status = SagaStatus.COMPENSATED;
        } else if (event instanceof SagaFailed) {
            status = SagaStatus.FAILED;
        } else if (event instanceof SagaCancelled) {
            status = SagaStatus.CANCELLED;
        }
    }

    private void start(SagaStarted started, Instant at) {
        version = started.version();
        businessKey = started.businessKey();
        data = started.data();
        after = started.after();
        deadlineMs = started.deadlineMs();
        startedAt = at;
        startedBy = started.by();
        deadlineAt = at.plusMillis(started.deadlineMs());
        started.steps().forEach(name -> steps.add(new StepState(name)));
    }

    private void stepStarted(StepState step, StepStarted started, Instant at) {
        if (status == SagaStatus.STARTED) {
            status = SagaStatus.IN_PROGRESS;
        }
        if (step.status == StepStatus.EXECUTING) {
            // Another replica began it and is gone.
            step.outcomeUnknown = true;
        }
        if (step.order == 0) {
            step.order = ++begun;
        }
        step.status = StepStatus.EXECUTING;
        step.attempts = started.attempt();
        step.startedAt = at;
        step.timeoutMs = started.timeoutMs();
        step.retryAt = null;
        step.awaitedType = started.awaitedType();
        step.awaitedKey = started.awaitedKey();
        step.awaitUntil = started.awaitedType() == null || started.timeoutMs() == null
                ? null
                : at.plusMillis(started.timeoutMs());
    }

    private void stepFailed(StepState step, StepFailed failed, Instant at) {
        step.status = StepStatus.FAILED;
        step.failures++;
        step.outcomeUnknown |= failed.outcomeUnknown();
        step.durationMs = failed.durationMs();
        step.errorType = failed.errorType();
        step.errorMessage = failed.errorMessage();
        step.retryAt = failed.retryInMs() == null ? null : at.plusMillis(failed.retryInMs());
        if (failed.retryInMs() == null) {
            if (failure == null) {
                failure = "step %s failed: %s".formatted(failed.step(), failed.errorMessage());
            }
            compensate();
        }
    }

    private void retry(StepState step, Instant at) {
        if (step.status == StepStatus.COMPENSATING) {
            step.compensationFailures = 0;
            step.compensationRetryAt = at;
            status = SagaStatus.COMPENSATING;
        } else {
            step.failures = 0;
            step.retryAt = at;
        }
    }

    private void compensate() {
        status = SagaStatus.COMPENSATING;
        steps.forEach(step -> step.retryAt = null);
    }

    /** Gives up the data, to save memory where they are not needed. */
    void forgetData() {
        data = null;
    }

    StepState step(String name) {
        for (StepState step : steps) {
            if (step.name.equals(name)) {
                return step;
            }
        }
        throw new IllegalArgumentException("the saga has no step " + name);
    }

    /** The step on which it is, for a list of sagas: one that runs, waits or failed, else empty. */
    Optional<StepState> current() {
        return steps.stream()
                .filter(step -> step.status == StepStatus.EXECUTING
                        || step.status == StepStatus.COMPENSATING
                        || step.status == StepStatus.FAILED)
                .findFirst();
    }

    /** After which global position an event counts for what this step awaits: one that an earlier step took does not. */
    long awaitAfter(StepState awaiting) {
        long since = after;
        for (StepState step : steps) {
            if (step != awaiting
                    && step.receivedPosition > since
                    && awaiting.awaitedType.equals(step.awaitedType)
                    && awaiting.awaitedKey.equals(step.awaitedKey)) {
                since = step.receivedPosition;
            }
        }
        return since;
    }

    /** Everything that is to happen at a time. */
    List<SagaTimer> timers() {
        List<SagaTimer> timers = new ArrayList<>();
        if (status.isFinal()) {
            return timers;
        }
        if (status == SagaStatus.STARTED || status == SagaStatus.IN_PROGRESS) {
            timers.add(new SagaTimer("deadline", null, deadlineAt));
        }
        for (StepState step : steps) {
            if (step.retryAt != null) {
                timers.add(new SagaTimer("retry", step.name, step.retryAt));
            }
            if (step.isAwaiting() && step.awaitUntil != null) {
                timers.add(new SagaTimer("await-timeout", step.name, step.awaitUntil));
            }
            if (step.status == StepStatus.EXECUTING && step.awaitedType == null && step.timeoutMs != null) {
                timers.add(new SagaTimer("step-timeout", step.name, step.startedAt.plusMillis(step.timeoutMs)));
            }
            if (step.compensationRetryAt != null) {
                timers.add(new SagaTimer("compensation-retry", step.name, step.compensationRetryAt));
            }
        }
        return timers;
    }

    /** When somebody has to look at it who does not run it already; empty: never. */
    Optional<Instant> dueAt() {
        if (status.isFinal() || status == SagaStatus.COMPENSATION_FAILED) {
            return Optional.empty();
        }
        if (halted != null || isActive()) {
            return Optional.of(updatedAt);
        }
        return timers().stream().map(SagaTimer::dueAt).min(Instant::compareTo);
    }

    /** Whether an action runs, or something is to be done at once. */
    private boolean isActive() {
        if (status == SagaStatus.STARTED) {
            return true;
        }
        boolean waiting = false;
        for (StepState step : steps) {
            if (step.status == StepStatus.EXECUTING && !step.isAwaiting() || step.compensationRunning) {
                return true;
            }
            waiting |= step.isAwaiting() && status == SagaStatus.IN_PROGRESS
                    || step.retryAt != null
                    || step.compensationRetryAt != null;
        }
        return !waiting;
    }

    Set<SagaVerb> allowedVerbs() {
        Set<SagaVerb> verbs = EnumSet.noneOf(SagaVerb.class);
        if (status == SagaStatus.STARTED || status == SagaStatus.IN_PROGRESS) {
            verbs.add(SagaVerb.CANCEL);
        }
        if (!candidates(SagaVerb.RETRY).isEmpty()) {
            verbs.add(SagaVerb.RETRY);
        }
        if (!candidates(SagaVerb.SKIP).isEmpty()) {
            verbs.add(SagaVerb.SKIP);
        }
        if (!candidates(SagaVerb.RESOLVE).isEmpty()) {
            verbs.add(SagaVerb.RESOLVE);
        }
        return verbs;
    }

    /** Steps to which an operator's verb can be applied. */
    List<StepState> candidates(SagaVerb verb) {
        if (status.isFinal()) {
            return List.of();
        }
        Stream<StepState> failedCompensations =
                steps.stream().filter(step -> step.status == StepStatus.COMPENSATING && !step.compensationRunning);
        boolean forward = status == SagaStatus.IN_PROGRESS;
        Stream<StepState> failedSteps = steps.stream().filter(step -> forward && step.retryAt != null);
        return switch (verb) {
            case RETRY -> Stream.concat(failedSteps, failedCompensations).toList();
            case SKIP ->
                Stream.concat(
                                steps.stream().filter(step -> forward && (step.retryAt != null || step.isAwaiting())),
                                failedCompensations)
                        .toList();
            case RESOLVE -> failedCompensations.toList();
            case CANCEL -> List.of();
        };
    }

    /** Whether its first event was seen. */
    boolean isStarted() {
        return startedAt != null;
    }

    /** How many events of its stream changed nothing, because the engine cannot have written them. */
    int ignored() {
        return ignored;
    }

    String type() {
        return type;
    }

    String sagaId() {
        return sagaId;
    }

    StreamId stream() {
        return stream(type, sagaId);
    }

    List<StepState> steps() {
        return steps;
    }

    /** Position of the last event in the stream; 0 before the first. */
    long position() {
        return position;
    }

    SagaStatus status() {
        return status;
    }

    int version() {
        return version;
    }

    Optional<String> businessKey() {
        return Optional.ofNullable(businessKey);
    }

    JsonNode data() {
        return data;
    }

    long after() {
        return after;
    }

    String correlationId() {
        return correlationId;
    }

    Optional<TraceContext> trace() {
        return trace;
    }

    Optional<String> lastEventId() {
        return Optional.ofNullable(lastEventId);
    }

    void lastEventId(String id) {
        lastEventId = id;
    }

    Instant startedAt() {
        return startedAt;
    }

    /** The principal that asked for it; empty if an event started it, or code of the application. */
    Optional<String> startedBy() {
        return Optional.ofNullable(startedBy);
    }

    Instant updatedAt() {
        return updatedAt;
    }

    /** When it came to its end; empty before. */
    Optional<Instant> finishedAt() {
        return Optional.ofNullable(finishedAt);
    }

    Instant deadlineAt() {
        return deadlineAt;
    }

    long deadlineMs() {
        return deadlineMs;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** Whether a compensation has succeeded, or an operator has settled one. */
    boolean isUndone() {
        return undone;
    }

    /** Why it is, or was, undone. */
    Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    /** Why nobody goes on with it. */
    Optional<String> halted() {
        return Optional.ofNullable(halted);
    }
}
