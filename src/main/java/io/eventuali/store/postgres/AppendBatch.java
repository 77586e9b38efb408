package io.eventuali.store.postgres;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.identity.LogMark;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.AppendResult.StreamResult;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.SourceStep;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Many requests as one call of the database function {@code append_batch}, and its answer as one outcome for each of them. */
final class AppendBatch {
    /** The one statement that writes events. */
    static final String SQL = marked("append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");

    /** The same with sources that move. */
    static final String SQL_FROM_SOURCES = marked(
            "append_batch_from_sources($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)");

    /** Tells which log it was, too. */
    private static String marked(String call) {
        return "SELECT b.head, b.recorded, b.stream_at, b.accepted, log_mark() FROM " + call + " AS b";
    }

    private final List<PendingAppend> requests;
    /** Taken from the requests once, before anything is sent: what follows a commit asks them nothing. */
    private final List<Part> parts;

    AppendBatch(List<PendingAppend> requests) {
        this.requests = requests;
        this.parts = requests.stream().map(Part::of).toList();
    }

    List<PendingAppend> requests() {
        return requests;
    }

    int eventCount() {
        int count = 0;
        for (Part part : parts) {
            count += part.ids().size();
        }
        return count;
    }

    /** The statement that writes this batch. */
    String sql() {
        return hasSources() ? SQL_FROM_SOURCES : SQL;
    }

