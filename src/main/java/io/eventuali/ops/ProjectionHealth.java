package io.eventuali.ops;

import io.eventuali.projection.ProjectionOperations;
import io.eventuali.security.SecurityMode;
import io.eventuali.task.Failure;
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
    private final SecurityMode security;

    ProjectionHealth(ProjectionOperations projections, SecurityMode security) {
        this.projections = projections;
        this.security = security;
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
                                        stopped.failure().map(this::shown).orElse(""))));
        return health.build();
    }

    /** Not every operator may read what a text of a failure may quote; here it is not known who asks. */
    private String shown(Failure failure) {
        return security.isEnabled() ? failure.kind() : failure.text();
    }
}
