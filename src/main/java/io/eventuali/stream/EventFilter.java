package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.store.engine.Selection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a subscriber asks to see. Patterns of one list are alternatives, an empty list accepts every name; all three must
 * accept, and the limit, if there is one.
 *
 * @param aggregateTypes patterns for the aggregate type
 * @param aggregateIds patterns for the aggregate id
 * @param eventTypes patterns for the event type
 * @param limit what the subscriber may see, whatever it asks for
 */
public record EventFilter(
        List<NamePattern> aggregateTypes,
        List<NamePattern> aggregateIds,
        List<NamePattern> eventTypes,
        Optional<EventFilter> limit) {
    /** Accepts every event. */
    public static final EventFilter ALL = new EventFilter(List.of(), List.of(), List.of());

    public EventFilter {
        aggregateTypes = List.copyOf(aggregateTypes);
        aggregateIds = List.copyOf(aggregateIds);
        eventTypes = List.copyOf(eventTypes);
    }

    /** A filter without a limit. */
    public EventFilter(List<NamePattern> aggregateTypes, List<NamePattern> aggregateIds, List<NamePattern> eventTypes) {
        this(aggregateTypes, aggregateIds, eventTypes, Optional.empty());
    }

    /** This filter, accepting nothing that the other one does not accept. It takes the place of an earlier limit. */
    public EventFilter within(EventFilter other) {
        return other.equals(ALL) ? this : new EventFilter(aggregateTypes, aggregateIds, eventTypes, Optional.of(other));
    }

    /** Patterns one of which the aggregate type of every accepted event matches; empty if it can be any. */
    List<NamePattern> narrowedAggregateTypes() {
        return narrowed(aggregateTypes, EventFilter::aggregateTypes);
    }

    /** Patterns one of which the type of every accepted event matches; empty if it can be any. */
    List<NamePattern> narrowedEventTypes() {
        return narrowed(eventTypes, EventFilter::eventTypes);
    }

    private List<NamePattern> narrowed(List<NamePattern> asked, Function<EventFilter, List<NamePattern>> kind) {
        return asked.isEmpty() ? limit.map(kind).orElse(asked) : asked;
    }

    /** What an index of the log can find for it; empty if that is everything. */
    Optional<Selection> selection() {
        boolean named = !aggregateIds.isEmpty() && aggregateIds.stream().allMatch(NamePattern::isExact);
        if (!named && narrowedAggregateTypes().isEmpty() && narrowedEventTypes().isEmpty()) {
            return Optional.empty();
        }
        boolean typed = aggregateTypes.stream().allMatch(NamePattern::isExact);
        return Optional.of(new Selection(
                typed ? names(aggregateTypes) : List.of(),
                named ? names(aggregateIds) : List.of(),
                this::acceptsAggregateType,
                this::acceptsKind));
    }

    private static List<String> names(List<NamePattern> patterns) {
        return patterns.stream().map(NamePattern::toString).distinct().toList();
    }

    private boolean acceptsAggregateType(String aggregateType) {
        return accepts(aggregateTypes, aggregateType)
                && (limit.isEmpty() || limit.get().acceptsAggregateType(aggregateType));
    }

    private boolean acceptsKind(String aggregateType, String eventType) {
        return accepts(aggregateTypes, aggregateType)
                && accepts(eventTypes, eventType)
                && (limit.isEmpty() || limit.get().acceptsKind(aggregateType, eventType));
    }

    /** Whether the event passes. */
    public boolean accepts(StreamEvent event) {
        return accepts(aggregateTypes, event.aggregateType())
                && accepts(aggregateIds, event.aggregateId())
                && accepts(eventTypes, event.eventType())
                && (limit.isEmpty() || limit.get().accepts(event));
    }

    private static boolean accepts(List<NamePattern> patterns, String name) {
        if (patterns.isEmpty()) {
            return true;
        }
        for (NamePattern pattern : patterns) {
            if (pattern.matches(name)) {
                return true;
            }
        }
        return false;
    }
}
