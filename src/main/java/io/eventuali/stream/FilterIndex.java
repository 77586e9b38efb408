package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * From an event to the filter groups that may want it, so that it costs nothing for the others. A group is filed under the names
 * its filter gives for one kind: aggregate ids if it can be, since there are most of them, else event types, else aggregate types;
 * only a filter without any, or with a pattern that begins with a star, is tried for every event.
 *
 * <p>Used by one thread at a time.
 */
final class FilterIndex {
    private final NameIndex<FilterGroup> byAggregateId = new NameIndex<>();
    private final NameIndex<FilterGroup> byEventType = new NameIndex<>();
    private final NameIndex<FilterGroup> byAggregateType = new NameIndex<>();
    private final Set<FilterGroup> others = new LinkedHashSet<>();

    void add(FilterGroup group) {
        EventFilter filter = group.filter();
        if (!byAggregateId.add(filter.aggregateIds(), group)
                && !byEventType.add(filter.narrowedEventTypes(), group)
                && !byAggregateType.add(filter.narrowedAggregateTypes(), group)) {
            others.add(group);
        }
    }

    void remove(FilterGroup group) {
        EventFilter filter = group.filter();
        // Where it is not filed, nothing is found and nothing changes.
        byAggregateId.remove(filter.aggregateIds(), group);
        byEventType.remove(filter.narrowedEventTypes(), group);
        byAggregateType.remove(filter.narrowedAggregateTypes(), group);
        others.remove(group);
    }

    /** Groups that may want the event; those whose filter accepts it are among them. One may come several times. */
    void candidates(StreamEvent event, Consumer<FilterGroup> action) {
        byAggregateId.find(event.aggregateId(), action);
        byEventType.find(event.eventType(), action);
        byAggregateType.find(event.aggregateType(), action);
        others.forEach(action);
    }

    boolean isEmpty() {
        return byAggregateId.isEmpty() && byEventType.isEmpty() && byAggregateType.isEmpty() && others.isEmpty();
    }
}
