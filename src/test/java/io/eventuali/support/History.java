package io.eventuali.support;

import io.eventuali.event.ReservedStreams;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * Everything that clients were told, held against what is stored: an independent witness of G1, G2, G4 and G6. Recording is
 * safe for any number of threads.
 */
public final class History {
    private final Set<UUID> sent = ConcurrentHashMap.newKeySet();
    private final Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Sequence> sequences = new ConcurrentLinkedQueue<>();

    /** A client is about to ask for this event to be stored, for the first time or again. */
    public void sending(UUID eventId) {
        sent.add(eventId);
    }

    /** A client was told that this event is stored. */
    public void acknowledged(UUID eventId, long globalPosition) {
        acknowledged.add(new Acknowledged(eventId, globalPosition));
    }

    public int acknowledgedCount() {
        return acknowledged.size();
    }

    /**
     * A reader saw these global positions, in this order.
     *
     * @param after where it started, exclusive
     * @param wanted which events its filter accepts
     */
    public void delivered(String reader, long after, Predicate<Stored> wanted, List<Long> positions) {
        sequences.add(new Sequence(reader, after, wanted, List.copyOf(positions)));
    }

    /** Reads what is stored. */
    public static List<Stored> stored(Connection connection) throws SQLException {
        List<Stored> events = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT global_position, event_id, aggregate_type, aggregate_id, stream_position, event_type"
                                + " FROM events ORDER BY global_position")) {
            while (rows.next()) {
                events.add(new Stored(
                        rows.getLong(1),
                        rows.getObject(2, UUID.class),
                        rows.getString(3),
                        rows.getString(4),
                        rows.getLong(5),
                        rows.getString(6)));
            }
        }
        return events;
    }

    /**
     * What is wrong, at most a few of each kind; empty when all promises were kept.
     *
     * @param stored the whole log
     */
    public List<String> violations(List<Stored> stored) {
        return violations(stored, Set.of());
    }

    /**
     * The same for a log that lost events. Those that were acknowledged have to be named as lost.
     *
     * @param stored the whole log
     * @param lost events that are named as lost
     */
    public List<String> violations(List<Stored> stored, Set<UUID> lost) {
        Violations found = new Violations();
        Map<UUID, Stored> byId = new HashMap<>();
        Map<String, Long> streams = new HashMap<>();
        long position = 0;
        for (Stored event : stored) {
            position++;
            if (event.globalPosition() != position) {
                found.add("gap", "position %d is followed by %d", position - 1, event.globalPosition());
                position = event.globalPosition();
            }
            if (byId.put(event.eventId(), event) != null) {
                found.add("stored twice", "event %s", event.eventId());
            }
            if (!sent.contains(event.eventId()) && !ReservedStreams.contains(event.aggregateType())) {
                found.add("phantom", "event %s was never sent", event.eventId());
            }
            String stream = event.aggregateType() + "/" + event.aggregateId();
            long expected = streams.getOrDefault(stream, 0L) + 1;
            if (event.streamPosition() != expected) {
                found.add("stream gap", "%s has %d where %d is due", stream, event.streamPosition(), expected);
            }
            streams.put(stream, event.streamPosition());
        }
        Set<UUID> checked = new HashSet<>();
        for (Acknowledged ack : acknowledged) {
            Stored event = byId.get(ack.eventId());
            if (event == null && lost.contains(ack.eventId())) {
                continue;
            }
            if (event == null) {
                found.add("lost acknowledgement", "event %s at %d", ack.eventId(), ack.globalPosition());
            } else if (event.globalPosition() != ack.globalPosition()) {
                found.add(
                        "wrong acknowledgement",
                        "event %s is at %d, its writer was told %d",
                        ack.eventId(),
                        event.globalPosition(),
                        ack.globalPosition());
            }
            if (!checked.add(ack.eventId())) {
                found.add("acknowledged twice", "event %s", ack.eventId());
            }
        }
        sequences.forEach(sequence -> check(sequence, stored, found));
        return found.all;
    }

    private static void check(Sequence sequence, List<Stored> stored, Violations found) {
        List<Long> expected = stored.stream()
                .filter(event -> event.globalPosition() > sequence.after())
                .filter(sequence.wanted())
                .map(Stored::globalPosition)
                .toList();
        List<Long> actual = sequence.positions();
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            Long due = i < expected.size() ? expected.get(i) : null;
            Long got = i < actual.size() ? actual.get(i) : null;
            if (due == null || !due.equals(got)) {
                found.add("delivery", "%s got %s as number %d where %s is due", sequence.reader(), got, i + 1, due);
                return;
            }
        }
    }

    /** One row of the log. */
    public record Stored(
            long globalPosition,
            UUID eventId,
            String aggregateType,
            String aggregateId,
            long streamPosition,
            String eventType) {}

    private record Acknowledged(UUID eventId, long globalPosition) {}

    private record Sequence(String reader, long after, Predicate<Stored> wanted, List<Long> positions) {}

    private static final class Violations {
        private static final int SHOWN = 5;
        private final List<String> all = new ArrayList<>();
        private final Map<String, Integer> counts = new HashMap<>();

        void add(String kind, String format, Object... arguments) {
            if (counts.merge(kind, 1, Integer::sum) <= SHOWN) {
                all.add(kind + ": " + format.formatted(arguments));
            }
        }
    }
}
