package io.eventuali.projection;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Tests a projection without a database: gives it events and looks at the documents.
 *
 * <pre>{@code
 * ProjectionTestKit.of(new UserDirectory())
 *         .given("User", "user-1", "UserRegistered", "{\"name\":\"Ada\"}")
 *         .expect("user-1", new UserView("Ada"))
 *         .given("User", "user-1", "UserDeactivated", "{}")
 *         .expectNone("user-1");
 * }</pre>
 *
 * <p>Documents go through JSON after each event, as they do in the service, so what Jackson cannot write or read shows here. A
 * handler that throws fails the test with an {@link IllegalStateException} that names the event.
 *
 * @param <S> the document
 */
public final class ProjectionTestKit<S> {
    private static final Duration HANDLER_TIMEOUT = Duration.ofSeconds(30);
    private static final long MAX_STATE_BYTES = 1 << 20;

    private final Projection<S> projection;
    private final JsonCodec json;
    private final Fold<S> fold;
    private final Map<String, String> documents = new HashMap<>();
    private long position;

    private ProjectionTestKit(Projection<S> projection, ObjectMapper mapper) {
        this.projection = projection;
        this.json = new JsonCodec(mapper);
        this.fold = new Fold<>(projection, Partition.WHOLE, json, HANDLER_TIMEOUT, MAX_STATE_BYTES, new Progress());
    }

    /** A kit that reads and writes JSON as Quarkus does by default. */
    public static <S> ProjectionTestKit<S> of(Projection<S> projection) {
        return of(projection, Json.MAPPER);
    }

    /** A kit that reads and writes JSON as the application does. */
    public static <S> ProjectionTestKit<S> of(Projection<S> projection, ObjectMapper mapper) {
        return new ProjectionTestKit<>(projection, mapper);
    }

    /**
     * An event happened.
     *
     * @param data JSON
     */
    public ProjectionTestKit<S> given(String aggregateType, String aggregateId, String eventType, String data) {
        return given(aggregateType, aggregateId, eventType, data, "{}");
    }

    /**
     * An event happened.
     *
     * @param data JSON
     * @param metadata a JSON object
     */
    public ProjectionTestKit<S> given(
            String aggregateType, String aggregateId, String eventType, String data, String metadata) {
        position++;
        return given(new StreamEvent(
                position,
                position,
                UUID.randomUUID(),
                new StreamId(aggregateType, aggregateId),
                eventType,
                Instant.now(),
                new JsonText(data),
                new JsonText(metadata)));
    }

    /** An event happened. */
    public ProjectionTestKit<S> given(StreamEvent event) {
        position = Math.max(position, event.globalPosition());
        try {
            for (KeyedEvent keyed : fold.select(List.of(event))) {
                Map<String, Loaded<S>> before = new HashMap<>();
                document(keyed.key()).ifPresent(text -> before.put(keyed.key(), Loaded.text(text)));
                fold.apply(List.of(keyed), before, Set.of(), true).documents().forEach(this::keep);
            }
        } catch (HandlerFailure failure) {
            throw new IllegalStateException(failure.getMessage(), failure.getCause());
        }
        return this;
    }

    private void keep(Document<S> document) {
        if (document.isRemoved()) {
            documents.remove(document.key());
        } else {
            documents.put(document.key(), document.json());
        }
    }

    private Optional<String> document(String key) {
        return Optional.ofNullable(documents.get(key));
    }

    /** The document of a key now. */
    public Optional<S> state(String key) {
        return document(key).map(text -> json.read(text, projection.stateType()));
    }

    /** Keys that have a document now, in their order. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>(documents.keySet());
        keys.sort(null);
        return keys;
    }

    /** @throws AssertionError if the key's document is not equal to this one */
    public ProjectionTestKit<S> expect(String key, S expected) {
        Optional<S> actual = state(key);
        if (!Objects.equals(actual.orElse(null), expected)) {
            throw new AssertionError(
                    "document %s of %s: expected %s, but it is %s".formatted(key, projection.name(), expected, actual));
        }
        return this;
    }

    /** @throws AssertionError if the key has a document */
    public ProjectionTestKit<S> expectNone(String key) {
        return expect(key, null);
    }
}
