package io.eventuali.store.engine;

import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The types of events that the log has, as its index knows them, and those of its newest events, which are not indexed yet. */
public interface EventTypeDirectory {
    /** All of them. As much work for each reader: who may see only some of them chooses. */
    Uni<List<Kind>> kinds();

    /** Where these kinds occur first and last: of each kind that is given, in the same order. */
    Uni<List<Occurrence>> occurrences(List<Kind> kinds);

    /**
     * A pair of types.
     *
     * @param number in the index; 0 if only newest events are of it
     * @param recent where it occurs in the newest events, if it does
     */
    record Kind(int number, String aggregateType, String eventType, Optional<Occurrence> recent) {}

    /** Where something occurs. Empty where the log is damaged. */
    record Occurrence(Optional<Place> first, Optional<Place> last) {}

    /** An event's position and time. */
    record Place(long position, Instant timestamp) {}
}
