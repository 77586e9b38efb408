package io.eventuali.saga;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Coordinates steps over other services, and undoes in reverse order what was done when one of them fails (G9). Write a CDI bean
 * that extends this class and says in its constructor what to do:
 *
 * <pre>{@code
 * @ApplicationScoped
 * public class OrderSaga extends SagaHandler<OrderData> {
 *     @Inject
 *     OrderSaga(Payments payments, Stock stock) {
 *         super("order", OrderData.class);
 *         startsOn("OrderPlaced", OrderPlaced.class, OrderData::from);
 *         step("reserve-stock", stock::reserve).compensate(stock::release).retries(3).timeout(ofSeconds(15));
 *         step("charge", payments::charge).compensate(payments::refund);
 *     }
 * }
 * }</pre>
 *
 * <p>Each step runs at least once, with an idempotency key that stays the same. What happens is appended to the stream
 * {@code Saga.<name>/<sagaId>}, before and after each action, and is all that another replica needs to go on.
 *
 * <p>Data and payloads are read and written by Jackson; for a native image register them for reflection.
 *
 * @param <D> what the saga knows; a record, most often
 */
public abstract class SagaHandler<D> {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final int MAX_STEPS = 100;

    private final String name;
    private final Class<D> dataType;
    private final Map<String, Start<D>> starts = new LinkedHashMap<>();
    private final List<List<SagaStep<D>>> stages = new ArrayList<>();
    private int version = 1;
    private Optional<Duration> deadline = Optional.empty();

    /**
     * @param name 1 to 100 letters, digits, dots, hyphens or underscores, beginning with a letter or digit
     * @param dataType what the saga knows
     * @throws InvalidEventException if the name breaks the rule
     */
    protected SagaHandler(String name, Class<D> dataType) {
        this.name = checkName("saga", name);
        this.dataType = dataType;
    }

    /** For the client proxies of CDI, which hold nothing themselves. */
    protected SagaHandler() {
        this.name = null;
        this.dataType = null;
    }

    /**
     * Starts a saga for each event of this type. Its business key is the event's aggregate id.
     *
     * @param data what the saga knows at first
     */
    protected final <P> void startsOn(String eventType, Class<P> payload, Function<P, D> data) {
        startsOn(eventType, payload, (fields, event) -> data.apply(fields), StreamEvent::aggregateId);
    }

    /**
     * Starts a saga for each event of this type.
     *
     * @param data what the saga knows at first; null starts none
     * @param businessKey unique among running sagas of this name: no second one is started while the first runs
     */
    protected final <P> void startsOn(
            String eventType,
            Class<P> payload,
            BiFunction<P, StreamEvent, D> data,
            Function<StreamEvent, String> businessKey) {
        Start<D> start = new Start<>(
                (event, codec) ->
                        data.apply(codec.read(SagaJson.tree(event.data().text()), payload), event),
                businessKey);
        if (starts.putIfAbsent(eventType, start) != null) {
            throw new IllegalStateException("saga %s starts on %s twice".formatted(name, eventType));
        }
    }

    /** The next step. */
    protected final SagaStep<D> step(String stepName, SagaAction<D> action) {
        return add(new SagaStep<>(
                checkName("step", stepName),
                (data, context) -> Uni.createFrom().item(action.run(data, context)),
                null));
    }

    /** The next step, whose action answers later and holds no thread meanwhile. */
    protected final SagaStep<D> stepAsync(String stepName, BiFunction<D, StepContext, Uni<D>> action) {
        return add(new SagaStep<>(checkName("step", stepName), action::apply, null));
    }

    /**
     * Waits for an event; one that came after the saga had started counts, even if it came before the saga got here. The step is
     * called {@code await-<eventType>}.
     *
     * @param correlation what the event's key, its aggregate id unless {@link SagaStep#correlatedBy} says otherwise, has to be
     */
    protected final SagaStep<D> await(String eventType, Function<D, String> correlation) {
        return await(eventType, correlation, (data, event, codec) -> data);
    }

