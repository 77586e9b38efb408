package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.projection.HistoryEntry;
import io.eventuali.projection.PartitionStatus;
import io.eventuali.projection.ProjectionStatus;
import io.eventuali.projection.Rebuild;
import io.eventuali.task.Failure;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** A projection on the wire. */
public record ProjectionView(
        String name,
        String status,
        int version,
        long position,
        long headPosition,
        long lagEvents,
        double lagSeconds,
        long events,
        double eventsPerSecond,
        @JsonInclude String owner,
        long deadLetters,
        double oldestDeadLetterSeconds,
        long generation,
        @JsonInclude FailureView failure,
        List<PartitionView> partitions,
        @JsonInclude RebuildView rebuild,
        @JsonInclude String trouble) {
    private static final double MILLIS = 1_000;
    private static final double TENTHS = 10;

    static ProjectionView of(ProjectionStatus status, FailureSight sight) {
        return new ProjectionView(
                status.name(),
                kebab(status.state()),
                status.version(),
                status.position(),
                status.headPosition(),
                status.lagEvents(),
                status.lag().toMillis() / MILLIS,
                status.events(),
                tenths(status.eventsPerSecond()),
                status.owner().orElse(null),
                status.deadLetters(),
                status.oldestDeadLetter().toMillis() / MILLIS,
                status.generation(),
                FailureView.of(
                        status.failedPosition(),
                        status.failure(),
                        status.failedAt().orElse(null),
                        sight),
                status.partitions().stream()
                        .map(partition -> PartitionView.of(partition, status.headPosition(), sight))
                        .toList(),
                status.rebuild().map(rebuild -> RebuildView.of(rebuild, sight)).orElse(null),
                sight.of(status.trouble()));
    }

    private static double tenths(double value) {
        return Math.round(value * TENTHS) / TENTHS;
    }

    /** A share of the keys, with a checkpoint and an owner of its own. */
    public record PartitionView(
            int partition,
            String status,
            long position,
            long lagEvents,
            @JsonInclude String owner,
            long deadLetters,
            @JsonInclude FailureView failure) {
        static PartitionView of(PartitionStatus partition, long head, FailureSight sight) {
            return new PartitionView(
                    partition.partition(),
                    kebab(partition.state()),
                    partition.position(),
                    Math.max(0, head - partition.position()),
                    partition.owner().orElse(null),
                    partition.deadLetters(),
                    FailureView.of(partition.failedPosition(), partition.failure(), null, sight));
        }
    }

    /** Documents that are built beside those that are served. */
    public record RebuildView(
            long generation,
            int version,
            long position,
            long headPosition,
            double percent,
            double eventsPerSecond,
            @JsonInclude Double secondsLeft,
            Instant startedAt,
            @JsonInclude String owner,
            int partitions,
            long deadLetters,
            @JsonInclude FailureView failure) {
        public static RebuildView of(Rebuild rebuild, FailureSight sight) {
            return new RebuildView(
                    rebuild.generation(),
                    rebuild.version(),
                    rebuild.position(),
                    rebuild.headPosition(),
                    tenths(rebuild.percent()),
                    tenths(rebuild.eventsPerSecond()),
                    rebuild.secondsLeft().isPresent()
                            ? tenths(rebuild.secondsLeft().getAsDouble())
                            : null,
                    rebuild.startedAt(),
                    rebuild.owner().orElse(null),
                    rebuild.partitions(),
                    rebuild.deadLetters(),
                    FailureView.of(rebuild.failedPosition(), rebuild.failure(), null, sight));
        }
    }

    /** What happened to a projection, newest first. */
    public record HistoryView(List<HistoryLine> history) {
        static HistoryView of(List<HistoryEntry> entries, FailureSight sight) {
            return new HistoryView(entries.stream()
                    .map(entry -> new HistoryLine(
                            entry.at(),
                            kebab(entry.what()),
                            entry.replica(),
                            entry.version(),
                            entry.position(),
                            entry.failure().map(sight::of).orElse(entry.detail().orElse(null)),
                            entry.by().orElse(null)))
                    .toList());
        }
    }

    /** One thing that happened to a projection. */
    public record HistoryLine(
            Instant at,
            String what,
            String replica,
            int version,
            long position,
            @JsonInclude String detail,
            @JsonInclude String by) {}

    private static String kebab(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All projections. */
    public record ProjectionList(List<ProjectionView> projections) {}

    /** Why a projection stopped: the text of the failure, or its kind for operators that are no readers. */
    public record FailureView(
            long position, String reason, @JsonInclude Instant at) {
        /** Null unless it stopped at an event. */
        private static FailureView of(OptionalLong position, Optional<Failure> reason, Instant at, FailureSight sight) {
            return position.isEmpty()
                    ? null
                    : new FailureView(
                            position.getAsLong(), reason.map(sight::of).orElse(""), at);
        }
    }
}
