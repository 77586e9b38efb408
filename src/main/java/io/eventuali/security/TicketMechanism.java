package io.eventuali.security;

import io.eventuali.security.AccessRefusedException.Reason;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Tickets in the query of a stream: the one place where a browser cannot send a header. */
@ApplicationScoped
class TicketMechanism implements HttpAuthenticationMechanism {
    static final String PARAMETER = "ticket";
    private static final int PRIORITY = 3_000;

    private final SecurityMode mode;
    private final OwnPaths paths;
    private final Tickets tickets;

    TicketMechanism(SecurityMode mode, OwnPaths paths, Tickets tickets) {
        this.mode = mode;
        this.paths = paths;
        this.tickets = tickets;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext context, IdentityProviderManager identities) {
        if (!mode.isEnabled() || !opensStream(context)) {
            return Uni.createFrom().nullItem();
        }
        List<String> presented = context.queryParam(PARAMETER);
        if (presented.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        return tickets.take(presented.get(0))
                .onItem()
                .transform(found -> found.map(Identities::of)
                        .orElseThrow(() -> new AuthenticationFailedException(new AccessRefusedException(
                                Reason.UNAUTHENTICATED, "the ticket was used before, or has expired"))))
                .onFailure(AccessRefusedException.class)
                .transform(AuthenticationFailedException::new);
    }

    /** Whether this is the request of an {@code EventSource}. */
    private boolean opensStream(RoutingContext context) {
        String path = context.request().path();
        return context.request().method() == HttpMethod.GET && paths.isOfApi(path) && path.endsWith("/stream");
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
