package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Names;
import io.eventuali.saga.SagaEvent.CancelRequested;
import io.eventuali.saga.SagaEvent.CompensationSkipped;
import io.eventuali.saga.SagaEvent.RetryRequested;
import io.eventuali.saga.SagaEvent.StepCompensated;
import io.eventuali.saga.SagaEvent.StepSkipped;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.StreamPage;
import io.eventuali.stream.EventStreamer;
import io.eventuali.tracing.EventTracing;
import io.eventuali.tracing.TraceContext;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Starts sagas, tells how they are doing, and does what operators ask; at any replica. Failures of the store are
 * {@link io.eventuali.store.EventStoreException}s.
 */
@Singleton
public class SagaOperations {
    /** Types of the events that make a saga. */
    public static final Set<String> EVENT_TYPES = SagaEvent.TYPES.keySet();

    /** Type of the event that a start writes. */
    public static final String START = SagaEvent.SagaStarted.class.getSimpleName();

    private static final int MAX_STUCK = 100;
    private static final int MAX_TEXT = 1_000;
    /** How long a business key may be taken after its saga was finished: until the row is written. */
    private static final Duration KEY_PATIENCE = Duration.ofSeconds(5);

    private static final Duration KEY_RETRY = Duration.ofMillis(20);

    private final SagaRegistry registry;
    private final SagaTable table;
    private final SagaLog log;
    private final SagaClock clock;
    private final SagaEngine engine;
    private final EventStreamer streamer;
    private final EventTracing tracing;
    private final long maxBytes;

    SagaOperations(
            SagaRegistry registry,
            SagaTable table,
            SagaLog log,
            SagaClock clock,
            SagaEngine engine,
            EventStreamer streamer,
            EventTracing tracing,
            StoreConfig config) {
        this.registry = registry;
        this.table = table;
        this.log = log;
        this.clock = clock;
        this.engine = engine;
        this.streamer = streamer;
        this.tracing = tracing;
        this.maxBytes = config.limits().eventBytes().asLongValue();
    }

    /** Whether the application has code for sagas of this type. */
    public boolean exists(String type) {
        return registry.types().contains(type);
    }

    /** The types that the application has code for. */
    public List<SagaTypeStatus> types() {
        return registry.types().stream()
                .map(type -> {
                    Collection<SagaCode<?>> versions = registry.versions(type);
                    SagaCode<?> newest = registry.newest(type).orElseThrow();
                    return new SagaTypeStatus(
                            type,
                            newest.version(),
                            versions.stream().map(SagaCode::version).toList(),
                            newest.stepNames(),
                            engine.counts().getOrDefault(type, Map.of()),
                            engine.stuckCounts().getOrDefault(type, 0L));
                })
                .toList();
    }

    /**
     * Starts a saga.
     *
     * @param businessKey unique among running sagas of the type: if one runs with it, that is the result
     * @param data what it knows at first
     * @param correlationId shared by everything that the cause brings about; the saga's id if empty
     * @param trace of the cause; that of the span that is current here if empty
     * @param by the principal that asks for it; empty if code of the application does
     * @return the saga, and whether it is new. The Uni fails with an {@link InvalidEventException} if data or key break a rule, and
     *     with a {@link NoSuchElementException} if there is no such type
     */
    public Uni<Started> start(
            String type,
            Optional<String> businessKey,
            JsonNode data,
            Optional<String> correlationId,
            Optional<TraceContext> trace,
            Optional<String> by) {
        return startNew(type, UUID.randomUUID().toString(), businessKey, data, correlationId, trace, by);
    }

    /**
     * The same with an id for the saga, so that a start may be repeated: if there is a saga with this id, be it that it has ended, that is
     * the result.
     */
    public Uni<Started> start(
            String type,
            UUID id,
            Optional<String> businessKey,
            JsonNode data,
            Optional<String> correlationId,
            Optional<TraceContext> trace,
            Optional<String> by) {
        return show(type, id.toString())
                .chain(same -> same.isPresent()
                        ? Uni.createFrom().item(new Started(same.get(), false))
                        : startNew(type, id.toString(), businessKey, data, correlationId, trace, by));
    }

    private Uni<Started> startNew(
            String type,
            String sagaId,
            Optional<String> businessKey,
            JsonNode data,
            Optional<String> correlationId,
            Optional<TraceContext> trace,
            Optional<String> by) {
        SagaCode<?> code = registry.newest(type).orElseThrow(() -> new NoSuchElementException(type));
        businessKey.ifPresent(key -> Names.check("businessKey", key));
        SagaEvent.SagaStarted started;
        try {
            started = code.started(data, businessKey.orElse(null), streamer.globalPosition(), by.orElse(null));
        } catch (RuntimeException unfit) {
            throw new InvalidEventException("data", "must fit the saga: " + firstLine(unfit.getMessage()));
        }
        if (SagaJson.write(started).getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw new EventTooLargeException("data", maxBytes);
        }
        StartRequest request =
                new StartRequest(started, correlationId.orElse(sagaId), null, trace.or(tracing::current));
        return claim(type, sagaId, request, System.nanoTime() + KEY_PATIENCE.toNanos());
    }

    private Uni<Started> claim(String type, String sagaId, StartRequest request, long until) {
        return table.claim(type, sagaId, request).chain(claimed -> {
            if (claimed) {
                return begin(type, sagaId, request);
            }
            return show(type, sagaId)
                    .chain(same -> same.isPresent()
                            ? Uni.createFrom().item(new Started(same.get(), false))
                            : first(type, sagaId, request, until));
        });
    }

