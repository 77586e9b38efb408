package io.eventuali.saga;

import io.eventuali.saga.SagaEvent.SagaStarted;
import io.eventuali.tracing.TraceContext;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.Optional;

/**
 * What the first event of a saga is to be, with its metadata.
 *
 * @param causationId id of the event that started it, or null
 * @param traceparent W3C trace context of the cause, or null
 * @param tracestate what belongs to that, or null
 */
@RegisterForReflection
record StartRequest(
        SagaStarted started, String correlationId, String causationId, String traceparent, String tracestate) {
    StartRequest(SagaStarted started, String correlationId, String causationId, Optional<TraceContext> trace) {
        this(
                started,
                correlationId,
                causationId,
                trace.map(TraceContext::traceparent).orElse(null),
                trace.flatMap(TraceContext::tracestate).orElse(null));
    }

    Optional<TraceContext> trace() {
        return TraceContext.of(traceparent, tracestate);
    }
}
