package io.eventuali.security;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Whether requests need credentials; stops a start that would leave the service open, or shut, by oversight. */
@Singleton
public class SecurityMode {
    private static final Logger LOG = Logger.getLogger(SecurityMode.class);
    private static final Duration SHORTEST_RELOAD = Duration.ofMillis(10);
    private static final Duration SHORTEST_RECHECK = Duration.ofMillis(250);
    private static final Duration LONGEST_RELOAD = Duration.ofHours(1);
    private static final Duration MAX_TICKET_LIFETIME = Duration.ofSeconds(30);
    private static final long MAX_FAILURES_PER_SECOND = 1_000_000;
    /** Before the store opens: who has set up no security is told so even without a database. */
    private static final int BEFORE_STORE = Interceptor.Priority.LIBRARY_BEFORE - 100;

    private final SecurityConfig config;
    private final ApiKeys keys;
    private final OwnPaths paths;
    private final Config properties;
    private final boolean enabled;
    private volatile ExemptPaths exempt = ExemptPaths.NONE;

    SecurityMode(SecurityConfig config, ApiKeys keys, OwnPaths paths, Config properties) {
        this.config = config;
        this.keys = keys;
        this.paths = paths;
        this.properties = properties;
        this.enabled = config.enabled().orElse(!isDevelopment());
    }

    /** The mode that was launched, not the profile: anybody may call a packaged service's profile "dev". */
    private static boolean isDevelopment() {
        return LaunchMode.current().isDevOrTest();
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

    /** Whether a path needs no credentials, or is the application's own. Another spelling of such a path is another path. */
    boolean isExempt(String path) {
        return exempt.contains(path);
    }

    /** Whether credentials of Eventuali count for a request: it is Eventuali's, or of a path that the application has asked them for. */
    boolean concerns(RoutingContext request) {
        return paths.contain(request)
                || isExempt(paths.unprefixed(request.request().path()));
    }

    /** Whether credentials are looked at before any rule asks for them, as applications have it unless they say otherwise. */
    boolean isProactive() {
        return properties
                .getOptionalValue("quarkus.http.auth.proactive", Boolean.class)
                .orElse(true);
    }

    /** Whether a request may see what is for operators: it came with the credentials of one, or nobody needs any. */
    public boolean isForOperator(RoutingContext request) {
        return !enabled
                || request.get(Access.ATTRIBUTE) instanceof Access access && access.hasOneOf(EnumSet.of(Role.OPERATOR));
    }

    /** Whether a request passed the rules, or does not have to. */
    public boolean hasPassed(RoutingContext request) {
        return !enabled || request.get(Access.ATTRIBUTE) != null;
    }

    void check(@Observes @Priority(BEFORE_STORE) StartupEvent starting) {
        checkLimits();
        checkProfile();
        exempt = ExemptPaths.of(config.publicPaths(), config.applicationPaths().orElse(List.of()));
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
        OidcAudience.complaint(properties).ifPresent(SecurityMode::refuse);
        warnOfForwarding();
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
        Duration recheck = config.oidc().recheck();
        require(
                recheck.compareTo(SHORTEST_RECHECK) >= 0 && recheck.compareTo(LONGEST_RELOAD) <= 0,
                "eventuali.security.oidc.recheck must be from 250ms to 1h");
        require(
                config.rateLimit().failuresPerSecond() >= 0
                        && config.rateLimit().failuresPerSecond() <= MAX_FAILURES_PER_SECOND,
                "eventuali.security.rate-limit.failures-per-second must be from 0 to " + MAX_FAILURES_PER_SECOND
                        + "; 0 means no limit");
        require(
                config.keysReload().compareTo(SHORTEST_RELOAD) >= 0
                        && config.keysReload().compareTo(LONGEST_RELOAD) <= 0,
                "eventuali.security.keys-reload must be from 10ms to 1h");
    }

    /** A profile for development says nothing about a packaged service; the two are easily mixed up by one variable. */
    private void checkProfile() {
        if (isDevelopment()) {
            return;
        }
        Stream.of("dev", "test")
                .filter(ConfigUtils::isProfileActive)
                .findFirst()
                .ifPresent(profile -> {
                    String key = "eventuali.security.enabled";
                    boolean saidForAll = properties.getConfigValue(key).getValue() != null
                            && !properties
                                    .unwrap(SmallRyeConfig.class)
                                    .getConfigValue(key)
                                    .getNameProfiled()
                                    .startsWith("%");
                    require(
                            saidForAll,
                            ("quarkus.profile=%s is for development and tests, where security is off; this is a"
                                            + " packaged service. Remove it, or set eventuali.security.enabled, without a profile,"
                                            + " to what is meant")
                                    .formatted(profile));
                });
    }

    private void checkOrigins() {
        properties
                .getOptionalValues("quarkus.http.cors.origins", String.class)
                .flatMap(CorsOrigins::complaint)
                .ifPresent(SecurityMode::refuse);
    }

    /** Limits by address and the audit log go by what a proxy says. */
    private void warnOfForwarding() {
        boolean believed = properties
                .getOptionalValue("quarkus.http.proxy.proxy-address-forwarding", Boolean.class)
                .orElse(false);
        if (believed
                && properties
                        .getOptionalValues("quarkus.http.proxy.trusted-proxies", String.class)
                        .isEmpty()) {
            LOG.warn("quarkus.http.proxy.proxy-address-forwarding=true without quarkus.http.proxy.trusted-proxies:"
                    + " every client may name the address it comes from; name the proxies");
        }
    }

    private static void refuse(String complaint) {
        throw new ConfigurationException(complaint);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new ConfigurationException(otherwise);
        }
    }
}
