package io.eventuali.saga;

import java.time.Instant;

/** Where a step of a saga is. Part of a {@link SagaState}, and guarded like it. */
final class StepState implements Cloneable {
    final String name;
    StepStatus status = StepStatus.PENDING;
    /** Times that the action was begun. */
    int attempts;
    /** Times that the action failed since it was last begun anew. */
    int failures;
    /** Whether an attempt ended, or was abandoned, in a way that leaves open whether it had an effect. */
    boolean outcomeUnknown;
    /** 1, 2, 3 … in the order in which steps were first begun; 0 before. */
    int order;

    Instant startedAt;
    Long timeoutMs;
    /** When a failed attempt is to be followed by another one. */
    Instant retryAt;

    String awaitedType;
    String awaitedKey;
    /** When to stop waiting for the event. */
    Instant awaitUntil;
    /** Global position of the event that came. */
    long receivedPosition;

    int compensationAttempts;
    int compensationFailures;
    Instant compensationStartedAt;
    /** Whether a compensation was begun and has not ended as far as the stream knows. */
    boolean compensationRunning;

    Instant compensationRetryAt;
    Long durationMs;
    Long compensationDurationMs;
    String errorType;
    String errorMessage;

    StepState(String name) {
        this.name = name;
    }

    StepState copy() {
        try {
            return (StepState) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Which attempt of what it is at: of its compensation, if that runs, else of its action. */
    int attempt() {
        return compensationRunning ? compensationAttempts : attempts;
    }

    boolean isAwaiting() {
        return status == StepStatus.EXECUTING && awaitedType != null && receivedPosition == 0;
    }

    boolean isSettled() {
        return status == StepStatus.COMPLETED || status == StepStatus.SKIPPED;
    }
}
