package io.eventuali.store.postgres;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.AppendResult.StreamResult;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.eventuali.store.SourceStep;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Many requests as one call of the database function {@code append_batch}, and its answer as one outcome for each of them. */
final class AppendBatch {
    /** The one statement that writes events. */
    static final String SQL =
            "SELECT head, recorded, stream_at, accepted FROM append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    /** The same with sources that move. */
    static final String SQL_FROM_SOURCES = "SELECT head, recorded, stream_at, accepted FROM append_batch_from_sources("
            + "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

    private final List<PendingAppend> requests;

    AppendBatch(List<PendingAppend> requests) {
        this.requests = requests;
    }

    List<PendingAppend> requests() {
        return requests;
    }

    int eventCount() {
        int count = 0;
        for (PendingAppend request : requests) {
            count += request.eventCount();
        }
        return count;
    }

    /** The statement that writes this batch. */
    String sql() {
        return hasSources() ? SQL_FROM_SOURCES : SQL;
    }

    private boolean hasSources() {
        for (PendingAppend request : requests) {
            if (!request.request().sources().isEmpty()) {
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
        for (int r = 0; r < requests.size(); r++) {
            for (SourceStep step : requests.get(r).request().sources()) {
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

    Tuple arguments() {
        int appendCount = 0;
        for (PendingAppend request : requests) {
            appendCount += request.request().appends().size();
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
        for (int r = 0; r < requests.size(); r++) {
            int idOfRequest = 0;
            for (StreamAppend append : requests.get(r).request().appends()) {
                appendRequest[a] = r + 1;
                appendStream[a] = streams.computeIfAbsent(append.stream(), stream -> streams.size() + 1);
                appendExpected[a] = append.expected().required();
                appendEvents[a] = append.events().size();
                a++;
                int nth = 0;
                for (NewEvent event : append.events()) {
                    eventAppend[e] = a;
                    eventNth[e] = ++nth;
                    eventIds[e] = requests.get(r).eventIds().get(idOfRequest++);
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
                .addArrayOfString(eventMetadata);
    }

    /** Reads the function's answer. */
    Outcome outcome(long head, Instant recorded, Long[] streamAt, Boolean[] accepted) {
        List<StreamEvent> written = new ArrayList<>(eventCount());
        Map<PendingAppend, AppendResult> results = new LinkedHashMap<>();
        Map<PendingAppend, EventStoreException> conflicts = new HashMap<>();
        long position = head;
        int a = 0;
        for (PendingAppend pending : requests) {
            List<StreamAppend> appends = pending.request().appends();
            if (!accepted[a]) {
                conflicts.put(pending, conflict(pending, appends, streamAt, a));
                a += appends.size();
                continue;
            }
            List<StreamResult> streams = new ArrayList<>(appends.size());
            int idOfRequest = 0;
            for (StreamAppend append : appends) {
                long streamPosition = streamAt[a++];
                long first = position + 1;
                List<UUID> ids = pending.eventIds()
                        .subList(idOfRequest, idOfRequest + append.events().size());
                for (NewEvent event : append.events()) {
                    written.add(new StreamEvent(
                            ++position,
                            ++streamPosition,
                            pending.eventIds().get(idOfRequest++),
                            append.stream(),
                            event.eventType(),
                            recorded,
                            event.data(),
                            event.metadata()));
                }
                streams.add(new StreamResult(append.stream(), streamPosition, first, position, ids));
            }
            results.put(pending, new AppendResult(streams, false));
        }
        return new Outcome(written, results, conflicts);
    }

    private static EventStoreException conflict(
            PendingAppend pending, List<StreamAppend> appends, Long[] streamAt, int firstAppend) {
        for (int i = 0; i < appends.size(); i++) {
            ExpectedPosition expected = appends.get(i).expected();
            if (!expected.accepts(streamAt[firstAppend + i])) {
                return new VersionConflict(appends.get(i).stream(), expected, streamAt[firstAppend + i]);
            }
        }
        if (!pending.request().sources().isEmpty()) {
            return new EventStoreException.SourceMoved("a source is not where the append expects it: "
                    + pending.request().sources());
        }
        throw new IllegalStateException("append_batch refused a request whose preconditions hold: " + appends);
    }

    /**
     * What became of a batch.
     *
     * @param written the events that are in the log now, in log order
     * @param results of the accepted requests, in order
     * @param conflicts of the refused ones
     */
    record Outcome(
            List<StreamEvent> written,
            Map<PendingAppend, AppendResult> results,
            Map<PendingAppend, EventStoreException> conflicts) {}
}
