package io.eventuali.ownership;

import java.time.Duration;
import java.util.Optional;

/**
 * Compares the clock of the database with this process's own, which only counts and never jumps. Not thread-safe.
 */
final class ClockWatch {
    /** Smaller steps are what NTP does and what a slow answer looks like. */
    static final Duration TOLERANCE = Duration.ofSeconds(2);

    private static final double NANOS = 1_000_000_000;

    private double databaseSeconds = Double.NaN;
    private long sent;
    private long received;

    /**
     * The database said what time it is.
     *
     * @param seconds since 1970, by its clock
     * @param sentNanos when it was asked, by this process's clock
     * @param receivedNanos when its answer came
     * @return how far its clock has jumped since it was asked last, ahead or, negative, back; empty if it has not
     */
    Optional<Duration> observe(double seconds, long sentNanos, long receivedNanos) {
        double passed = seconds - databaseSeconds;
        // The clock was read somewhere between question and answer, both times.
        double least = (sentNanos - received) / NANOS;
        double most = (receivedNanos - sent) / NANOS;
        boolean first = Double.isNaN(databaseSeconds);
        databaseSeconds = seconds;
        sent = sentNanos;
        received = receivedNanos;
        double tolerance = TOLERANCE.toMillis() / 1_000.0;
        if (first || (passed > least - tolerance && passed < most + tolerance)) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis(Math.round((passed - (passed < least ? least : most)) * 1_000)));
    }
}
