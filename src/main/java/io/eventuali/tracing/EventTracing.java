package io.eventuali.tracing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Joins what happens to an event to the request that appended it. The append leaves its W3C trace context in the event's
 * {@code metadata.traceparent}; whoever handles the event later opens a span that links to it. Where tracing is off
 * ({@code quarkus.otel.sdk.disabled}), or the application has no OpenTelemetry, none of it costs anything.
 *
 * <p>Safe for use by many threads.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
@Singleton
public class EventTracing {
    /** Links of one span; a larger batch links to its first events. */
    public static final int MAX_LINKS = 32;

    private static final JsonFactory JSON = new JsonFactory();

    private final boolean enabled;
    private final Tracer tracer;

    EventTracing(
            Instance<OpenTelemetry> openTelemetry,
            @ConfigProperty(name = "quarkus.otel.sdk.disabled", defaultValue = "false") boolean disabled) {
        this.enabled = openTelemetry.isResolvable() && !disabled;
        this.tracer = (enabled ? openTelemetry.get() : OpenTelemetry.noop()).getTracer("io.eventuali");
    }

    /** Whether spans are made at all. */
    public boolean enabled() {
        return enabled;
    }

    /**
     * The event with the trace context of the span that is current here. One that has a {@code traceparent} already keeps it:
     * its producer knows better where it comes from.
     *
     * @param event its metadata is a JSON object, or it is returned as it is
     */
    public NewEvent stamped(NewEvent event) {
        if (!enabled || !Span.current().getSpanContext().isSampled()) {
            return event;
        }
        String metadata = event.metadata().text().strip();
        if (!metadata.startsWith("{") || !traceContext(metadata).isEmpty()) {
            return event;
        }
        // In front of what the client sent, whose text stays as it is. Neither value can hold a character that JSON
        // escapes.
        StringBuilder text = new StringBuilder("{");
        TraceContext.of(Span.current().getSpanContext())
                .ifPresent(context -> context.forEach((key, value) -> text.append('"')
                        .append(key)
                        .append("\":\"")
                        .append(value)
                        .append("\",")));
        String rest = metadata.substring(1).stripLeading();
        if (rest.startsWith("}")) {
            text.setLength(text.length() - 1);
        }
        return event.withMetadata(text.append(rest).toString());
    }

    /**
     * A span for work on events, linked to those that were appended in a sampled trace. The caller ends it.
     *
     * @param name what is done, of few different values, such as {@code deliver}
     * @return a span that records nothing if tracing is off or no event was traced
     */
    public Span follow(String name, List<StreamEvent> events) {
        Span span = follow(name, events, Instant.now());
        return span.isRecording()
                ? described(
                        span,
                        events.size(),
                        events.get(0).globalPosition(),
                        events.get(events.size() - 1).globalPosition())
                : span;
    }

    /** Whether an event may have been appended in a trace. Costs next to nothing. */
    public boolean mayFollow(StreamEvent event) {
        return enabled && event.metadata().text().contains(TraceContext.TRACEPARENT);
    }

    /**
     * A span for work that has begun already, whose events need not be at hand any more; else as {@link #follow(String, List)}.
     *
     * @param traced those of the events that {@linkplain #mayFollow may be followed}, or the first of them
     * @param started when the work began
     */
    public Span follow(String name, List<StreamEvent> traced, Instant started) {
        if (!enabled) {
            return Span.getInvalid();
        }
        SpanBuilder builder = tracer.spanBuilder(name).setNoParent().setSpanKind(SpanKind.CONSUMER);
        int links = 0;
        for (StreamEvent event : traced) {
            SpanContext appended = TraceContext.parsed(traceContext(event.metadata()));
            if (appended.isSampled() && links < MAX_LINKS) {
                builder.addLink(appended);
                links++;
            }
        }
        return links == 0
                ? Span.getInvalid()
                : builder.setStartTimestamp(started).startSpan();
    }

    /** Says of a span how many events it is about, and which ones. */
    public static Span described(Span span, int events, long firstPosition, long lastPosition) {
        return span.setAttribute("messaging.system", "eventuali")
                .setAttribute("messaging.batch.message_count", events)
                .setAttribute("eventuali.first_position", firstPosition)
                .setAttribute("eventuali.last_position", lastPosition);
    }

    /**
     * A span for work that belongs to a trace which began elsewhere, maybe long ago. The caller ends it.
     *
     * @param name what is done, of few different values
     * @param trace that trace
     * @return a span that records nothing if that trace is not sampled, and is in no trace if tracing is off
     */
    public Span resume(String name, Optional<TraceContext> trace) {
        if (!enabled || trace.isEmpty()) {
            return Span.getInvalid();
        }
        Span cause = Span.wrap(trace.get().span());
        return cause.getSpanContext().isSampled()
                ? tracer.spanBuilder(name).setParent(Context.root().with(cause)).startSpan()
                : cause;
    }

    /** The context of the span that is current here; empty if there is none that is sampled. */
    public Optional<TraceContext> current() {
        return enabled ? sampled(Span.current()) : Optional.empty();
    }

    /** The context for what a span causes; empty if it records nothing. */
    public static Optional<TraceContext> sampled(Span span) {
        return span.getSpanContext().isSampled() ? TraceContext.of(span.getSpanContext()) : Optional.empty();
    }

    /** The {@code traceparent} and {@code tracestate} of an event's metadata; empty if there are none. */
    public static Map<String, String> traceContext(JsonText metadata) {
        return traceContext(metadata.text());
    }

    /** The members of a JSON object that are trace context; empty if there is no {@code traceparent}. */
    private static Map<String, String> traceContext(String metadata) {
        if (!metadata.contains(TraceContext.TRACEPARENT)) {
            return Map.of();
        }
        Map<String, String> context = new HashMap<>();
        try (JsonParser parser = JSON.createParser(metadata)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (parser.nextToken() == JsonToken.VALUE_STRING
                        && (name.equals(TraceContext.TRACEPARENT) || name.equals(TraceContext.TRACESTATE))) {
                    context.put(name, parser.getText());
                }
                parser.skipChildren();
            }
        } catch (IOException malformed) {
            // Not ours to complain about: the store checks what is appended.
            return Map.of();
        }
        return context.containsKey(TraceContext.TRACEPARENT) ? context : Map.of();
    }
}
