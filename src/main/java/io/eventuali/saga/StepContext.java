package io.eventuali.saga;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.ReservedStreams;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.tracing.EventTracing;
import io.eventuali.tracing.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.smallrye.common.vertx.ContextLocals;
import io.smallrye.common.vertx.VertxContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an action or a compensation may know of the saga that runs it, and the events it wants appended. */
public final class StepContext {
    /** Where a Vert.x context keeps the step that runs on it. */
    private static final String CURRENT = StepContext.class.getName();

    private final String sagaType;
    private final String sagaId;
    private final Optional<String> businessKey;
    private final String step;
    private final int attempt;
    private final boolean compensation;
    private final String correlationId;
    private final Optional<TraceContext> trace;
    private final Map<StreamId, StreamAppend> appends = new LinkedHashMap<>();

    /** @param span of this attempt; one that records nothing if the saga's cause was not traced */
    StepContext(SagaState saga, String step, int attempt, boolean compensation, Span span) {
        this.sagaType = saga.type();
        this.sagaId = saga.sagaId();
        this.businessKey = saga.businessKey();
        this.step = step;
        this.attempt = attempt;
        this.compensation = compensation;
        this.correlationId = saga.correlationId();
        this.trace = EventTracing.sampled(span).or(saga::trace);
    }

    /**
     * The step whose action, or compensation, is running here: on the worker thread that called it, and wherever a {@code Uni} that it
     * returned goes on with a client of Vert.x or Quarkus. Empty elsewhere.
     */
    public static Optional<StepContext> current() {
        return VertxContext.isOnDuplicatedContext() ? ContextLocals.get(CURRENT) : Optional.empty();
    }

    /** Has this be {@link #current} on the Vert.x context that is current here, which nobody else uses. */
    void makeCurrent() {
        ContextLocals.put(CURRENT, this);
    }

    /** Name of the saga's definition. */
    public String sagaType() {
        return sagaType;
    }

    /** Which saga. */
    public String sagaId() {
        return sagaId;
    }

    /** The key that it was started with. */
    public Optional<String> businessKey() {
        return businessKey;
    }

    /** Name of the step. */
    public String step() {
        return step;
    }

    /** 1 for the first attempt of the action, or of the compensation. */
    public int attempt() {
        return attempt;
    }

    /**
     * The same for every attempt of this action, and another one for its compensation; to hand to the service that is called, so
     * that it recognises a repetition. ASCII without blanks, at most 250 characters.
     */
    public String idempotencyKey() {
        return compensation ? compensationKey(sagaId, step) : actionKey();
    }

    /** In a compensation, the idempotency key that the step's action had: what is to be undone. */
    public String actionKey() {
        return actionKey(sagaId, step);
    }

    /** Shared by everything that the saga's cause brought about. */
    public String correlationId() {
        return correlationId;
    }

    /**
     * {@code Idempotency-Key}, {@code X-Correlation-Id} and, if the saga's cause was traced, {@code traceparent} with the
     * {@code tracestate} it had, for an HTTP request.
     * A REST client gets them from {@link io.eventuali.saga.client.StepHeaders}.
     */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Idempotency-Key", idempotencyKey());
        headers.put("X-Correlation-Id", correlationId);
        trace.ifPresent(context -> context.forEach(headers::put));
        return headers;
    }

    /**
     * Has events appended together with the record that this step succeeded: both or neither (G5).
     *
     * @throws ReservedStreamException if the stream is one that only the service itself writes
     */
    public void append(StreamId stream, NewEvent... events) {
        append(stream, ExpectedPosition.ANY, events);
    }

    /**
     * Has events appended together with the record that this step succeeded. If the stream is not where it is expected, this
     * attempt of the step has failed, with an outcome that counts as unknown.
     *
     * @throws ReservedStreamException if the stream is one that only the service itself writes
     */
    public void append(StreamId stream, ExpectedPosition expected, NewEvent... events) {
        if (ReservedStreams.contains(stream.aggregateType())) {
            throw new ReservedStreamException(stream.aggregateType());
        }
        List<NewEvent> caused = new ArrayList<>();
        for (NewEvent event : events) {
            caused.add(
                    event.metadata().equals(JsonText.EMPTY_OBJECT)
                            ? event.withMetadata(SagaJson.metadata(correlationId, null, trace))
                            : event);
        }
        synchronized (appends) {
            // A request names each stream once.
            StreamAppend before = appends.remove(stream);
            if (before != null) {
                caused.addAll(0, before.events());
            }
            appends.put(stream, new StreamAppend(stream, before == null ? expected : before.expected(), caused));
        }
    }

    List<StreamAppend> appends() {
        synchronized (appends) {
            return List.copyOf(appends.values());
        }
    }

    static String actionKey(String sagaId, String step) {
        return sagaId + ":" + step;
    }

    static String compensationKey(String sagaId, String step) {
        return sagaId + ":" + step + ":compensation";
    }
}
