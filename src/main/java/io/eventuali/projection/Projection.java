package io.eventuali.projection;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Names;
import io.eventuali.event.StreamEvent;
import io.eventuali.stream.NamePattern;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Builds a read model out of the log: one JSON document for each key, kept in PostgreSQL together with the checkpoint, so that
 * each event counts exactly once (G8). Write a CDI bean that extends this class and says in its constructor what to do:
 *
 * <pre>{@code
 * @ApplicationScoped
 * public class UserDirectory extends Projection<UserView> {
 *     UserDirectory() {
 *         super("user-directory", UserView.class);
 *         on("UserRegistered", UserRegistered.class, (view, e) -> new UserView(e.data().name(), e.data().email()));
 *         on("UserDeactivated", (view, e) -> null);
 *     }
 * }
 * }</pre>
 *
 * <p>Handlers are functions of the document so far (null when there is none) and the event; what they return is the document
 * from then on, null removes it. They run one after the other, in log order, on a worker thread, so they may block. A handler
 * may be called again for the same event, after a failure or a change of owner, and then gets the same document: effects
 * elsewhere have to be idempotent. One replica runs a projection, or each of its {@link #partitions}, at a time.
 *
 * <p>Types of documents and payloads are read and written by Jackson. For a native image register them for reflection; nothing
 * else is looked up at run time.
 *
 * @param <S> the document; a record, most often
 */
public abstract class Projection<S> {
    private static final int MAX_NAME = 100;
    /** Of one projection: each has a lease, and goes over the whole log. */
    static final int MAX_PARTITIONS = 64;

    private final String name;
    private final Class<S> stateType;
    private final Map<String, EventHandler<S>> handlers = new HashMap<>();
    private final Upcasters upcasters = new Upcasters();
    private EventHandler<S> otherwise;
    private Function<StreamEvent, String> key = StreamEvent::aggregateId;
    private final List<NamePattern> aggregateTypes = new ArrayList<>();
    private final List<NamePattern> eventTypes = new ArrayList<>();
    private Predicate<StreamEvent> filter = event -> true;
    private PoisonPolicy poisonPolicy = PoisonPolicy.STOP;
    private int version = 1;
    private int partitions = 1;
    private boolean inMemory;
    private int snapshotEvery;

    /**
     * @param name unique in the application, 1 to 100 printable characters
     * @param stateType the document
     * @throws InvalidEventException if the name breaks the rule
     */
    protected Projection(String name, Class<S> stateType) {
        Names.check("projection", name);
        if (name.length() > MAX_NAME) {
            throw new InvalidEventException("projection", "must have at most " + MAX_NAME + " characters");
        }
        this.name = name;
        this.stateType = stateType;
    }

    /** For the client proxies of CDI, which hold nothing themselves. */
    protected Projection() {
        this.name = null;
        this.stateType = null;
    }

    /**
     * Handles events of this type, with their data read into a type.
     *
     * @throws IllegalStateException if the type has a handler already
     */
    protected final <P> void on(String eventType, Class<P> payload, BiFunction<S, ProjectedEvent<P>, S> handler) {
        handle(eventType, (state, event, handling) -> handler.apply(state, projected(event, payload, handling)));
    }

    /** Handles events of this type as they are in the log. */
    protected final void on(String eventType, BiFunction<S, StreamEvent, S> handler) {
        handle(eventType, (state, event, handling) -> handler.apply(state, event));
    }

    /** Handles events of this type; the next one is handled after the answer. A Uni that fails is a failure of the handler. */
    protected final <P> void onAsync(
            String eventType, Class<P> payload, BiFunction<S, ProjectedEvent<P>, Uni<S>> handler) {
        handle(eventType, (state, event, handling) -> handler.apply(state, projected(event, payload, handling))
                .await()
                .atMost(handling.timeout()));
    }

    /** Handles the events of all types that have no handler of their own. */
    protected final void onAnyOther(BiFunction<S, StreamEvent, S> handler) {
        otherwise = (state, event, handling) -> handler.apply(state, event);
    }

    /**
     * Which document an event is for: its aggregate id, unless said otherwise. Null passes the event over; a key has at most
     * 1,800 bytes of UTF-8.
     */
    protected final void keyedBy(Function<StreamEvent, String> function) {
        key = function;
    }

    /**
     * Passes over events of other aggregate types than these, each a name, or names with {@code *} for any run of characters. What it declares
     * can be looked up, so a projection that is behind, or built anew, need not read what is between its events.
     *
     * @throws InvalidEventException if a pattern breaks the rules of {@link NamePattern#of}
     */
    protected final void filterByAggregateType(String... patterns) {
        Stream.of(patterns).map(NamePattern::of).forEach(aggregateTypes::add);
    }

    /**
     * The same for event types, with {@link #onAnyOther}; without it a projection passes over all types that have no handler.
     *
     * @throws InvalidEventException if a pattern breaks the rules of {@link NamePattern#of}
     */
    protected final void filterByEventType(String... patterns) {
        Stream.of(patterns).map(NamePattern::of).forEach(eventTypes::add);
    }

    /** Passes over events that are not accepted; {@code EventFilter::accepts} fits. Each event is read to be asked about: declare types, if they tell. */
    protected final void filter(Predicate<StreamEvent> accepted) {
        filter = accepted;
    }

    /**
     * Number of this code; 1 unless said otherwise. With a higher one than that of the documents, new documents are built beside
     * them, which are served from when they have caught up; until then replicas with the old code go on with the old ones.
     */
    protected final void version(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("a version is 1 or more, not " + number);
        }
        version = number;
    }

    /**
     * Splits the keys into so many partitions, by their hash, which different replicas may run at the same time; 1 unless said
     * otherwise. Order is kept within a key, not between keys. Documents that are there keep the number that they began with: another
     * one counts from the next version, rebuild or reset on. {@code eventuali.projection."name".partitions} comes before it.
     *
     * @param number 1 to 64
     */
    protected final void partitions(int number) {
        if (number < 1 || number > MAX_PARTITIONS) {
            throw new IllegalArgumentException("partitions are 1 to " + MAX_PARTITIONS + ", not " + number);
        }
        partitions = number;
    }

    /** What to do with an event that cannot be handled; {@link PoisonPolicy#STOP} unless said otherwise. */
    protected final void onPoison(PoisonPolicy policy) {
        poisonPolicy = policy;
    }

    /**
     * Changes the data of events of this type before a handler sees it.
     *
     * @param fromVersion {@code metadata.schemaVersion} of the events to change (1 when it is absent); the result has the next one
     */
    protected final void upcast(String eventType, int fromVersion, UnaryOperator<JsonNode> change) {
        upcasters.add(eventType, fromVersion, change);
    }

    /**
     * Keeps the documents on the heap of every replica instead of in the database. Each replica runs the projection by itself
     * and builds it from the whole log when it starts. There is no dead letter for it: it stops on poison.
     */
    protected final void keepInMemory() {
        inMemory = true;
    }

    /**
     * As {@link #keepInMemory()}, and keeps a snapshot of all documents in the database, from which a start goes on in place of the
     * whole log. It is written each so many events of the log, whether they are handled or not, and when the process ends; of
     * several replicas one writes it. Other versions of the code do not use it. One that is larger than
     * {@code eventuali.projection."name".snapshot-bytes} is not written.
     *
     * @param snapshotEvery events, 1 or more; a process that crashes handles at most so many again, and those of the last seconds
     */
    protected final void keepInMemory(int snapshotEvery) {
        if (snapshotEvery < 1) {
            throw new IllegalArgumentException("a snapshot is written each 1 or more events, not " + snapshotEvery);
        }
        inMemory = true;
        this.snapshotEvery = snapshotEvery;
    }

    void handle(String eventType, EventHandler<S> handler) {
        if (handlers.putIfAbsent(eventType, handler) != null) {
            throw new IllegalStateException("projection %s has two handlers of %s".formatted(name, eventType));
        }
    }

    static <P> ProjectedEvent<P> projected(StreamEvent event, Class<P> payload, Handling handling) {
        return new ProjectedEvent<>(event, handling.json().read(event.data().text(), payload), handling.replay());
    }

    final String name() {
        return name;
    }

    final Class<S> stateType() {
        return stateType;
    }

    final int version() {
        return version;
    }

    final int partitions() {
        return partitions;
    }

    final boolean isInMemory() {
        return inMemory;
    }

    /** Events between two snapshots; 0 for none. */
    final int snapshotEvery() {
        return snapshotEvery;
    }

    final PoisonPolicy poisonPolicy() {
        return inMemory ? PoisonPolicy.STOP : poisonPolicy;
    }

    boolean handles(String eventType) {
        return otherwise != null || handlers.containsKey(eventType);
    }

    /** Whether events of these types may be for the projection. */
    final boolean handles(String aggregateType, String eventType) {
        return handles(eventType) && matches(aggregateTypes, aggregateType) && matches(eventTypes, eventType);
    }

    private static boolean matches(List<NamePattern> patterns, String name) {
        return patterns.isEmpty() || patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }

    /** Whether it says by types which events it handles. */
    final boolean isSelective() {
        return otherwise == null || !aggregateTypes.isEmpty() || !eventTypes.isEmpty();
    }

    /** The event in the shape that handlers know. */
    final StreamEvent upcast(StreamEvent event, Handling handling) {
        return upcasters.newest(event, handling.json());
    }

    /** The document that an event is for; empty when the projection passes it over. */
    final Optional<String> keyOf(StreamEvent event) {
        return handles(event.aggregateType(), event.eventType()) && filter.test(event)
                ? Optional.ofNullable(key.apply(event))
                : Optional.empty();
    }

    /** The document after an event for which {@link #keyOf} gave its key. */
    final S apply(S state, StreamEvent event, Handling handling) {
        return handlers.getOrDefault(event.eventType(), otherwise).apply(state, upcast(event, handling), handling);
    }
}
