package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.eventuali.task.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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

    private static final Failure BEHIND_ANOTHER =
            new Failure("follows-a-dead-letter", "follows a dead letter of the same key");

    private final Projection<S> projection;
    private final Partition partition;
    private final JsonCodec json;
    private final Handling live;
    private final Handling replayed;
    private final long maxStateBytes;
    private final Progress progress;
    private volatile long replayUntil;

    Fold(
            Projection<S> projection,
            Partition partition,
            JsonCodec json,
            Duration handlerTimeout,
            long maxStateBytes,
            Progress progress) {
        this.projection = projection;
        this.partition = partition;
        this.json = json;
        this.live = new Handling(json, handlerTimeout, false);
        this.replayed = new Handling(json, handlerTimeout, true);
        this.maxStateBytes = maxStateBytes;
        this.progress = progress;
    }

    /** Up to which position handlers are told that an event is a replay. */
    void replayUntil(long position) {
        replayUntil = position;
    }

    /** With what a handler is called for an event. */
    Handling handling(KeyedEvent event) {
        return event.position() <= replayUntil ? replayed : live;
    }

    /** The events that this partition handles, each with its key. One that cannot be told its key is that of its aggregate's partition. */
    List<KeyedEvent> select(List<StreamEvent> events) {
        List<KeyedEvent> selected = new ArrayList<>();
        for (StreamEvent event : events) {
            try {
                projection
                        .keyOf(event)
                        .map(Fold::checked)
                        .filter(partition::holds)
                        .ifPresent(key -> selected.add(new KeyedEvent(event, key)));
            } catch (RuntimeException failed) {
                if (partition.holds(event.aggregateId())) {
                    throw new HandlerFailure(event.globalPosition(), event.eventType(), failed);
                }
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

    /** Applies events that are a transaction of their own; see {@link #apply(Folded, List, Map, Set, boolean, long)}. */
    Folded<S> apply(List<KeyedEvent> events, Map<String, Loaded<S>> before, Set<String> parkedKeys, boolean single) {
        Folded<S> folded = new Folded<>(0);
        apply(folded, events, before, parkedKeys, single, Long.MAX_VALUE);
        return encoded(folded);
    }

    /**
     * Applies events in their order, on top of those that the transaction has already.
     *
     * @param before documents so far, by key, of those that the transaction has not changed yet
     * @param parkedKeys keys whose events wait behind a dead letter; they are not applied
     * @param single whether to hold each document against the limits after each event, to find out which one breaks them
     * @param nanos how long it may take: at least one event is applied, then as many as the time allows
     * @return how many were applied
     */
    int apply(
            Folded<S> folded,
            List<KeyedEvent> events,
            Map<String, Loaded<S>> before,
            Set<String> parkedKeys,
            boolean single,
            long nanos) {
        long started = System.nanoTime();
        int applied = 0;
        try {
            for (KeyedEvent event : events) {
                if (applied > 0 && System.nanoTime() - started > nanos) {
                    break;
                }
                applied++;
                if (parkedKeys.contains(event.key())) {
                    folded.parked(new ParkedEvent(event.position(), event.key(), BEHIND_ANOTHER, 0));
                    continue;
                }
                Document<S> earlier = folded.document(event.key());
                S state = earlier != null ? handle(earlier.state(), event) : handle(before.get(event.key()), event);
                Document<S> document = new Document<>(event.key(), state, null, event.position());
                folded.changed(
                        single ? encoded(document, event.event().eventType()) : document,
                        event.event().data().text().length());
            }
        } finally {
            progress.done();
        }
        return applied;
    }

    private S handle(Loaded<S> loaded, KeyedEvent event) {
        S state;
        try {
            state = loaded == null ? null : loaded.state(projection.stateType(), json);
        } catch (RuntimeException unreadable) {
            throw HandlerFailure.ofDocument(event, projection.version(), unreadable);
        }
        return handle(state, event);
    }

    private S handle(S state, KeyedEvent event) {
        progress.reached(event);
        try {
            return projection.apply(state, event.event(), handling(event));
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failed) {
            throw new HandlerFailure(event.position(), event.event().eventType(), failed);
        }
    }

    /** Writes the documents as JSON, each once, for as many events as it may have had. */
    Folded<S> encoded(Folded<S> folded) {
        folded.replaceAll(document -> document.json() == null ? encoded(document, document.key()) : document);
        return folded;
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
                    document.position(),
                    madeBy,
                    "document-too-large",
                    "the document would exceed " + maxStateBytes + " bytes of JSON");
        }
        return new Document<>(document.key(), document.state(), text, document.position());
    }
}
