package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * Keys in {@code X-API-Key} or {@code Authorization: ApiKey …}. One that begins with {@code evk_} may also come as a bearer token, for
 * clients that know nothing else.
 */
@ApplicationScoped
class ApiKeyMechanism implements HttpAuthenticationMechanism {
    static final String HEADER = "X-API-Key";
    private static final String SCHEME = "ApiKey ";
    private static final String BEARER = "Bearer ";
    static final String PREFIX = "evk_";
    /** Before that of OpenID Connect, which would take any bearer token for its own. */
    private static final int PRIORITY = 2_000;

    private final SecurityMode mode;
    private final ApiKeys keys;

    ApiKeyMechanism(SecurityMode mode, ApiKeys keys) {
        this.mode = mode;
        this.keys = keys;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identities) {
        if (!mode.isEnabled() || !mode.concerns(context)) {
            return Uni.createFrom().nullItem();
        }
        Optional<String> presented = presented(context.request());
        if (presented.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        return keys.find(presented.get())
                .map(access -> Uni.createFrom().item(Identities.of(access)))
                // Where the application wants to know its callers before any rule is asked, the framework would answer
                // a failure without
                // a word; the rules refuse credentials that nobody knows.
                .orElseGet(() -> mode.isProactive()
                        ? Uni.createFrom().nullItem()
                        : Uni.createFrom()
                                .failure(new AuthenticationFailedException(new AccessRefusedException(
                                        Reason.UNAUTHENTICATED, "the API key is not a good one"))));
    }

    private static Optional<String> presented(HttpServerRequest request) {
        String header = request.getHeader(HEADER);
        if (header != null) {
            return Optional.of(header);
        }
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization == null) {
            return Optional.empty();
        }
        if (startsWith(authorization, SCHEME)) {
            return Optional.of(authorization.substring(SCHEME.length()).trim());
        }
        if (startsWith(authorization, BEARER) && authorization.startsWith(PREFIX, BEARER.length())) {
            return Optional.of(authorization.substring(BEARER.length()).trim());
        }
        return Optional.empty();
    }

    private static boolean startsWith(String text, String scheme) {
        return text.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext context) {
        return mode.concerns(context)
                ? Uni.createFrom().item(new ChallengeData(401, Challenges.HEADER, Challenges.API_KEY))
                : Uni.createFrom().nullItem();
    }

    @Override
    public int getPriority() {
        return PRIORITY;
    }
}
