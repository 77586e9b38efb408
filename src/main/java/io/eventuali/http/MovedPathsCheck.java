package io.eventuali.http;

import io.eventuali.security.SecurityMode;
import io.quarkus.resteasy.reactive.server.runtime.ResteasyReactiveRecorder;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Stops a start that would serve the service where the rules of access do not look; where security is off, it says so. */
@Singleton
class MovedPathsCheck {
    private static final Logger LOG = Logger.getLogger(MovedPathsCheck.class);
    private static final int BEFORE_STORE = Interceptor.Priority.LIBRARY_BEFORE - 100;

    private final SecurityMode mode;
    private final Config config;

    MovedPathsCheck(SecurityMode mode, Config config) {
        this.mode = mode;
        this.config = config;
    }

    void check(@Observes @Priority(BEFORE_STORE) StartupEvent starting) {
        Optional<String> complaint = complaint();
        if (complaint.isPresent() && mode.isEnabled()) {
            throw new ConfigurationException(complaint.get());
        }
        complaint.ifPresent(LOG::warn);
    }

    /** As they were built: what is set later changes neither the router nor these values. */
    private Optional<String> complaint() {
        return MovedPaths.complaint(
                ResteasyReactiveRecorder.getCurrentDeployment().getPrefix(),
                config.getValue("quarkus.http.root-path", String.class),
                config.getValue("quarkus.http.non-application-root-path", String.class),
                config.getOptionalValue("quarkus.management.enabled", Boolean.class)
                        .orElse(false));
    }
}
