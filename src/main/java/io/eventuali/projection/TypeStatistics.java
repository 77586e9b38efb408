package io.eventuali.projection;

import io.eventuali.event.StreamEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * How often an aggregate type has had an event type.
 *
 * @param aggregateType of the events
 * @param eventType of the events
 * @param count how many there are
 * @param first time of the first one
 * @param last time of the last one
 * @param lastPosition global position of the last one
 * @param lastAggregateId aggregate of the last one
 * @param minute begin of the minute of the last one
 * @param inMinute how many were in that minute
 * @param inMinuteBefore how many were in the minute before that
 */
@RegisterForReflection
record TypeStatistics(
        String aggregateType,
        String eventType,
        long count,
        Instant first,
        Instant last,
        long lastPosition,
        String lastAggregateId,
        Instant minute,
        long inMinute,
        long inMinuteBefore) {

    static TypeStatistics of(StreamEvent event) {
        return new TypeStatistics(
                event.aggregateType(),
                event.eventType(),
                1,
                event.timestamp(),
                event.timestamp(),
                event.globalPosition(),
                event.aggregateId(),
                minuteOf(event),
                1,
                0);
    }

    TypeStatistics plus(StreamEvent event) {
        Instant now = minuteOf(event);
        boolean sameMinute = now.equals(minute);
        boolean nextMinute = now.minus(1, ChronoUnit.MINUTES).equals(minute);
        return new TypeStatistics(
                aggregateType,
                eventType,
                count + 1,
                first,
                event.timestamp(),
                event.globalPosition(),
                event.aggregateId(),
                now,
                sameMinute ? inMinute + 1 : 1,
                sameMinute ? inMinuteBefore : nextMinute ? inMinute : 0);
    }

    private static Instant minuteOf(StreamEvent event) {
        return event.timestamp().truncatedTo(ChronoUnit.MINUTES);
    }
}
