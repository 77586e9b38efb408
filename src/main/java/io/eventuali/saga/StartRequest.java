package io.eventuali.saga;

import io.eventuali.saga.SagaEvent.SagaStarted;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What the first event of a saga is to be, with its metadata.
 *
 * @param causationId id of the event that started it, or null
 * @param traceparent W3C trace context of the cause, or null
 */
@RegisterForReflection
record StartRequest(SagaStarted started, String correlationId, String causationId, String traceparent) {}
