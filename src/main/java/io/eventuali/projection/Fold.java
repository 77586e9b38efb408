package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Applies events to documents in memory: a document that many events of a batch change is written once. Either all of the
 * events count or, with a {@link HandlerFailure}, none: the documents that went in must not be used again then, as a handler
 * may have changed one before it failed.
 */
final class Fold<S> {
    /** Bytes of a key: two names and it have to fit an index entry of PostgreSQL. */
    static final int MAX_KEY = 1_800;

    private final Projection<S> projection;
    private final JsonCodec json;
    private final Duration handlerTimeout;
    private final long maxStateBytes;
    private final Progress progress;

    Fold(Projection<S> projection, JsonCodec json, Duration handlerTimeout, long maxStateBytes, Progress progress) {
        this.projection = projection;
        this.json = json;
        this.handlerTimeout = handlerTimeout;
        this.maxStateBytes = maxStateBytes;
        this.progress = progress;
    }

    /** The events that the projection handles, each with its key. */
    List<KeyedEvent> select(List<StreamEvent> events) {
        List<KeyedEvent> selected = new ArrayList<>();
        for (StreamEvent event : events) {
            try {
                projection.keyOf(event).ifPresent(key -> selected.add(new KeyedEvent(event, checked(key))));
            } catch (RuntimeException failed) {
                throw new HandlerFailure(event.globalPosition(), event.eventType(), failed);
            }
        }
        return selected;
    }

    private static String checked(String key) {
        boolean mayBeLong = key.length() * 3L > MAX_KEY;
        if (key.isEmpty()
                || key.indexOf('\0') >= 0
                || (mayBeLong && key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY)) {
            throw new IllegalArgumentException(
                    "a key must have 1 to " + MAX_KEY + " bytes of UTF-8, and no NUL character");
        }
        return key;
    }

    /**
     * Applies events in their order.
     *
     * @param before documents so far, by key
     * @param parkedKeys keys whose events wait behind a dead letter; they are not applied
     * @param single whether to hold each document against the limits after each event, to find out which one breaks them
     */
    Result<S> apply(List<KeyedEvent> events, Map<String, Loaded<S>> before, Set<String> parkedKeys, boolean single) {
        Map<String, Document<S>> changed = new LinkedHashMap<>();
        List<ParkedEvent> parked = new ArrayList<>();
        int handled = 0;
        try {
            for (KeyedEvent event : events) {
                if (parkedKeys.contains(event.key())) {
                    parked.add(
                            new ParkedEvent(event.position(), event.key(), "follows a dead letter of the same key", 0));
                    continue;
                }
                Document<S> earlier = changed.get(event.key());
                S state = earlier != null ? handle(earlier.state(), event) : handle(before.get(event.key()), event);
                Document<S> document = new Document<>(event.key(), state, null, event.position());
                changed.put(
                        event.key(), single ? encoded(document, event.event().eventType()) : document);
                handled++;
            }
        } finally {
            progress.done();
        }
        return new Result<>(handled, single ? changed.values() : encoded(changed.values()), parked);
    }

    private S handle(Loaded<S> loaded, KeyedEvent event) {
        S state;
        try {
            state = loaded == null ? null : loaded.state(projection.stateType(), json);
        } catch (RuntimeException unreadable) {
            throw new HandlerFailure(event.position(), event.event().eventType(), unreadable);
        }
        return handle(state, event);
    }

    private S handle(S state, KeyedEvent event) {
        progress.reached(event);
        try {
            return projection.apply(state, event.event(), json, handlerTimeout);
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failed) {
            throw new HandlerFailure(event.position(), event.event().eventType(), failed);
        }
    }

    private List<Document<S>> encoded(Collection<Document<S>> documents) {
        List<Document<S>> encoded = new ArrayList<>(documents.size());
        for (Document<S> document : documents) {
            encoded.add(encoded(document, document.key()));
        }
        return encoded;
    }

    private Document<S> encoded(Document<S> document, String madeBy) {
        if (document.isRemoved()) {
            return document;
        }
        String text;
        try {
            text = json.write(document.state(), projection.stateType());
        } catch (RuntimeException | StackOverflowError failed) {
            throw new HandlerFailure(document.position(), madeBy, failed);
        }
        // A character has three bytes at most (a pair of surrogates four), so most documents need not be counted.
        if (text.length() * 3L > maxStateBytes && text.getBytes(StandardCharsets.UTF_8).length > maxStateBytes) {
            throw new HandlerFailure(
                    document.position(), madeBy, "the document would exceed " + maxStateBytes + " bytes of JSON");
        }
        return new Document<>(document.key(), document.state(), text, document.position());
    }

    /**
     * What events come to.
     *
     * @param handled events that handlers handled
     * @param documents changed, each once
     * @param parked events that wait behind a dead letter
     */
    record Result<S>(int handled, Collection<Document<S>> documents, List<ParkedEvent> parked) {}
}
