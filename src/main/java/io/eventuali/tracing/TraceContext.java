package io.eventuali.tracing;

import io.eventuali.event.JsonText;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Of which trace something is a part, as it is told to other services. Well-formed, whoever it came from, so it can be put into a
 * header.
 *
 * @param traceparent the trace, the span that caused what follows, and whether it is sampled
 * @param tracestate what tracing systems add for themselves
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
public record TraceContext(String traceparent, Optional<String> tracestate) {
    static final String TRACEPARENT = "traceparent";
    static final String TRACESTATE = "tracestate";
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    /**
     * The context that two texts from elsewhere say, either of them may be null: empty if the first one is not well-formed, without
     * {@code tracestate} if the second one is not.
     */
    public static Optional<TraceContext> of(String traceparent, String tracestate) {
        Map<String, String> members = new HashMap<>();
        members.put(TRACEPARENT, traceparent);
        members.put(TRACESTATE, tracestate);
        return of(parsed(members));
    }

    /** The context that an event's metadata have; empty if it is not there or not well-formed. */
    public static Optional<TraceContext> in(JsonText metadata) {
        return of(parsed(EventTracing.traceContext(metadata)));
    }

    /** The context for what a span causes; empty if it is in no trace. */
    public static Optional<TraceContext> of(SpanContext span) {
        Map<String, String> members = new HashMap<>();
        W3C.inject(Context.root().with(Span.wrap(span)), members, Map::put);
        return Optional.ofNullable(members.get(TRACEPARENT))
                .map(traceparent -> new TraceContext(traceparent, Optional.ofNullable(members.get(TRACESTATE))));
    }

    /** The span that headers, or members of metadata, of these names tell of; an invalid one if they are not well-formed. */
    static SpanContext parsed(Map<String, String> members) {
        return Span.fromContext(W3C.extract(Context.root(), members, Getter.INSTANCE))
                .getSpanContext();
    }

    /** The span that caused what follows. */
    SpanContext span() {
        Map<String, String> members = new HashMap<>();
        forEach(members::put);
        return parsed(members);
    }

    /** Gives the names and values of the headers that say it. */
    public void forEach(BiConsumer<String, String> headers) {
        headers.accept(TRACEPARENT, traceparent);
        tracestate.ifPresent(state -> headers.accept(TRACESTATE, state));
    }

    private enum Getter implements TextMapGetter<Map<String, String>> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Map<String, String> context) {
            return context.keySet();
        }

        @Override
        public String get(Map<String, String> context, String key) {
            return context.get(key);
        }
    }
}
