package io.eventuali.stream;

import java.time.Instant;
import java.util.Optional;

/**
 * Whether a subscriber may go on. It is asked several times a second, by one thread for all: it must answer at once. One that
 * throws does not hold, and ends its own subscription alone.
 */
@FunctionalInterface
public interface Permission {
    /** For ever. */
    Permission UNLIMITED = now -> true;

    /** Whether it holds at this moment; once it does not, the subscription ends with {@code expired}. */
    boolean holds(Instant now);

    /** Up to a moment, or for ever. */
    static Permission until(Optional<Instant> end) {
        return end.<Permission>map(moment -> now -> now.isBefore(moment)).orElse(UNLIMITED);
    }
}
