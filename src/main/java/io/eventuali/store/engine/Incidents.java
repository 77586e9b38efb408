package io.eventuali.store.engine;

import io.eventuali.store.LogDamage;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** When the log was found to be another one than it was, and what of it was found damaged. */
public interface Incidents {
    /** Effects of one incident that are given at most. */
    int MAX_EFFECTS = 1_000;

    /**
     * Reads them, the newest first.
     *
     * @param before id, exclusive
     */
    Uni<List<Incident>> list(long before, int limit);

    /**
     * Has engines go on behind the damage at a position.
     *
     * @param who says so, in one word
     * @return the incident; empty if no damage is known there
     */
    Uni<Optional<Incident>> skip(long position, String who);

    /** Up to where engines may pass over damage; empty if they may not. */
    Uni<OptionalLong> skippedUpTo(LogDamage damage);
}
