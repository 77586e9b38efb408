package io.eventuali.projection;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A generation of a projection as the database knows it: all of its partitions.
 *
 * @param partitions in their order, at least one
 */
record Generation(List<ProjectionRow> partitions) {
    Generation {
        partitions = List.copyOf(partitions);
    }

    /** Puts the partitions of each generation together; they come in the order of generations, and in theirs. */
    static List<Generation> of(List<ProjectionRow> rows) {
        Map<String, List<ProjectionRow>> byGeneration = new LinkedHashMap<>();
        for (ProjectionRow row : rows) {
            byGeneration
                    .computeIfAbsent(row.name() + "/" + row.generation(), generation -> new ArrayList<>())
                    .add(row);
        }
        return byGeneration.values().stream().map(Generation::new).toList();
    }

    private ProjectionRow first() {
        return partitions.get(0);
    }

    String name() {
        return first().name();
    }

    long number() {
        return first().generation();
    }

    int version() {
        return first().version();
    }

    boolean serving() {
        return first().serving();
    }

    Instant startedAt() {
        return first().startedAt();
    }

    /** Up to which position all partitions have finished. */
    long position() {
        return partitions.stream().mapToLong(ProjectionRow::position).min().orElseThrow();
    }

    /** Events handled since it began. */
    long events() {
        return partitions.stream().mapToLong(ProjectionRow::events).sum();
    }

    long deadLetters() {
        return partitions.stream().mapToLong(ProjectionRow::deadLetters).sum();
    }

    Duration oldestDeadLetter() {
        return partitions.stream()
                .map(ProjectionRow::oldestDeadLetter)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** The replica that runs it; empty also if several do, each some partitions. */
    Optional<String> owner() {
        Optional<String> owner = first().owner();
        return partitions.stream().allMatch(row -> row.owner().equals(owner)) ? owner : Optional.empty();
    }

    /** Of the partitions that halted by themselves, the one that did on the earliest event. */
    Optional<ProjectionRow> failed() {
        return partitions.stream()
                .filter(row -> row.failedPosition().isPresent())
                .min(Comparator.comparingLong(row -> row.failedPosition().getAsLong()));
    }
}
