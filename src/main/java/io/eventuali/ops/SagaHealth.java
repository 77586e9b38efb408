package io.eventuali.ops;

import io.eventuali.saga.SagaOperations;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Counts the sagas that wait for an operator. It never makes a replica unready: the others go on. */
@Readiness
@ApplicationScoped
class SagaHealth implements HealthCheck {
    private final SagaOperations sagas;

    SagaHealth(SagaOperations sagas) {
        this.sagas = sagas;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder health = HealthCheckResponse.named("sagas").up();
        sagas.stuckCounts().forEach((type, count) -> health.withData(type, count + " stuck"));
        return health.build();
    }
}
