package io.eventuali.saga;

import io.eventuali.event.StreamEvent;
import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Which events start sagas of a type, and since when. A rule that is added to the code of a known type is for events after the position
 * at which the first replica with it was started, never for what was in the log before. Where the reader of the log has code without
 * the rule, it is forgotten: should it come back, it begins anew.
 *
 * @param type of the sagas
 * @param eventTypes that the code of this replica has rules for
 * @param startedAt position of the log when this replica was started
 */
record StartRules(String type, Set<String> eventTypes, long startedAt) {
    private static final Logger LOG = Logger.getLogger(StartRules.class);

    StartRules {
        eventTypes = Set.copyOf(eventTypes);
    }

    /** The same for a log that ends here: what comes after is new. */
    StartRules notAfter(long head) {
        return new StartRules(type, eventTypes, Math.min(startedAt, head));
    }

    /** Makes them known; those that are new count from here on. */
    Uni<Void> declare(SagaTable table) {
        return table.declareStarts(type, eventTypes, startedAt)
                .invoke(fresh -> fresh.forEach(eventType -> LOG.infof(
                        "events start sagas from here on type=%s eventType=%s after=%d", type, eventType, startedAt)))
                .replaceWithVoid();
    }

    /** Takes them over as the reader of the log, and returns the position of each. */
    Uni<Map<String, Long>> adopt(SagaTable table, long epoch) {
        return forgetOthers(table, epoch).chain(() -> declare(table)).chain(() -> table.starts(type));
    }

    /** Forgets those that the code of the reader has not. */
    Uni<Void> forgetOthers(SagaTable table, long epoch) {
        return table.forgetStarts(type, epoch, eventTypes);
    }

    /** Whether an event comes after the rule for it. */
    static boolean count(Map<String, Long> since, StreamEvent event) {
        Long after = since.get(event.eventType());
        return after != null && event.globalPosition() > after;
    }
}
