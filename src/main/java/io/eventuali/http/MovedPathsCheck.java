package io.eventuali.http;

import io.eventuali.security.OwnPaths;
import io.eventuali.security.SecurityMode;
import io.quarkus.resteasy.reactive.server.runtime.ResteasyReactiveRecorder;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jboss.logging.Logger;

/** Stops a start that would serve the service where the rules of access do not look; where security is off, it says so. */
@Singleton
class MovedPathsCheck {
    private static final Logger LOG = Logger.getLogger(MovedPathsCheck.class);
    private static final int BEFORE_STORE = Interceptor.Priority.LIBRARY_BEFORE - 100;

    private final SecurityMode mode;
    private final OwnPaths paths;
    private final Config config;

    MovedPathsCheck(SecurityMode mode, OwnPaths paths, Config config) {
        this.mode = mode;
        this.paths = paths;
        this.config = config;
    }

    void check(@Observes @Priority(BEFORE_STORE) StartupEvent starting) {
        paths.resourcesAreBelow(ResteasyReactiveRecorder.getCurrentDeployment().getPrefix());
        if (!paths.areAll()) {
            // The rules of the API go with it; health and metrics are the application's to serve and to guard.
            return;
        }
        Optional<String> complaint = complaint();
        if (complaint.isPresent() && mode.isEnabled()) {
            throw new ConfigurationException(complaint.get());
        }
        complaint.ifPresent(LOG::warn);
    }

    /**
     * As they were built, and as they are set for this start: what is set later changes neither the router nor the values that a bean sees, but
     * is meant to, and would move the service at the next build.
     */
    private Optional<String> complaint() {
        Optional<String> built = MovedPaths.complaint(
                ResteasyReactiveRecorder.getCurrentDeployment().getPrefix(),
                config.getValue("quarkus.http.root-path", String.class),
                config.getValue("quarkus.http.non-application-root-path", String.class),
                config.getOptionalValue("quarkus.management.enabled", Boolean.class)
                        .orElse(false));
        return built.or(() -> StreamSupport.stream(config.getConfigSources().spliterator(), false)
                .map(MovedPathsCheck::complaint)
                .flatMap(Optional::stream)
                .findFirst());
    }

    /** Each source for itself: what was fixed by the build has one of its own, before all others. */
    private static Optional<String> complaint(ConfigSource source) {
        return MovedPaths.complaint(
                value(source, "quarkus.rest.path", "/"),
                value(source, "quarkus.http.root-path", "/"),
                value(source, "quarkus.http.non-application-root-path", "q"),
                Boolean.parseBoolean(value(source, "quarkus.management.enabled", "false")));
    }

    private static String value(ConfigSource source, String key, String otherwise) {
        String value = source.getValue(key);
        return value == null || value.isBlank() ? otherwise : value.strip();
    }
}
