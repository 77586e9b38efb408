package io.eventuali.store.engine;

import io.smallrye.mutiny.Uni;
import java.util.List;

/** When the log was found to be another one than it was. */
public interface Incidents {
    /** Effects of one incident that are given at most. */
    int MAX_EFFECTS = 1_000;

    /**
     * Reads them, the newest first.
     *
     * @param before id, exclusive
     */
    Uni<List<Incident>> list(long before, int limit);
}
