package io.eventuali.consumer;

import io.eventuali.event.StreamEvent;
import io.eventuali.stream.EventFilter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a consumer wants, and how it is served.
 *
 * @param filter which events it gets
 * @param ordering which events are handed out one after the other
 * @param maxInFlight events handed out and not settled, over all workers, at most
 * @param ackTimeout for how long an event is handed out, unless a claim asks for another time
 * @param attempts how often an event is handed out before it is poison
 * @param firstWait before the second attempt; it doubles with each
 * @param longestWait where doubling ends
 * @param onPoison what happens with an event after its last attempt
 */
public record ConsumerSettings(
        EventFilter filter,
        Ordering ordering,
        int maxInFlight,
        Duration ackTimeout,
        int attempts,
        Duration firstWait,
        Duration longestWait,
        OnPoison onPoison) {

    /** The key of an event: of those with the same one, the next is handed out when the one before is settled. */
    String key(StreamEvent event) {
        return switch (ordering) {
            case KEY -> event.aggregateType() + "/" + event.aggregateId();
            case LOG -> "";
            case NONE -> Long.toString(event.globalPosition());
        };
    }

    /** Which events are handed out one after the other. */
    public enum Ordering {
        /** Those of one aggregate. */
        KEY,
        /** All of them. */
        LOG,
        /** None. */
        NONE;

        /** Its name on the wire. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The one of this name. */
        public static Optional<Ordering> of(String text) {
            return List.of(values()).stream()
                    .filter(value -> value.text().equals(text))
                    .findFirst();
        }
    }

    /** What happens with an event that was not acknowledged in all its attempts. */
    public enum OnPoison {
        /** The event, and those that follow for its key, become dead letters; other keys go on. */
        PARK,
        /** It is left out, with a record in the history. */
        SKIP,
        /** The consumer stops, until it is resumed. */
        STOP;

        /** Its name on the wire. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The one of this name. */
        public static Optional<OnPoison> of(String text) {
            return List.of(values()).stream()
                    .filter(value -> value.text().equals(text))
                    .findFirst();
        }
    }
}
