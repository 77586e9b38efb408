package io.eventuali.store.engine;

import java.util.List;

/**
 * A session of the database for whose lock others wait, and that waits for none itself.
 *
 * @param waiting names that the waiting sessions of this service go by
 * @param waited seconds for which the first of them has waited
 */
public record Blocker(Backend backend, List<String> waiting, double waited) {
    public Blocker {
        waiting = List.copyOf(waiting);
    }
}