    /**
     * Waits for an event, and takes what it says into the saga's data.
     *
     * @param correlation what the event's key, its aggregate id unless {@link SagaStep#correlatedBy} says otherwise, has to be
     */
    protected final <P> SagaStep<D> await(
            String eventType, Class<P> payload, Function<D, String> correlation, BiFunction<D, P, D> change) {
        return await(
                eventType,
                correlation,
                (data, event, codec) ->
                        change.apply(data, codec.read(SagaJson.tree(event.data().text()), payload)));
    }

    private SagaStep<D> await(String eventType, Function<D, String> correlation, SagaStep.EventMapper<D> mapper) {
        return add(new SagaStep<>(
                checkName("step", "await-" + eventType), null, new SagaStep.Awaited<>(eventType, correlation, mapper)));
    }

    /**
     * Has steps, which have just been made, run at the same time. All get the data from before; of what they return, the members
     * that each has changed are taken over.
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    protected final void parallel(SagaStep<D>... steps) {
        List<SagaStep<D>> group = Arrays.asList(steps);
        int first = stages.size() - group.size();
        List<SagaStep<D>> last = first < 0
                ? List.of()
                : stages.subList(first, stages.size()).stream()
                        .flatMap(List::stream)
                        .toList();
        if (group.isEmpty() || !last.equals(group)) {
            throw new IllegalStateException("parallel takes steps that are made in its arguments");
        }
        stages.subList(first, stages.size()).clear();
        stages.add(List.copyOf(group));
    }

    /** Has a step, which has just been made, skipped unless the condition holds when its turn comes. */
    protected final SagaStep<D> when(Predicate<D> condition, SagaStep<D> step) {
        step.condition(condition);
        return step;
    }

    /** How long the steps may take in all, {@code eventuali.saga.deadline} (30 minutes) unless said; after that it is undone. */
    protected final void deadline(Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("a deadline is more than 0, not " + duration);
        }
        deadline = Optional.of(duration);
    }

    /**
     * Number of this code; 1 unless said otherwise. Raise it when the steps change, and keep the older bean, with its number, for
     * as long as sagas run that it started.
     */
    protected final void version(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("a version is 1 or more, not " + number);
        }
        version = number;
    }

    private SagaStep<D> add(SagaStep<D> step) {
        if (steps().stream().anyMatch(other -> other.name().equals(step.name()))) {
            throw new IllegalStateException("saga %s has two steps %s".formatted(name, step.name()));
        }
        if (steps().size() == MAX_STEPS) {
            throw new IllegalStateException("saga %s has more than %d steps".formatted(name, MAX_STEPS));
        }
        stages.add(List.of(step));
        return step;
    }

    private static String checkName(String field, String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new InvalidEventException(
                    field,
                    "must be 1 to 100 letters, digits, dots, hyphens or underscores, beginning with a letter or digit");
        }
        return name;
    }

    final String name() {
        return name;
    }

    final int version() {
        return version;
    }

    final Class<D> dataType() {
        return dataType;
    }

    final Optional<Duration> deadline() {
        return deadline;
    }

    final Map<String, Start<D>> starts() {
        return starts;
    }

    /** Steps in their order; those of one list run at the same time. */
    final List<List<SagaStep<D>>> stages() {
        return stages;
    }

    final List<SagaStep<D>> steps() {
        return stages.stream().flatMap(List::stream).toList();
    }

    /** What distinguishes the order of these steps from another one. */
    final List<String> stepNames() {
        return steps().stream().map(SagaStep::name).toList();
    }

    final SagaStep<D> step(String stepName) {
        return steps().stream()
                .filter(step -> step.name().equals(stepName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("saga %s has no step %s".formatted(name, stepName)));
    }

    final D data(JsonNode json, SagaCodec codec) {
        return codec.read(json, dataType);
    }

    /** How an event starts a saga. */
    record Start<D>(StartMapper<D> data, Function<StreamEvent, String> businessKey) {}

    /** What a saga knows by the event that starts it. */
    @FunctionalInterface
    interface StartMapper<D> {
        D apply(StreamEvent event, SagaCodec codec);
    }
}
