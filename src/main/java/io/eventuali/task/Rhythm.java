package io.eventuali.task;

import java.time.Duration;

/**
 * When a task is done again.
 *
 * @param period from one time to the next; more than zero
 * @param longest the longest wait after failures, which doubles from {@code period} on; {@code period} for none
 * @param timeout how long one time may take before it counts as a failure and the next one comes
 */
public record Rhythm(Duration period, Duration longest, Duration timeout) {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /** So often, and less often while it fails: every ten seconds at least. */
    public static Rhythm every(Duration period) {
        return new Rhythm(period, period.compareTo(LONGEST) < 0 ? LONGEST : period, PATIENCE);
    }

    /** So often, also while it fails. */
    public static Rhythm steady(Duration period, Duration timeout) {
        return new Rhythm(period, period, timeout);
    }
}
