package io.eventuali.ops;

import io.eventuali.projection.ProjectionOperations;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Names the projections that stopped, and why. It never makes a replica unready: appends and subscribers go on, here as elsewhere. */
@Readiness
@ApplicationScoped
class ProjectionHealth implements HealthCheck {
    private final ProjectionOperations projections;

    ProjectionHealth(ProjectionOperations projections) {
        this.projections = projections;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder health =
                HealthCheckResponse.named("projections").up();
        projections
                .stopped()
                .forEach(stopped -> health.withData(
                        stopped.name(),
                        "stopped at %d: %s"
                                .formatted(
                                        stopped.failedPosition().orElse(0),
                                        stopped.failure().orElse(""))));
        return health.build();
    }
}
