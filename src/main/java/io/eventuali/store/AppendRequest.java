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
 * @param appends at least one; a stream may occur again where nothing is expected of it
 * @param nextDerivedId when the event ids were derived from an idempotency key, the id that one more event would have had:
 *     if the log holds it, the key was used for a longer request before
 * @param sources what comes from elsewhere and is taken in with these events; refused with {@link EventStoreException.SourceMoved}
 *     if one is not where it is expected
 */
public record AppendRequest(List<StreamAppend> appends, Optional<UUID> nextDerivedId, List<SourceStep> sources) {

    /** A request whose events come from nowhere else. */
    public AppendRequest(List<StreamAppend> appends, Optional<UUID> nextDerivedId) {
        this(appends, nextDerivedId, List.of());
    }

    /** @throws InvalidEventException if there is no event to append, or an event id or a stream of which something is
     *     expected occurs twice */
    public AppendRequest {
        appends = List.copyOf(appends);
        sources = List.copyOf(sources);
        if (appends.isEmpty()) {
            throw new InvalidEventException("appends", "must not be empty");
        }
        if (appends.stream().allMatch(append -> append.events().isEmpty())) {
            throw new InvalidEventException(
                    appends.size() > 1 ? "appends" : "events",
                    appends.size() > 1 ? "must have an event" : "must not be empty");
        }
        Set<StreamId> exacting = new HashSet<>();
        Set<StreamId> streams = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        for (int a = 0; a < appends.size(); a++) {
            StreamAppend append = appends.get(a);
            if (append.expected() != ExpectedPosition.ANY) {
                exacting.add(append.stream());
            }
            if (appends.size() > 1 && !streams.add(append.stream()) && exacting.contains(append.stream())) {
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
                nextDerivedId,
                sources);
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
     * A run of events for one stream, or what is expected of a stream to which nothing is written.
     *
     * @param stream need not exist yet
     * @param expected checked while the head of the log is locked
     * @param events at least one, unless something is expected
     */
    public record StreamAppend(StreamId stream, ExpectedPosition expected, List<NewEvent> events) {

        private static final Set<String> STEPS = Set.of(".", "..");

        /** @throws InvalidEventException if there is no event and nothing is expected, or no URL can name the stream: its path would lose {@code .} and {@code ..} */
        public StreamAppend {
            events = List.copyOf(events);
            requireAddressable("aggregateType", stream.aggregateType());
            requireAddressable("aggregateId", stream.aggregateId());
            if (events.isEmpty() && expected == ExpectedPosition.ANY) {
                throw new InvalidEventException("events", "must not be empty");
            }
        }

        private static void requireAddressable(String field, String name) {
            if (STEPS.contains(name)) {
                throw new InvalidEventException(field, "must not be . or .., which no URL can name");
            }
        }
    }
}
