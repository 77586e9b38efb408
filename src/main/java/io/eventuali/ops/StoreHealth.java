package io.eventuali.ops;

import io.eventuali.store.LogDamage;
import io.eventuali.store.engine.Damages;
import io.eventuali.stream.EventStreamer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready when the database answers and the live tail has seen the whole log a moment ago. The tail looks into the log at every
 * poll, so its age tells both; nothing is asked of the database for this.
 * Damage of the log is told and leaves the replica ready, since everything else can be read.
 */
@Readiness
@ApplicationScoped
class StoreHealth implements HealthCheck {
    private static final Duration MAX_AGE = Duration.ofSeconds(5);

    private final EventStreamer streamer;
    private final Damages damages;

    StoreHealth(EventStreamer streamer, Damages damages) {
        this.damages = damages;
        this.streamer = streamer;
    }

    @Override
    public HealthCheckResponse call() {
        Duration age = streamer.age();
        List<LogDamage> damaged = damages.known();
        return HealthCheckResponse.named("live-tail")
                .status(age.compareTo(MAX_AGE) < 0)
                .withData("position", streamer.globalPosition())
                .withData("currentMillisAgo", age.toMillis())
                .withData("epoch", streamer.epoch())
                .withData(
                        "damaged",
                        damaged.isEmpty() ? "none" : "%d, first: %s".formatted(damaged.size(), damaged.get(0)))
                .build();
    }
}
