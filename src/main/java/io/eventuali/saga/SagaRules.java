package io.eventuali.saga;

import io.eventuali.saga.SagaEvent.AwaitedEventReceived;
import io.eventuali.saga.SagaEvent.CancelRequested;
import io.eventuali.saga.SagaEvent.CompensationFailed;
import io.eventuali.saga.SagaEvent.CompensationSkipped;
import io.eventuali.saga.SagaEvent.CompensationStarted;
import io.eventuali.saga.SagaEvent.DeadlineExceeded;
import io.eventuali.saga.SagaEvent.LateResultIgnored;
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
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which events may follow which state of a saga. The engine records nothing else, so an event that does not fit was not written by it:
 * such an event changes nothing.
 */
final class SagaRules {
    private SagaRules() {}

    static boolean fits(SagaState saga, SagaEvent event) {
        if (event instanceof SagaStarted) {
            return !saga.isStarted();
        }
        if (!saga.isStarted() || saga.status().isFinal()) {
            return saga.isStarted() && event instanceof LateResultIgnored;
        }
        boolean forward = isForward(saga);
        if (event instanceof LateResultIgnored) {
            return true;
        } else if (event instanceof SagaHalted) {
            return saga.halted().isEmpty();
        } else if (event instanceof SagaResumed) {
            return saga.halted().isPresent();
        } else if (event instanceof CancelRequested) {
            return forward;
        } else if (event instanceof DeadlineExceeded exceeded) {
            return forward && exceeded.deadlineMs() == saga.deadlineMs();
        } else if (event instanceof SagaCompleted) {
            return forward && saga.steps().stream().allMatch(StepState::isSettled);
        } else if (event instanceof SagaCancelled) {
            return isUndoneNow(saga) && saga.isCancelled();
        } else if (event instanceof SagaCompensated) {
            return isUndoneNow(saga) && !saga.isCancelled() && saga.isUndone();
        } else if (event instanceof SagaFailed) {
            return isUndoneNow(saga) && !saga.isCancelled() && !saga.isUndone();
        }
        return fitsStep(saga, event, forward);
    }

    private static boolean fitsStep(SagaState saga, SagaEvent event, boolean forward) {
        if (event instanceof StepStarted started) {
            return step(saga, started.step(), step -> forward && started.attempt() == step.attempts + 1);
        } else if (event instanceof AwaitedEventReceived received) {
            return step(saga, received.step(), step -> forward && step.isAwaiting());
        } else if (event instanceof StepCompleted completed) {
            return step(
                    saga,
                    completed.step(),
                    step -> step.status == StepStatus.EXECUTING
                            && !step.isAwaiting()
                            && completed.attempt() == step.attempts);
        } else if (event instanceof StepFailed failed) {
            return step(
                    saga,
                    failed.step(),
                    step -> failed.attempt() == step.attempts
                            && (step.status == StepStatus.EXECUTING
                                    || forward
                                            && (step.status == StepStatus.PENDING
                                                    || step.status == StepStatus.FAILED)));
        } else if (event instanceof StepSkipped skipped) {
            return step(
                    saga,
                    skipped.step(),
                    step -> step.isAwaiting()
                            || forward && (step.status == StepStatus.PENDING || step.retryAt != null));
        } else if (event instanceof RetryRequested requested) {
            return step(saga, requested.step(), step -> saga.candidates(SagaVerb.RETRY)
                    .contains(step));
        }
        return fitsCompensation(saga, event);
    }

    private static boolean fitsCompensation(SagaState saga, SagaEvent event) {
        if (event instanceof CompensationStarted started) {
            return step(
                    saga,
                    started.step(),
                    // One that runs may have been left behind by another replica.
                    step -> saga.status() == SagaStatus.COMPENSATING
                            && started.attempt() == step.compensationAttempts + 1);
        } else if (event instanceof StepCompensated compensated) {
            return step(
                    saga,
                    compensated.step(),
                    step -> step.status == StepStatus.COMPENSATING
                            && compensated.attempt() == step.compensationAttempts
                            && (step.compensationRunning || compensated.by() != null));
        } else if (event instanceof CompensationSkipped skipped) {
            return step(
                    saga, skipped.step(), step -> step.status == StepStatus.COMPENSATING && !step.compensationRunning);
        } else if (event instanceof CompensationFailed failed) {
            return step(
                    saga,
                    failed.step(),
                    step -> step.compensationRunning && failed.attempt() == step.compensationAttempts);
        }
        return false;
    }

    private static boolean step(SagaState saga, String name, Predicate<StepState> fits) {
        Optional<StepState> step =
                saga.steps().stream().filter(each -> each.name.equals(name)).findFirst();
        return step.filter(fits).isPresent();
    }

    private static boolean isForward(SagaState saga) {
        return saga.status() == SagaStatus.STARTED || saga.status() == SagaStatus.IN_PROGRESS;
    }

    /** Whether it is undone, and nothing runs any more that would have to be. */
    private static boolean isUndoneNow(SagaState saga) {
        return saga.status() == SagaStatus.COMPENSATING
                && saga.steps().stream()
                        .noneMatch(step -> step.status == StepStatus.EXECUTING || step.compensationRunning);
    }
}
