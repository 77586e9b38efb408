package io.eventuali.saga;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;

/** The clock of the database, as far as this replica knows it: exact to the time of a round trip. */
@Singleton
class SagaClock {
    private volatile long offsetNanos;

    Instant now() {
        return Instant.EPOCH.plusNanos(System.nanoTime() + offsetNanos);
    }

    /** The database says what time it is. */
    void set(Instant databaseTime) {
        offsetNanos = Duration.between(Instant.EPOCH, databaseTime).toNanos() - System.nanoTime();
    }

    SagaClock() {
        set(Instant.now());
    }
}
