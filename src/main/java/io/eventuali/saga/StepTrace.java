package io.eventuali.saga;

import io.eventuali.tracing.EventTracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import jakarta.inject.Singleton;

/**
 * A span for each attempt of an action or a compensation, in the trace of what started the saga. Sagas that nothing traced has
 * started make none.
 */
@Singleton
class StepTrace {
    private final EventTracing tracing;

    StepTrace(EventTracing tracing) {
        this.tracing = tracing;
    }

    /** An attempt of what a step is at begins. */
    Span begin(SagaState saga, StepState step) {
        Span span = tracing.resume(saga.type() + " " + step.name, saga.trace());
        if (span.isRecording()) {
            span.setAttribute("eventuali.saga", saga.type());
            span.setAttribute("eventuali.saga_id", saga.sagaId());
            span.setAttribute("eventuali.step", step.name);
            span.setAttribute("eventuali.kind", step.compensationRunning ? "compensation" : "action");
            span.setAttribute("eventuali.attempt", step.attempt());
        }
        return span;
    }

    /** It came to its end; {@code failure} is null if it succeeded. */
    static void end(Span span, ActionFailure failure) {
        if (failure != null && span.isRecording()) {
            span.setAttribute("error.type", failure.type());
            span.setStatus(StatusCode.ERROR, failure.message());
        }
        span.end();
    }
}
