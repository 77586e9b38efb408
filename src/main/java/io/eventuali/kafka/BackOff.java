package io.eventuali.kafka;

import java.time.Duration;

/** How long to wait after failures in a row: twice as long each time, up to a limit. Used by one thread. */
final class BackOff {
    private static final int MAX_DOUBLINGS = 16;

    private final Duration first;
    private final Duration longest;
    private int failures;

    BackOff(KafkaConfig config) {
        this.first = config.retryDelay();
        this.longest = config.retryMaxDelay();
    }

    /** The next wait. */
    Duration next() {
        Duration wait = first.multipliedBy(1L << Math.min(failures++, MAX_DOUBLINGS));
        return wait.compareTo(longest) < 0 ? wait : longest;
    }

    /** Whether the last attempt was the first that failed: worth a line in the log. */
    boolean isFirst() {
        return failures == 1;
    }

    /** Something worked. True if something had failed before. */
    boolean worked() {
        boolean failed = failures > 0;
        failures = 0;
        return failed;
    }
}