    private boolean hasSources() {
        for (Part part : parts) {
            if (!part.sources().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void addSources(Tuple arguments) {
        List<String> names = new ArrayList<>();
        List<Integer> request = new ArrayList<>();
        List<Long> expected = new ArrayList<>();
        List<Long> next = new ArrayList<>();
        for (int r = 0; r < parts.size(); r++) {
            for (SourceStep step : parts.get(r).sources()) {
                names.add(step.source());
                request.add(r + 1);
                expected.add(step.expected());
                next.add(step.next());
            }
        }
        arguments
                .addArrayOfString(names.toArray(String[]::new))
                .addArrayOfInteger(request.toArray(Integer[]::new))
                .addArrayOfLong(expected.toArray(Long[]::new))
                .addArrayOfLong(next.toArray(Long[]::new));
    }

    /** @param seen of the log that this is for: in another one nothing is written, and the answer is empty */
    Tuple arguments(LogMark seen) {
        int appendCount = 0;
        for (Part part : parts) {
            appendCount += part.appends().size();
        }
        int eventCount = eventCount();
        Map<StreamId, Integer> streams = new LinkedHashMap<>();
        Integer[] appendRequest = new Integer[appendCount];
        Integer[] appendStream = new Integer[appendCount];
        Long[] appendExpected = new Long[appendCount];
        Integer[] appendEvents = new Integer[appendCount];
        Integer[] eventAppend = new Integer[eventCount];
        Integer[] eventNth = new Integer[eventCount];
        UUID[] eventIds = new UUID[eventCount];
        String[] eventTypes = new String[eventCount];
        String[] eventData = new String[eventCount];
        String[] eventMetadata = new String[eventCount];
        int a = 0;
        int e = 0;
        for (int r = 0; r < parts.size(); r++) {
            int idOfRequest = 0;
            for (StreamAppend append : parts.get(r).appends()) {
                appendRequest[a] = r + 1;
                appendStream[a] = streams.computeIfAbsent(append.stream(), stream -> streams.size() + 1);
                appendExpected[a] = append.expected().required();
                appendEvents[a] = append.events().size();
                a++;
                int nth = 0;
                for (NewEvent event : append.events()) {
                    eventAppend[e] = a;
                    eventNth[e] = ++nth;
                    eventIds[e] = parts.get(r).ids().get(idOfRequest++);
                    eventTypes[e] = event.eventType();
                    eventData[e] = event.data().text();
                    eventMetadata[e] = event.metadata().text();
                    e++;
                }
            }
        }
        Tuple arguments = Tuple.tuple();
        if (hasSources()) {
            addSources(arguments);
        }
        return arguments
                .addArrayOfString(
                        streams.keySet().stream().map(StreamId::aggregateType).toArray(String[]::new))
                .addArrayOfString(
                        streams.keySet().stream().map(StreamId::aggregateId).toArray(String[]::new))
                .addArrayOfInteger(appendRequest)
                .addArrayOfInteger(appendStream)
                .addArrayOfLong(appendExpected)
                .addArrayOfInteger(appendEvents)
                .addArrayOfInteger(eventAppend)
                .addArrayOfInteger(eventNth)
                .addArrayOfUUID(eventIds)
                .addArrayOfString(eventTypes)
                .addArrayOfString(eventData)
                .addArrayOfString(eventMetadata)
                .addString(seen.text());
    }

    /** Reads the function's answer. What fails for one request fails it alone. */
    Outcome outcome(long head, Instant recorded, Long[] streamAt, Boolean[] accepted) {
        List<StreamEvent> written = new ArrayList<>(eventCount());
        Map<PendingAppend, AppendResult> results = new LinkedHashMap<>();
        Map<PendingAppend, EventStoreException> conflicts = new LinkedHashMap<>();
        Map<PendingAppend, RuntimeException> failures = new LinkedHashMap<>();
        long position = head;
        int firstAppend = 0;
        for (Part part : parts) {
            boolean isAccepted = accepted[firstAppend];
            try {
                if (isAccepted) {
                    results.put(part.pending(), part.written(written, position, recorded, streamAt, firstAppend));
                } else {
                    conflicts.put(part.pending(), part.conflict(streamAt, firstAppend));
                }
            } catch (RuntimeException bug) {
                failures.put(part.pending(), bug);
            }
            position += isAccepted ? part.ids().size() : 0;
            firstAppend += part.appends().size();
        }
        return new Outcome(written, position > head + written.size(), results, conflicts, failures);
    }

    /** What the batch needs of a request. */
    private record Part(PendingAppend pending, List<StreamAppend> appends, List<SourceStep> sources, List<UUID> ids) {

        static Part of(PendingAppend pending) {
            return new Part(
                    pending, pending.request().appends(), pending.request().sources(), pending.eventIds());
        }

        /** Adds the events as they are in the log now. */
        AppendResult written(List<StreamEvent> log, long before, Instant recorded, Long[] streamAt, int firstAppend) {
            List<StreamEvent> events = new ArrayList<>(ids.size());
            List<StreamResult> streams = new ArrayList<>(appends.size());
            long position = before;
            int idOfRequest = 0;
            for (int a = 0; a < appends.size(); a++) {
                StreamAppend append = appends.get(a);
                long streamPosition = streamAt[firstAppend + a];
                long first = position + 1;
                List<UUID> idsOfStream =
                        ids.subList(idOfRequest, idOfRequest + append.events().size());
                for (NewEvent event : append.events()) {
                    events.add(new StreamEvent(
                            ++position,
                            ++streamPosition,
                            ids.get(idOfRequest++),
                            append.stream(),
                            event.eventType(),
                            recorded,
                            event.data(),
                            event.metadata()));
                }
                if (!append.events().isEmpty()) {
                    streams.add(new StreamResult(append.stream(), streamPosition, first, position, idsOfStream));
                }
            }
            AppendResult result = new AppendResult(streams, false);
            log.addAll(events);
            return result;
        }

        EventStoreException conflict(Long[] streamAt, int firstAppend) {
            for (int i = 0; i < appends.size(); i++) {
                ExpectedPosition expected = appends.get(i).expected();
                if (!expected.accepts(streamAt[firstAppend + i])) {
                    return new VersionConflict(appends.get(i).stream(), expected, streamAt[firstAppend + i]);
                }
            }
            if (!sources.isEmpty()) {
                return new EventStoreException.SourceMoved("a source is not where the append expects it: " + sources);
            }
            throw new IllegalStateException("append_batch refused a request whose preconditions hold: " + appends);
        }
    }

    /**
     * What became of a batch.
     *
     * @param written the events that are in the log now, in log order
     * @param hasHoles whether some that are in the log are not among them
     * @param results of the accepted requests, in order
     * @param conflicts of the refused ones
     * @param failures of those, accepted or refused, of which it cannot be said what became of them
     */
    record Outcome(
            List<StreamEvent> written,
            boolean hasHoles,
            Map<PendingAppend, AppendResult> results,
            Map<PendingAppend, EventStoreException> conflicts,
            Map<PendingAppend, RuntimeException> failures) {}
}
