package io.eventuali.store;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.StreamId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Why the store did not do what it was asked. Says what to do next; carries no stack trace, being an answer, not a bug. */
public abstract sealed class EventStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private EventStoreException(String message, Throwable cause) {
        super(message, cause, false, false);
    }

    /** A stream is not where the request expects it. Nothing was written: read the stream and decide again. */
    public static final class VersionConflict extends EventStoreException {
        private static final long serialVersionUID = 1L;

        private final transient StreamId stream;
        private final long expected;
        private final long actual;

        public VersionConflict(StreamId stream, ExpectedPosition expected, long actual) {
            super(
                    "stream %s is at position %d, the append expects %s"
                            .formatted(
                                    stream,
                                    actual,
                                    expected.required() == 0 ? "no such stream" : String.valueOf(expected.required())),
                    null);
            this.stream = stream;
            this.expected = expected.required();
            this.actual = actual;
        }

        /** The stream whose precondition failed. */
        public StreamId stream() {
            return stream;
        }

        /** What was expected; 0 stands for "does not exist". */
        public long expected() {
            return expected;
        }

        /** Where the stream is; 0 stands for "does not exist". */
        public long actual() {
            return actual;
        }
    }

    /** An event id is in the log already, with other content or in another place. Nothing was written. */
    public static final class EventIdConflict extends EventStoreException {
        private static final long serialVersionUID = 1L;

        private final UUID eventId;
        private final transient List<Place> places;
        private final transient Optional<VersionConflict> precondition;

        public EventIdConflict(UUID eventId, String detail) {
            this(eventId, detail, List.of());
        }

        /** @param places of the events in the log that have ids of the request, in its order */
        public EventIdConflict(UUID eventId, String detail, List<Place> places) {
            this("event id " + eventId + " " + detail, eventId, places, Optional.empty());
        }

        private EventIdConflict(
                String message, UUID eventId, List<Place> places, Optional<VersionConflict> precondition) {
            super(message, null);
            this.eventId = eventId;
            this.places = List.copyOf(places);
            this.precondition = precondition;
        }

        /** The same of a request whose precondition failed as well. */
        public EventIdConflict with(VersionConflict failed) {
            return new EventIdConflict(getMessage(), eventId, places, Optional.of(failed));
        }

        /** Where ids of the request were used before, in its order, if that is known. It may be none of the caller's business. */
        public List<Place> places() {
            return places;
        }

        /** The precondition that failed as well, if one did. */
        public Optional<VersionConflict> precondition() {
            return precondition;
        }

        /** The id that was used before. */
        public UUID eventId() {
            return eventId;
        }

        /** Where an event is. */
        public record Place(UUID eventId, StreamId stream, long streamPosition, String eventType) {}
    }

    /** Somebody else has taken in what the request takes in. Nothing was written: look where the sources are and go on from there. */
    public static final class SourceMoved extends EventStoreException {
        private static final long serialVersionUID = 1L;

        public SourceMoved(String message) {
            super(message, null);
        }
    }

    /** The append queue is full. Nothing was written: retry after {@link #retryAfter()}. */
    public static final class Overloaded extends EventStoreException {
        private static final long serialVersionUID = 1L;

        private final Duration retryAfter;

        public Overloaded(String message, Duration retryAfter) {
            super(message, null);
            this.retryAfter = retryAfter;
        }

        /** A wait after which it is worth trying again. */
        public Duration retryAfter() {
            return retryAfter;
        }
    }

    /** The database did not answer in time, or refused. Nothing was written. */
    public static final class Unavailable extends EventStoreException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The log cannot be read at these positions; what is before and after them can. Read on after the last of them. */
    public static final class LogDamaged extends EventStoreException {
        private static final long serialVersionUID = 1L;

        private final transient LogDamage damage;
        private final long streamPosition;

        public LogDamaged(LogDamage damage) {
            this(damage, 0);
        }

        /** @param streamPosition of the event, where one stream is read */
        public LogDamaged(LogDamage damage, long streamPosition) {
            super(
                    streamPosition == 0
                            ? damage.toString()
                            : "the event at position %d of its stream is damaged: %s"
                                    .formatted(streamPosition, damage.reason().text()),
                    null);
            this.damage = damage;
            this.streamPosition = streamPosition;
        }

        /** Position in the stream, where one stream was read; else 0. */
        public long streamPosition() {
            return streamPosition;
        }

        /** Where, and what is wrong. */
        public LogDamage damage() {
            return damage;
        }
    }

    /** The store fails at this request, and at no other: a bug. Nothing was written, and the same request would fail again. */
    public static final class Unwritable extends EventStoreException {
        private static final long serialVersionUID = 1L;

        public Unwritable(Throwable cause) {
            super("the store failed at this request; nothing was written", cause);
        }
    }

    /** The connection was lost while committing: the events are stored or not. A retry with the same event ids settles it. */
    public static final class OutcomeUnknown extends EventStoreException {
        private static final long serialVersionUID = 1L;

        private final List<UUID> eventIds;

        public OutcomeUnknown(List<UUID> eventIds, Throwable cause) {
            super("the connection to the database was lost while committing; retry with the same event ids", cause);
            this.eventIds = List.copyOf(eventIds);
        }

        /** The ids to retry with, in the request's order, also those that the store chose. */
        public List<UUID> eventIds() {
            return eventIds;
        }
    }
}
