package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * Everything about a saga, as its stream tells. What does not apply is null.
 *
 * @param position of the last event in the saga's stream
 * @param deadlineAt when it is undone if its steps are not done by then
 * @param finishedAt when it came to its end
 * @param startedBy the principal that started it; null if an event did, or code of the application
 * @param failure why it is, or was, undone
 * @param halted why nobody goes on with it
 * @param data what it knows
 * @param timers what is to happen, and when
 * @param allowedVerbs what an operator can ask of it now
 * @param ignoredEvents how many events of its stream change nothing, because the engine cannot have written them
 */
public record SagaDetails(
        String type,
        String sagaId,
        int version,
        @JsonInclude String businessKey,
        SagaStatus status,
        long position,
        Instant startedAt,
        @JsonInclude String startedBy,
        Instant updatedAt,
        @JsonInclude Instant finishedAt,
        Instant deadlineAt,
        @JsonInclude String failure,
        @JsonInclude String halted,
        String correlationId,
        JsonNode data,
        List<Step> steps,
        List<SagaTimer> timers,
        Set<SagaVerb> allowedVerbs,
        int ignoredEvents) {
    public SagaDetails {
        steps = List.copyOf(steps);
        timers = List.copyOf(timers);
        allowedVerbs = Set.copyOf(allowedVerbs);
    }

    /** How it is doing, without business data: these are null, or empty texts. */
    public SagaDetails withoutContent() {
        return new SagaDetails(
                type,
                sagaId,
                version,
                null,
                status,
                position,
                startedAt,
                null,
                updatedAt,
                finishedAt,
                deadlineAt,
                null,
                halted,
                "",
                NullNode.getInstance(),
                steps.stream().map(Step::withoutContent).toList(),
                timers,
                allowedVerbs,
                ignoredEvents);
    }

    static SagaDetails of(SagaState saga) {
        return new SagaDetails(
                saga.type(),
                saga.sagaId(),
                saga.version(),
                saga.businessKey().orElse(null),
                saga.status(),
                saga.position(),
                saga.startedAt(),
                saga.startedBy().orElse(null),
                saga.updatedAt(),
                saga.finishedAt().orElse(null),
                saga.deadlineAt(),
                saga.failure().orElse(null),
                saga.halted().orElse(null),
                saga.correlationId(),
                saga.data(),
                saga.steps().stream().map(Step::of).toList(),
                saga.timers(),
                saga.allowedVerbs(),
                saga.ignored());
    }

    /**
     * A step of a saga.
     *
     * @param attempts times that its action was begun
     * @param startedAt when it was begun last
     * @param durationMs of the last attempt that ended
     * @param outcomeUnknown whether an attempt may have had an effect that nobody knows of
     * @param error of the last attempt, of the action or the compensation, that failed
     * @param awaits the event that it waits for, or waited for
     * @param compensation null unless it was begun
     */
    public record Step(
            String name,
            StepStatus status,
            int attempts,
            @JsonInclude Instant startedAt,
            @JsonInclude Long durationMs,
            boolean outcomeUnknown,
            @JsonInclude StepError error,
            @JsonInclude AwaitedEvent awaits,
            @JsonInclude CompensationDetails compensation) {

        private Step withoutContent() {
            return new Step(
                    name,
                    status,
                    attempts,
                    startedAt,
                    durationMs,
                    outcomeUnknown,
                    error == null ? null : new StepError(error.type(), ""),
                    awaits == null ? null : new AwaitedEvent(awaits.eventType(), "", awaits.globalPosition()),
                    compensation);
        }

        private static Step of(StepState step) {
            return new Step(
                    step.name,
                    step.status,
                    step.attempts,
                    step.startedAt,
                    step.durationMs,
                    step.outcomeUnknown,
                    step.errorType == null ? null : new StepError(step.errorType, step.errorMessage),
                    step.awaitedType == null
                            ? null
                            : new AwaitedEvent(
                                    step.awaitedType,
                                    step.awaitedKey,
                                    step.receivedPosition == 0 ? null : step.receivedPosition),
                    step.compensationAttempts == 0
                            ? null
                            : new CompensationDetails(
                                    step.compensationAttempts,
                                    step.compensationStartedAt,
                                    step.compensationDurationMs));
        }
    }

    /** Why an attempt failed. */
    public record StepError(String type, String message) {}

    /**
     * The event that a step waits for.
     *
     * @param globalPosition of the event that came
     */
    public record AwaitedEvent(
            String eventType, String key, @JsonInclude Long globalPosition) {}

    /**
     * How a step is, or was, undone.
     *
     * @param attempts times that the compensation was begun
     * @param startedAt when it was begun last
     * @param durationMs of the last attempt that ended
     */
    public record CompensationDetails(
            int attempts, Instant startedAt, @JsonInclude Long durationMs) {}
}
