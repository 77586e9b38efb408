package io.eventuali.verify;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A recount of the log, under way or done.
 *
 * @param id names it
 * @param replica that does it
 * @param status how it stands
 * @param startedAt when it began
 * @param updatedAt when it was last heard of
 * @param from it looks at events after this position
 * @param to last position that it looks at
 * @param position how far it has come
 * @param allFindings how many there are
 * @param findings the first of them
 * @param reason why it failed
 */
public record Verification(
        String id,
        String replica,
        Status status,
        Instant startedAt,
        Instant updatedAt,
        long from,
        long to,
        long position,
        long allFindings,
        List<Finding> findings,
        Optional<String> reason) {
    public Verification {
        findings = List.copyOf(findings);
    }

    /** How a recount stands. */
    public enum Status {
        /** It goes on. */
        RUNNING("running"),
        /** It found nothing wrong. */
        SOUND("sound"),
        /** It found something. */
        DAMAGED("damaged"),
        /** It could not be finished, or its replica ended meanwhile. */
        FAILED("failed");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        /** Its name on the wire. */
        public String text() {
            return text;
        }

        static Status of(String text) {
            for (Status status : values()) {
                if (status.text.equals(text)) {
                    return status;
                }
            }
            return FAILED;
        }
    }
}
