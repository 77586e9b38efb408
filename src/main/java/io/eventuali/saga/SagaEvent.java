package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.Names;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What happens to a saga, as it is in its stream. Members that are null are left out of the JSON. */
sealed interface SagaEvent {

    /** By event type, for reading them back. */
    Map<String, Class<? extends SagaEvent>> TYPES = Stream.<Class<? extends SagaEvent>>of(
                    SagaStarted.class,
                    StepStarted.class,
                    AwaitedEventReceived.class,
                    StepCompleted.class,
                    StepFailed.class,
                    StepSkipped.class,
                    CompensationStarted.class,
                    StepCompensated.class,
                    CompensationFailed.class,
                    CompensationSkipped.class,
                    RetryRequested.class,
                    CancelRequested.class,
                    DeadlineExceeded.class,
                    LateResultIgnored.class,
                    SagaHalted.class,
                    SagaResumed.class,
                    SagaCompleted.class,
                    SagaCompensated.class,
                    SagaFailed.class,
                    SagaCancelled.class)
            .collect(Collectors.toUnmodifiableMap(Class::getSimpleName, Function.identity()));

    /** Name of the event's type. */
    default String type() {
        return getClass().getSimpleName();
    }

    /** Reads one back; empty if it is none, or lacks what the engine always writes. */
    static Optional<SagaEvent> read(String type, String data) {
        Class<? extends SagaEvent> known = TYPES.get(type);
        if (known == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(SagaJson.read(data, known));
        } catch (RuntimeException unreadable) {
            // Whatever JSON may hold that no member of ours can be.
            return Optional.empty();
        }
    }

    /**
     * It begins.
     *
     * @param version of the code that it was started with, and has to be finished with
     * @param steps of that code
     * @param deadlineMs how long the steps may take
     * @param after global position in the log when it was started: events after it count for what it awaits
     * @param by the principal that started it; null if an event did, or code of the application
     */
    @RegisterForReflection
    record SagaStarted(
            int version, String businessKey, List<String> steps, JsonNode data, long deadlineMs, long after, String by)
            implements SagaEvent {
        public SagaStarted {
            steps = List.copyOf(steps);
            Objects.requireNonNull(data);
            if (businessKey != null) {
                Names.check("businessKey", businessKey);
            }
        }
    }

    /** An action is about to run, or an event is awaited from now on. */
    @RegisterForReflection
    record StepStarted(
            String step, int attempt, String idempotencyKey, Long timeoutMs, String awaitedType, String awaitedKey)
            implements SagaEvent {
        public StepStarted {
            Objects.requireNonNull(step);
            if ((awaitedType == null) != (awaitedKey == null)) {
                throw new IllegalArgumentException("an awaited event has a type and a key");
            }
        }
    }

    /** The event that a step awaits came. */
    @RegisterForReflection
    record AwaitedEventReceived(String step, long position, String eventId) implements SagaEvent {
        public AwaitedEventReceived {
            Objects.requireNonNull(step);
            Objects.requireNonNull(eventId);
            if (position < 1) {
                throw new IllegalArgumentException("an event has a position");
            }
        }
    }

    /** An action succeeded; {@code data} are the saga's data if it changed them. */
    @RegisterForReflection
    record StepCompleted(String step, int attempt, long durationMs, JsonNode data) implements SagaEvent {
        public StepCompleted {
            Objects.requireNonNull(step);
        }
    }

    /**
     * An attempt failed.
     *
     * @param outcomeUnknown whether it may have had an effect all the same
     * @param retryInMs when it is tried again; null: not
     */
    @RegisterForReflection
    record StepFailed(
            String step,
            int attempt,
            long durationMs,
            String errorType,
            String errorMessage,
            boolean outcomeUnknown,
            Long retryInMs)
            implements SagaEvent {
        public StepFailed {
            Objects.requireNonNull(step);
        }
    }

    /** A step is passed over. {@code by} is null unless an operator wanted it. */
    @RegisterForReflection
    record StepSkipped(String step, String reason, String by) implements SagaEvent {
        public StepSkipped {
            Objects.requireNonNull(step);
            Objects.requireNonNull(reason);
        }
    }

    /** A compensation is about to run. */
    @RegisterForReflection
    record CompensationStarted(String step, int attempt, String idempotencyKey) implements SagaEvent {
        public CompensationStarted {
            Objects.requireNonNull(step);
        }
    }

    /** A step is undone; {@code by} and {@code reason} are of the operator who undid it by hand. */
    @RegisterForReflection
    record StepCompensated(String step, int attempt, long durationMs, String by, String reason) implements SagaEvent {
        public StepCompensated {
            Objects.requireNonNull(step);
        }
    }

    /** An attempt to compensate failed; without {@code retryInMs} it is not tried again unless an operator wants it. */
    @RegisterForReflection
    record CompensationFailed(
            String step, int attempt, long durationMs, String errorType, String errorMessage, Long retryInMs)
            implements SagaEvent {
        public CompensationFailed {
            Objects.requireNonNull(step);
        }
    }

    /** An operator decided to leave a step as it is. */
    @RegisterForReflection
    record CompensationSkipped(String step, String by, String reason) implements SagaEvent {
        public CompensationSkipped {
            Objects.requireNonNull(step);
            Objects.requireNonNull(by);
            Objects.requireNonNull(reason);
        }
    }

    /** An operator wants a failed step or compensation tried again, now. */
    @RegisterForReflection
    record RetryRequested(String step, String by, String reason) implements SagaEvent {
        public RetryRequested {
            Objects.requireNonNull(step);
            Objects.requireNonNull(by);
            Objects.requireNonNull(reason);
        }
    }

    /** An operator wants what was done undone. */
    @RegisterForReflection
    record CancelRequested(String by, String reason) implements SagaEvent {
        public CancelRequested {
            Objects.requireNonNull(by);
            Objects.requireNonNull(reason);
        }
    }

    /** The steps took too long in all. */
    @RegisterForReflection
    record DeadlineExceeded(long deadlineMs) implements SagaEvent {}

    /** An action answered after it had been given up. */
    @RegisterForReflection
    record LateResultIgnored(String step, int attempt, boolean compensation, String outcome) implements SagaEvent {
        public LateResultIgnored {
            Objects.requireNonNull(step);
        }
    }

    /** There is no code that could go on with it. */
    @RegisterForReflection
    record SagaHalted(String reason) implements SagaEvent {
        public SagaHalted {
            Objects.requireNonNull(reason);
        }
    }

    /** There is code again that can go on with it. */
    @RegisterForReflection
    record SagaResumed(int version) implements SagaEvent {}

    /** Every step was completed or skipped. */
    @RegisterForReflection
    record SagaCompleted(long durationMs) implements SagaEvent {}

    /** What was done is undone. */
    @RegisterForReflection
    record SagaCompensated(long durationMs) implements SagaEvent {}

    /** It failed, and there was nothing to undo. */
    @RegisterForReflection
    record SagaFailed(long durationMs) implements SagaEvent {}

    /** It was cancelled, and what was done is undone. */
    @RegisterForReflection
    record SagaCancelled(long durationMs) implements SagaEvent {}
}
