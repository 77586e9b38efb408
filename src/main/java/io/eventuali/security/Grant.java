package io.eventuali.security;

import io.eventuali.stream.EventFilter;
import io.eventuali.stream.NamePattern;
import java.util.Collection;
import java.util.List;

/**
 * Which part of the log somebody may see or append to. An event is granted if a pattern of both lists accepts it; an empty list
 * grants nothing.
 *
 * @param aggregateTypes patterns for the aggregate type
 * @param eventTypes patterns for the event type
 * @param projections patterns for the names of read models, which are made of events that are not known to be granted
 */
public record Grant(List<NamePattern> aggregateTypes, List<NamePattern> eventTypes, List<NamePattern> projections) {
    private static final NamePattern ANY = NamePattern.of("*");

    /** Everything. */
    public static final Grant ALL = new Grant(List.of(ANY), List.of(ANY), List.of(ANY));

    /** Nothing. */
    public static final Grant NOTHING = new Grant(List.of(), List.of(), List.of());

    public Grant {
        aggregateTypes = List.copyOf(aggregateTypes);
        eventTypes = List.copyOf(eventTypes);
        projections = List.copyOf(projections);
    }

    /** Whether every event is granted. */
    public boolean isUnrestricted() {
        return aggregateTypes.contains(ANY) && eventTypes.contains(ANY);
    }

    /** Whether no event is granted. */
    public boolean isEmpty() {
        return aggregateTypes.isEmpty() || eventTypes.isEmpty();
    }

    /** Whether some event of this aggregate type may be granted. */
    public boolean acceptsAggregateType(String aggregateType) {
        return !eventTypes.isEmpty() && accepts(aggregateTypes, aggregateType);
    }

    /** Whether events of this kind are granted. */
    public boolean accepts(String aggregateType, String eventType) {
        return accepts(aggregateTypes, aggregateType) && accepts(eventTypes, eventType);
    }

    /** Whether events of all these types are granted in streams of an aggregate type. */
    public boolean acceptsAll(String aggregateType, Collection<String> types) {
        return accepts(aggregateTypes, aggregateType) && types.stream().allMatch(type -> accepts(eventTypes, type));
    }

    /** Whether all read models are granted. */
    public boolean acceptsEveryProjection() {
        return projections.contains(ANY);
    }

    /** Whether this read model is granted. */
    public boolean acceptsProjection(String name) {
        return accepts(projections, name);
    }

    /** Whether every event that passes a filter is granted. */
    public boolean coversAll(EventFilter filter) {
        return covers(aggregateTypes, orAny(filter.aggregateTypes())) && covers(eventTypes, orAny(filter.eventTypes()));
    }

    private static List<NamePattern> orAny(List<NamePattern> patterns) {
        return patterns.isEmpty() ? List.of(ANY) : patterns;
    }

    /** Whether everything that the other one grants is granted. */
    boolean covers(Grant other) {
        return covers(aggregateTypes, other.aggregateTypes)
                && covers(eventTypes, other.eventTypes)
                && covers(projections, other.projections);
    }

    /** Whether everything that a filter lets through is granted. */
    public boolean covers(EventFilter filter) {
        return covers(aggregateTypes, anyIfEmpty(filter.aggregateTypes()))
                && covers(eventTypes, anyIfEmpty(filter.eventTypes()));
    }

    private static List<NamePattern> anyIfEmpty(List<NamePattern> patterns) {
        return patterns.isEmpty() ? List.of(ANY) : patterns;
    }

    /** A star of a pattern can only be matched by a star, so a pattern that matches another one's text matches all that this one does. */
    private static boolean covers(List<NamePattern> patterns, List<NamePattern> others) {
        return others.stream().allMatch(other -> accepts(patterns, other.toString()));
    }

    /** The filter that every read has to pass besides the one that was asked for. Not to be called of an empty grant. */
    public EventFilter filter() {
        if (isEmpty()) {
            throw new IllegalStateException("an empty grant has no filter");
        }
        return new EventFilter(unlessAny(aggregateTypes), List.of(), unlessAny(eventTypes));
    }

    private static List<NamePattern> unlessAny(List<NamePattern> patterns) {
        return patterns.contains(ANY) ? List.of() : patterns;
    }

    private static boolean accepts(List<NamePattern> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
