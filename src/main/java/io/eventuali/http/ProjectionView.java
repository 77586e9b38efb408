package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.projection.ProjectionStatus;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

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
        @JsonInclude FailureView failure) {
    private static final double MILLIS = 1_000;
    private static final double TENTHS = 10;

    static ProjectionView of(ProjectionStatus status) {
        return new ProjectionView(
                status.name(),
                status.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                status.version(),
                status.position(),
                status.headPosition(),
                status.lagEvents(),
                status.lag().toMillis() / MILLIS,
                status.events(),
                Math.round(status.eventsPerSecond() * TENTHS) / TENTHS,
                status.owner().orElse(null),
                status.deadLetters(),
                status.failedPosition().isEmpty()
                        ? null
                        : new FailureView(
                                status.failedPosition().getAsLong(),
                                status.failure().orElse(""),
                                status.failedAt().orElse(null)));
    }

    /** All projections. */
    public record ProjectionList(List<ProjectionView> projections) {}

    /** Why a projection stopped. */
    public record FailureView(
            long position, String reason, @JsonInclude Instant at) {}
}
