package io.eventuali.security;

import io.eventuali.stream.Permission;
import io.quarkus.oidc.OidcProviderClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Holds until a token's end, or until its provider, who was asked about it when it came, says that it is not active any more. The provider is
 * asked again now and then while something is open, and never twice at once. As long as it does not answer, its last word counts.
 */
final class IntrospectedToken implements Permission {
    private static final Logger LOG = Logger.getLogger(IntrospectedToken.class);

    private final OidcProviderClient provider;
    private final String token;
    private final Permission end;
    private final long periodNanos;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile long askedAt = System.nanoTime();
    private volatile boolean revoked;

    IntrospectedToken(OidcProviderClient provider, String token, Optional<Instant> until, Duration period) {
        this.provider = provider;
        this.token = token;
        this.end = Permission.until(until);
        this.periodNanos = period.toNanos();
    }

    @Override
    public boolean holds(Instant now) {
        if (revoked || !end.holds(now)) {
            return false;
        }
        if (System.nanoTime() - askedAt >= periodNanos && asking.compareAndSet(false, true)) {
            askedAt = System.nanoTime();
            provider.introspectAccessToken(token)
                    .onTermination()
                    .invoke(() -> asking.set(false))
                    .subscribe()
                    .with(
                            answer -> revoked = !answer.isActive(),
                            failure -> LOG.debugf("no word about a token: %s", failure.getMessage()));
        }
        return !revoked;
    }
}
