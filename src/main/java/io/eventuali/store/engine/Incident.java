package io.eventuali.store.engine;

import io.eventuali.identity.Replacement.Effect;
import io.eventuali.store.LogDamage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The log was found to be another one than it was, or rows of it were found that cannot be read.
 *
 * @param id in the order in which that was found
 * @param reason {@code moved}, {@code timeline}, {@code behind} or {@code differs}; {@code damaged} for damage
 * @param from epoch before it; that of the log for damage
 * @param to epoch since then
 * @param position where the log ended when it was found, or the position before the damage
 * @param lost how many positions beyond it a replica had seen, or are damaged
 * @param effects what it means for others, as far as replicas know: some of them, if there are many
 * @param allEffects how many there are
 * @param damage which rows cannot be read; empty if the log was another one
 * @param skipped whether engines go on behind the damage
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
        long allEffects,
        Optional<LogDamage> damage,
        Optional<SkippedDamage> skipped) {
    public Incident {
        effects = List.copyOf(effects);
    }
}
