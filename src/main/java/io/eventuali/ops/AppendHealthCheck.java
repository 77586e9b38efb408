package io.eventuali.ops;

import io.eventuali.store.engine.Appendable;
import io.eventuali.store.engine.EngineStore;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Not ready as long as an append would not work. The store tries now and then by itself; nothing is asked of the database for this. */
@Readiness
@ApplicationScoped
class AppendHealthCheck implements HealthCheck {
    private final EngineStore store;

    AppendHealthCheck(EngineStore store) {
        this.store = store;
    }

    @Override
    public HealthCheckResponse call() {
        Appendable appendable = store.appendable();
        HealthCheckResponseBuilder health = HealthCheckResponse.named("appends").status(appendable.works());
        return appendable.works()
                ? health.build()
                : health.withData("reason", appendable.reason()).build();
    }
}
