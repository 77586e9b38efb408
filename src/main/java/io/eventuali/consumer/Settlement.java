package io.eventuali.consumer;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What a worker says about an event that was handed out to it.
 *
 * @param token of the event
 * @param verb what becomes of it
 * @param time of a retry: how long to wait, empty for what the settings say; of an extension: how much longer it is held
 * @param reason why; empty if there is none
 */
public record Settlement(Token token, Verb verb, Optional<Duration> time, String reason) {
    /** What becomes of an event. */
    public enum Verb {
        /** It is done. */
        ACK,
        /** It is handed out again. */
        RETRY,
        /** It becomes a dead letter at once. */
        PARK,
        /** The worker needs more time. */
        EXTEND;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
