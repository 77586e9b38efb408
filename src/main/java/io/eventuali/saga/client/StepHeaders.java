package io.eventuali.saga.client;

import io.eventuali.saga.StepContext;
import io.opentelemetry.api.trace.Span;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.client.ClientRequestFilter;
import java.util.List;
import java.util.Set;

/**
 * Gives the requests of a REST client the headers of the saga step that makes them: {@code Idempotency-Key},
 * {@code X-Correlation-Id} and, if the saga's cause was traced, {@code traceparent} and {@code tracestate}; where tracing is on, the
 * client itself sets these two. Register it at the interface of the client, with {@code @RegisterProvider(StepHeaders.class)} beside
 * {@code @RegisterRestClient}.
 *
 * <p>What a request has already stays, and a request that no step makes goes as it is. Code of a step that changes to a thread of
 * its own leaves the step; hand {@link StepContext#headers} over there.
 *
 * <p>Safe for use by many threads.
 */
public class StepHeaders implements ClientRequestFilter {
    private static final Set<String> TRACE_CONTEXT = Set.of("traceparent", "tracestate");

    @Override
    public void filter(ClientRequestContext request) {
        // Where tracing is on, the client makes a span of the request, and tells the service of that one. A tracestate
        // belongs to
        // its traceparent: the step's does not go with one that the request has already.
        boolean traced = Span.current().getSpanContext().isValid()
                || request.getHeaders().containsKey("traceparent");
        StepContext.current().ifPresent(step -> step.headers().forEach((name, value) -> {
            if (!traced || !TRACE_CONTEXT.contains(name)) {
                request.getHeaders().putIfAbsent(name, List.of(value));
            }
        }));
    }
}
