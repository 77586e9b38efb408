package io.eventuali.projection;

import java.time.Duration;

/** How many events the next transaction may take: twice as many after a quick full batch, half as many after a slow one. */
final class BatchSize {
    private static final int FIRST = 256;

    private final int max;
    private final long targetNanos;
    private int size;

    BatchSize(int max, Duration target) {
        this.max = Math.max(1, Math.min(max, LogPages.EVENTS));
        this.targetNanos = target.toNanos();
        this.size = Math.min(FIRST, this.max);
    }

    int value() {
        return size;
    }

    /** A batch of so many events took so long. */
    void took(long events, long nanos) {
        if (nanos > targetNanos) {
            size = Math.max(1, size / 2);
        } else if (events >= size && nanos * 2 < targetNanos) {
            size = Math.min(max, size * 2);
        }
    }
}
