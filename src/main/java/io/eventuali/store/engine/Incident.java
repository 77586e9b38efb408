package io.eventuali.store.engine;

import io.eventuali.identity.Replacement.Effect;
import java.time.Instant;
import java.util.List;

/**
 * The log was found to be another one than it was.
 *
 * @param id in the order in which that was found
 * @param reason {@code moved}, {@code timeline}, {@code behind} or {@code differs}
 * @param from epoch before it
 * @param to epoch since then
 * @param position where the log ended when it was found
 * @param lost how many positions beyond it a replica had seen
 * @param effects what it means for others, as far as replicas know: some of them, if there are many
 * @param allEffects how many there are
 */
public record Incident(
        long id,
        Instant at,
        String reason,
        String from,
        String to,
        long position,
        long lost,
        List<Effect> effects,
        long allEffects) {
    public Incident {
        effects = List.copyOf(effects);
    }
}
