package io.eventuali.http;

import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.Challenges;
import io.eventuali.security.SecurityMode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Problem documents for requests that security refuses, with the header that says which credentials are wanted. */
@Singleton
class SecurityRefusals {
    private final SecurityMode mode;

    SecurityRefusals(SecurityMode mode) {
        this.mode = mode;
    }

    /** First of all handlers of failures but the one for streams. */
    void register(@Observes Router router) {
        router.route().order(Integer.MIN_VALUE + 1).failureHandler(this::answer);
    }

    private void answer(RoutingContext context) {
        if (!(context.failure() instanceof AccessRefusedException refused)
                || context.response().headWritten()) {
            context.next();
            return;
        }
        String detail = refused.getMessage();
        switch (refused.reason()) {
            case UNAUTHENTICATED -> {
                challenge(context, ", error=\"invalid_token\"");
                EarlyRefusals.send(context, Problems.unauthorized(detail));
            }
            case FORBIDDEN -> {
                challenge(context, ", error=\"insufficient_scope\"");
                EarlyRefusals.send(context, Problems.forbidden(detail));
            }
            case THROTTLED, TOO_MANY_FAILURES ->
                EarlyRefusals.send(context, Problems.rateLimited(detail, refused.retryAfter()));
            case UNAVAILABLE -> EarlyRefusals.send(context, Problems.storeUnavailable(detail, refused.retryAfter()));
        }
    }

    /** The error goes with a token that was sent (RFC 6750); a request without one gets the bare challenge. */
    private void challenge(RoutingContext context, String error) {
        List<String> challenges = new ArrayList<>(List.of(Challenges.API_KEY));
        if (mode.hasOidc()) {
            boolean presented = context.request().getHeader(HttpHeaders.AUTHORIZATION) != null;
            challenges.add(presented ? Challenges.BEARER + error : Challenges.BEARER);
        }
        context.response().putHeader(Challenges.HEADER, challenges);
    }
}
