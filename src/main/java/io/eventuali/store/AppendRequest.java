package io.eventuali.store;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What one caller wants stored: events for one or more streams, all or none.
 *
 * @param appends at least one; each stream at most once
 * @param nextDerivedId when the event ids were derived from an idempotency key, the id that one more event would have had:
 *     if the log holds it, the key was used for a longer request before
 */
public record AppendRequest(List<StreamAppend> appends, Optional<UUID> nextDerivedId) {

    /** @throws InvalidEventException if there is nothing to append, or a stream or an event id occurs twice */
    public AppendRequest {
        appends = List.copyOf(appends);
        if (appends.isEmpty()) {
            throw new InvalidEventException("appends", "must not be empty");
        }
        Set<StreamId> streams = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        for (int a = 0; a < appends.size(); a++) {
            StreamAppend append = appends.get(a);
            if (appends.size() > 1 && !streams.add(append.stream())) {
                throw new InvalidEventException("appends[" + a + "]", "names the stream " + append.stream() + " again");
            }
            for (int e = 0; e < append.events().size(); e++) {
                Optional<UUID> id = append.events().get(e).eventId();
                if (id.isPresent() && !ids.add(id.get())) {
                    throw new InvalidEventException(
                            (appends.size() > 1 ? "appends[" + a + "]." : "") + "events[" + e + "].eventId",
                            "must occur once in a request");
                }
            }
        }
    }

    /** A request for one stream. */
    public static AppendRequest to(StreamId stream, ExpectedPosition expected, List<NewEvent> events) {
        return new AppendRequest(List.of(new StreamAppend(stream, expected, events)), Optional.empty());
    }

    /** The same request with each event replaced. */
    public AppendRequest map(UnaryOperator<NewEvent> change) {
        return new AppendRequest(
                appends.stream()
                        .map(append -> new StreamAppend(
                                append.stream(),
                                append.expected(),
                                append.events().stream().map(change).toList()))
                        .toList(),
                nextDerivedId);
    }

    /** How many events the request holds. */
    public int eventCount() {
        int count = 0;
        for (StreamAppend append : appends) {
            count += append.events().size();
        }
        return count;
    }

    /**
     * A run of events for one stream.
     *
     * @param stream need not exist yet
     * @param expected checked while the head of the log is locked
     * @param events at least one
     */
    public record StreamAppend(StreamId stream, ExpectedPosition expected, List<NewEvent> events) {

        /** @throws InvalidEventException if there is no event */
        public StreamAppend {
            events = List.copyOf(events);
            if (events.isEmpty()) {
                throw new InvalidEventException("events", "must not be empty");
            }
        }
    }
}
