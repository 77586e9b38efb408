package io.eventuali.projection;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the events of one transaction come to, in the making: events are forgotten once they are applied, so it takes the memory
 * of the documents that they changed, however many they are. Used by one thread at a time.
 */
final class Folded<S> {
    private final long from;
    private final Map<String, Document<S>> documents = new LinkedHashMap<>();
    private final List<ParkedEvent> parked = new ArrayList<>();
    private long to;
    private Instant at;
    private int handled;
    private long characters;

    /** @param from checkpoint before it */
    Folded(long from) {
        this.from = from;
        this.to = from;
    }

    /** The document of a key so far, null if no event has changed it. */
    Document<S> document(String key) {
        return documents.get(key);
    }

    /** A handler made this of an event, whose data has so many characters. */
    void changed(Document<S> document, int data) {
        documents.put(document.key(), document);
        characters += data;
        handled++;
    }

    void parked(ParkedEvent event) {
        parked.add(event);
    }

    /** Documents of so many characters were read for it. */
    void loaded(long more) {
        characters += more;
    }

    /** Every event up to the end of these was applied, parked or passed over. */
    void reached(ReadEvents read) {
        to = read.to();
        at = read.at() == null ? at : read.at();
    }

    /** Changes each document. */
    void replaceAll(UnaryOperator<Document<S>> change) {
        documents.replaceAll((key, document) -> change.apply(document));
    }

    /** Checkpoint after it. */
    long to() {
        return to;
    }

    /** Events that it went over. */
    long events() {
        return to - from;
    }

    /** Roughly the characters of JSON in its documents: what was read, and the data that came to it. */
    long characters() {
        return characters;
    }

    /** Events that handlers handled. */
    int handled() {
        return handled;
    }

    /** Changed documents, each once. */
    Collection<Document<S>> documents() {
        return documents.values();
    }

    /** Events that wait behind a dead letter. */
    List<ParkedEvent> parked() {
        return parked;
    }

    /** The transaction that moves the checkpoint over all of it. */
    Batch<S> batch() {
        return new Batch<>(from, to, at, handled, List.copyOf(documents.values()), parked, List.of());
    }

    /** The transaction that changes documents for a dead letter, which is none any more; the checkpoint stays. */
    Batch<S> retried(long deadLetter) {
        return new Batch<>(from, from, null, handled, List.copyOf(documents.values()), List.of(), List.of(deadLetter));
    }
}
