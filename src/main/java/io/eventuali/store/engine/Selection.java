package io.eventuali.store.engine;

import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * What a reader looks for, as far as an index of the log can tell. It may let more pass than the reader wants, never less.
 *
 * @param aggregateTypes the aggregate types of all wanted events; empty if they are not known by name
 * @param aggregateIds the aggregate ids of all wanted events; empty if they are not known by name
 * @param aggregateType whether events of an aggregate type may be wanted
 * @param kind whether events of an aggregate type and an event type may be wanted
 */
public record Selection(
        List<String> aggregateTypes,
        List<String> aggregateIds,
        Predicate<String> aggregateType,
        BiPredicate<String, String> kind) {
    public Selection {
        aggregateTypes = List.copyOf(aggregateTypes);
        aggregateIds = List.copyOf(aggregateIds);
    }
}
