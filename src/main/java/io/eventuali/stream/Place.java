package io.eventuali.stream;

import io.smallrye.mutiny.Multi;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** A place that a client holds for something else than a subscription to events, while an answer goes on. */
public final class Place {
    private final String id = UUID.randomUUID().toString();
    private final Kind kind;
    private final String projection;
    private final Client client;
    private final Instant since = Instant.now();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean ended;
    private volatile Runnable told = () -> {};

    Place(Kind kind, String projection, Client client) {
        this.kind = kind;
        this.projection = projection;
        this.client = client;
    }

    /** What for. */
    public enum Kind {
        /** Follows documents of a projection. */
        STATES("states"),
        /** Follows a rebuild of a projection. */
        REBUILD("rebuild"),
        /** Waits for a projection to come to a position, or for the end of a recount of the log. */
        WAIT("wait"),
        /** Waits for events of a durable consumer. */
        CLAIM("claim"),
        /** Reads the log in one answer. */
        EXPORT("export");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** Its name in lists. */
        public String text() {
            return text;
        }
    }

    /** Names it in lists, and for {@link EventStreamer#unsubscribe(String, String)}. */
    public String id() {
        return id;
    }

    /** What it is for. */
    public Kind kind() {
        return kind;
    }

    /** The projection that it is about; empty if it is about none. */
    public String projection() {
        return projection;
    }

    /** Whose it is. */
    public Client client() {
        return client;
    }

    /** When it was taken. */
    public Instant since() {
        return since;
    }

    /** How many bytes were handed over so far. */
    public long bytes() {
        return bytes.get();
    }

    void count(Object item) {
        if (item instanceof byte[] piece) {
            bytes.addAndGet(piece.length);
        }
    }

    /** Emits once the place is to be given back before its time. */
    Multi<Boolean> ended() {
        return Multi.createFrom().emitter(emitter -> {
            told = () -> emitter.emit(true);
            if (ended) {
                told.run();
            }
        });
    }

    void end() {
        ended = true;
        told.run();
    }

    void requireNotEnded() {
        if (ended) {
            throw NoPlaceException.takenAway();
        }
    }
}
