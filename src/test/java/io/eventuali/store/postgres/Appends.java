package io.eventuali.store.postgres;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Appends for the tests of this package. */
final class Appends {
    private static final TimeOrderedIds IDS = new TimeOrderedIds();

    private Appends() {}

    static StreamId stream(String id) {
        return new StreamId("Order", id);
    }

    static UUID id(long number) {
        return new UUID(7, number);
    }

    /** Events whose ids the client chose. */
    static List<NewEvent> events(long... ids) {
        return Arrays.stream(ids)
                .mapToObj(id -> NewEvent.of("OrderPlaced", "{\"n\":" + id + "}").withId(id(id)))
                .toList();
    }

    static StreamAppend run(String stream, ExpectedPosition expected, List<NewEvent> events) {
        return new StreamAppend(stream(stream), expected, events);
    }

    static PendingAppend pending(StreamAppend... appends) {
        return pending(0, 0, appends);
    }

    static PendingAppend pending(long bytes, long deadlineNanos, StreamAppend... appends) {
        return new PendingAppend(new AppendRequest(List.of(appends), Optional.empty()), IDS, bytes, deadlineNanos);
    }
}