    /** The saga that has the business key, or this one once it is free. */
    private Uni<Started> first(String type, String sagaId, StartRequest request, long until) {
        return table.claimed(type, request.started().businessKey())
                .chain(first -> first.isEmpty()
                        ? Uni.createFrom().item(Optional.<SagaDetails>empty())
                        : show(type, first.get()))
                .chain(first -> {
                    boolean runs = first.isPresent() && !first.get().status().isFinal();
                    if (runs || first.isPresent() && System.nanoTime() > until) {
                        return Uni.createFrom().item(new Started(first.get(), false));
                    }
                    // It has ended, and its key is about to be free.
                    return Uni.createFrom()
                            .voidItem()
                            .onItem()
                            .delayIt()
                            .by(KEY_RETRY)
                            .chain(() -> claim(type, sagaId, request, until));
                });
    }

    private Uni<Started> begin(String type, String sagaId, StartRequest request) {
        return log.begin(type, sagaId, request)
                .onFailure(failure ->
                        failure instanceof InvalidEventException || failure instanceof EventTooLargeException)
                .call(() -> table.unclaim(type, sagaId))
                .map(begun -> new Started(SagaDetails.of(begun(type, sagaId, request)), true));
    }

    /** A saga as it is right after its first event. */
    private SagaState begun(String type, String sagaId, StartRequest request) {
        SagaState state = new SagaState(type, sagaId);
        state.apply(request.started(), clock.now());
        return state;
    }

    /** A saga; empty if there is none. */
    public Uni<Optional<SagaDetails>> show(String type, String sagaId) {
        return log.load(type, sagaId)
                .chain(found -> found.isPresent()
                        ? Uni.createFrom().item(found)
                        : table.request(type, sagaId).map(request -> request.map(first -> begun(type, sagaId, first))))
                .map(found -> found.map(SagaDetails::of));
    }

    /**
     * What happened to a saga, oldest first; empty if there is none.
     *
     * @param from position in the saga's stream, 1 or more
     */
    public Uni<Optional<StreamPage>> timeline(String type, String sagaId, long from, int limit) {
        return log.timeline(type, sagaId, from, limit);
    }

    /** Sagas, newest first. A saga that has just changed may be listed as it was a moment ago. */
    public Uni<List<SagaSummary>> list(SagaQuery query) {
        return table.list(query);
    }

    /** Some of the sagas that wait for an operator, or for code of their version. */
    public Uni<List<SagaSummary>> stuck() {
        return table.stuck(registry.types(), MAX_STUCK);
    }

    /** How many sagas wait for an operator or for code, by type, as it was within the last half minute. */
    public Map<String, Long> stuckCounts() {
        return engine.stuckCounts();
    }

    /**
     * Does what an operator asks.
     *
     * @param step to which step it applies; may be empty if it can be but one
     * @param by who asks
     * @param reason why
     * @return the saga after it; empty if there is none. The Uni fails with a {@link SagaVerbException} if it does not fit the saga's
     *     state
     */
    public Uni<Optional<SagaDetails>> ask(
            String type, String sagaId, SagaVerb verb, Optional<String> step, String by, String reason) {
        text("by", by);
        text("reason", reason);
        return log.load(type, sagaId).chain(found -> {
            if (found.isEmpty()) {
                return Uni.createFrom().item(Optional.empty());
            }
            SagaState saga = found.get();
            List<SagaEvent> events = List.of(event(saga, verb, step, by, reason));
            SagaLog.Transition transition = log.prepare(saga, events, List.of());
            return log.append(transition)
                    .map(done -> {
                        saga.apply(events.get(0), clock.now());
                        return Optional.of(SagaDetails.of(saga));
                    })
                    // It has moved meanwhile: does the verb still fit?
                    .onFailure(VersionConflict.class)
                    .recoverWithUni(() -> ask(type, sagaId, verb, step, by, reason));
        });
    }

    private static SagaEvent event(SagaState saga, SagaVerb verb, Optional<String> step, String by, String reason) {
        if (!saga.allowedVerbs().contains(verb)) {
            throw new SagaVerbException(
                    verb,
                    saga,
                    "%s does not fit a saga that is %s"
                            .formatted(verb.wireName(), saga.status().wireName()));
        }
        if (verb == SagaVerb.CANCEL) {
            return new CancelRequested(by, reason);
        }
        StepState target = target(saga, verb, step);
        boolean undoing = target.status == StepStatus.COMPENSATING;
        return switch (verb) {
            case RETRY -> new RetryRequested(target.name, by, reason);
            case SKIP ->
                undoing ? new CompensationSkipped(target.name, by, reason) : new StepSkipped(target.name, reason, by);
            case RESOLVE -> new StepCompensated(target.name, target.compensationAttempts, 0, by, reason);
            case CANCEL -> throw new IllegalStateException();
        };
    }

    private static StepState target(SagaState saga, SagaVerb verb, Optional<String> step) {
        List<StepState> candidates = saga.candidates(verb);
        if (step.isEmpty() && candidates.size() > 1) {
            throw new InvalidEventException(
                    "step",
                    "must be one of "
                            + candidates.stream().map(each -> each.name).toList());
        }
        return candidates.stream()
                .filter(each -> step.isEmpty() || each.name.equals(step.get()))
                .findFirst()
                .orElseThrow(() -> new SagaVerbException(
                        verb, saga, "%s does not fit the step %s now".formatted(verb.wireName(), step.orElse(""))));
    }

    private static void text(String field, String value) {
        if (value.length() > MAX_TEXT || value.indexOf('\0') >= 0) {
            throw new InvalidEventException(field, "must have at most " + MAX_TEXT + " characters, none of them a NUL");
        }
    }

    private static String firstLine(String message) {
        String text = String.valueOf(message).lines().findFirst().orElse("");
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    /**
     * A saga that was asked for.
     *
     * @param saga as it is
     * @param isNew false if it ran already
     */
    public record Started(SagaDetails saga, boolean isNew) {}
}
