package io.eventuali.security;

import io.eventuali.event.InvalidEventException;
import io.eventuali.stream.NamePattern;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Whether requests need credentials; stops a start that would leave the service open, or shut, by oversight. */
@Singleton
public class SecurityMode {
    private static final Logger LOG = Logger.getLogger(SecurityMode.class);
    private static final Duration MAX_TICKET_LIFETIME = Duration.ofSeconds(30);
    /** Before the store opens: who has set up no security is told so even without a database. */
    private static final int BEFORE_STORE = Interceptor.Priority.LIBRARY_BEFORE - 100;

    private final SecurityConfig config;
    private final ApiKeys keys;
    private final Config properties;
    private final boolean enabled;

    SecurityMode(SecurityConfig config, ApiKeys keys, Config properties) {
        this.config = config;
        this.keys = keys;
        this.properties = properties;
        this.enabled = config.enabled().orElse(!isDevelopment());
    }

    private static boolean isDevelopment() {
        return LaunchMode.current().isDevOrTest()
                || ConfigUtils.isProfileActive("dev")
                || ConfigUtils.isProfileActive("test");
    }

    /** Whether requests need credentials. */
    public boolean isEnabled() {
        return enabled;
    }

    /** Whether tokens of an OpenID Connect provider are taken. */
    public boolean hasOidc() {
        return OidcSwitch.PROVIDER.stream().anyMatch(key -> properties
                .getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent());
    }

    void check(@Observes @Priority(BEFORE_STORE) StartupEvent starting) {
        checkLimits();
        checkPaths("public-paths", config.publicPaths());
        checkPaths("application-paths", config.applicationPaths().orElse(List.of()));
        if (!enabled) {
            if (!isDevelopment()) {
                LOG.warn("security is off (eventuali.security.enabled=false):"
                        + " whoever reaches this port reads and appends everything");
            }
            return;
        }
        keys.open();
        if (keys.isEmpty() && !hasOidc()) {
            throw new ConfigurationException(
                    "nobody could get in: set eventuali.security.keys.<name>.sha256 and .roles,"
                            + " eventuali.security.keys-file or quarkus.oidc.auth-server-url;"
                            + " eventuali.security.enabled=false leaves the service open to everybody");
        }
        checkOrigins();
    }

    private void checkLimits() {
        Duration lifetime = config.ticketLifetime();
        require(
                lifetime.compareTo(Duration.ofSeconds(1)) >= 0 && lifetime.compareTo(MAX_TICKET_LIFETIME) <= 0,
                "eventuali.security.ticket-lifetime must be from 1s to 30s");
        require(
                config.rateLimit().requestsPerSecond() >= 0
                        && config.rateLimit().burst().orElse(1) > 0,
                "eventuali.security.rate-limit must not be negative; requests-per-second=0 means no limit");
        require(config.keysReload().compareTo(Duration.ZERO) > 0, "eventuali.security.keys-reload must be more than 0");
    }

    private void checkPaths(String key, List<String> patterns) {
        for (String pattern : patterns) {
            try {
                NamePattern.of(pattern);
            } catch (InvalidEventException invalid) {
                throw new ConfigurationException("eventuali.security." + key + " has a pattern that " + invalid.rule());
            }
        }
    }

    private void checkOrigins() {
        boolean everywhere = properties
                .getOptionalValue("quarkus.http.cors.origins", String.class)
                .filter(origins ->
                        Stream.of(origins.split(",")).map(String::trim).anyMatch("*"::equals))
                .isPresent();
        require(
                !everywhere,
                "quarkus.http.cors.origins=* lets every web page in; list the origins, such as https://app.example.com");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new ConfigurationException(otherwise);
        }
    }
}
