package io.eventuali.ops;

import io.eventuali.stream.EventStreamer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready when the database answers and the live tail has seen the whole log a moment ago. The tail looks into the log at every
 * poll, so its age tells both; nothing is asked of the database for this.
 */
@Readiness
@ApplicationScoped
class StoreHealth implements HealthCheck {
    private static final Duration MAX_AGE = Duration.ofSeconds(5);

    private final EventStreamer streamer;

    StoreHealth(EventStreamer streamer) {
        this.streamer = streamer;
    }

    @Override
    public HealthCheckResponse call() {
        Duration age = streamer.age();
        return HealthCheckResponse.named("live-tail")
                .status(age.compareTo(MAX_AGE) < 0)
                .withData("position", streamer.globalPosition())
                .withData("currentMillisAgo", age.toMillis())
                .withData("epoch", streamer.epoch())
                .build();
    }
}
