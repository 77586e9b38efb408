package io.eventuali.support;

import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;

/** Events of a log for tests that need no database. */
public final class LogEvents {
    private LogEvents() {}

    /** An event at a global position; only its names matter. */
    public static StreamEvent at(long position, String aggregateType, String aggregateId, String eventType) {
        return at(position, new StreamId(aggregateType, aggregateId), eventType, "{}");
    }

    /** An event at a global position, the first of its stream. */
    public static StreamEvent at(long position, StreamId stream, String eventType, String data) {
        return new StreamEvent(
                position,
                1,
                new UUID(0, position),
                stream,
                eventType,
                Instant.parse("2026-11-23T10:00:00.123456Z"),
                new JsonText(data),
                JsonText.EMPTY_OBJECT);
    }

    /** A run of the log, both ends included. */
    public static List<StreamEvent> run(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(position -> at(position, "Order", "order-" + position % 10, "OrderPlaced"))
                .toList();
    }
}
