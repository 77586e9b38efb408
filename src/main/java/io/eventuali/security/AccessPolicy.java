package io.eventuali.security;

import io.eventuali.event.ReservedStreams;
import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.security.AccessRules.Rule;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpSecurityPolicy;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * Holds every request that is Eventuali's against the rules, and gives those that pass their {@link Access}. Without a name it is Quarkus' policy for all
 * paths; authentication is lazy, so that nothing of this is done where security is off.
 */
@ApplicationScoped
class AccessPolicy implements HttpSecurityPolicy {
    private static final Logger AUDIT = Logger.getLogger("io.eventuali.audit");
    private static final BiConsumer<RoutingContext, Throwable> LEFT_TO_US = (context, failure) -> {};
    private static final int PATH_NAME = 2;

    private final SecurityMode mode;
    private final OwnPaths paths;
    private final TokenAccess tokens;
    private final ApiKeys keys;
    private final RateLimits limits;
    private final FailedCredentials failures;

    AccessPolicy(
            SecurityMode mode,
            OwnPaths paths,
            TokenAccess tokens,
            ApiKeys keys,
            RateLimits limits,
            FailedCredentials failures) {
        this.mode = mode;
        this.paths = paths;
        this.tokens = tokens;
        this.keys = keys;
        this.limits = limits;
        this.failures = failures;
    }

    @Override
    public Uni<CheckResult> checkPermission(
            RoutingContext request, Uni<SecurityIdentity> identity, AuthorizationRequestContext context) {
        if (!mode.concerns(request)) {
            return CheckResult.permit();
        }
        String path = paths.unprefixed(request.request().path());
        HttpMethod method = request.request().method();
        boolean mayBeAct = method != HttpMethod.GET && method != HttpMethod.HEAD;
        if (!mode.isEnabled() && !mayBeAct) {
            return CheckResult.permit();
        }
        Optional<Rule> rule = AccessRules.of(method.name(), path);
        if (rule.filter(Rule::isOperatorAct).isPresent()) {
            audit(request);
        }
        if (!mode.isEnabled()) {
            return CheckResult.permit();
        }
        if (mode.isExempt(path) && rule.isEmpty()) {
            return CheckResult.permit();
        }
        // A failure is told by our own handler, with a problem document.
        request.put(QuarkusHttpUser.AUTH_FAILURE_HANDLER, LEFT_TO_US);
        if (mode.isExempt(path)) {
            return welcome(request, identity);
        }
        return identity.onItem()
                .invoke(known -> requireKnownKind(known, request))
                .onFailure()
                .transform(failure -> counted(refused(failure), request))
                .invoke(known -> check(request, known, rule))
                .replaceWith(CheckResult.PERMIT);
    }

    /**
     * Lets everybody in, and notes the access of those who came with good credentials: they may see more. Bad ones count here, too, or they
     * could be tried out here.
     */
    private Uni<CheckResult> welcome(RoutingContext request, Uni<SecurityIdentity> identity) {
        return identity.invoke(known -> {
                    requireKnownKind(known, request);
                    if (!known.isAnonymous()) {
                        request.put(Access.ATTRIBUTE, accessOf(known));
                    }
                })
                .replaceWith(CheckResult.PERMIT)
                .onFailure()
                .transform(failure -> counted(refused(failure), request))
                .onFailure(failure -> ((AccessRefusedException) failure).reason() != Reason.TOO_MANY_FAILURES)
                .recoverWithItem(CheckResult.PERMIT);
    }

    /** Credentials that nobody here looks at are bad ones, too: a token where there is no provider, a password, a key in another header. */
    private static void requireKnownKind(SecurityIdentity identity, RoutingContext request) {
        if (identity.isAnonymous() && Presented.in(request.request().headers(), request.queryParams())) {
            throw new AccessRefusedException(
                    Reason.UNAUTHENTICATED, "the credentials are of a kind, or in a place, that is not looked at");
        }
    }

    /** Bad credentials beyond what one address may send are answered in another way, so that their sender stops. */
    private AccessRefusedException counted(AccessRefusedException refused, RoutingContext request) {
        if (refused.reason() != Reason.UNAUTHENTICATED) {
            return refused;
        }
        SocketAddress peer = request.request().remoteAddress();
        return failures.count(peer == null ? null : peer.hostAddress())
                .map(wait -> new AccessRefusedException(
                        Reason.TOO_MANY_FAILURES,
                        "too many bad credentials have come from this address in a short time",
                        wait))
                .orElse(refused);
    }

    private static AccessRefusedException refused(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AccessRefusedException refused) {
                return refused;
            }
        }
        return new AccessRefusedException(Reason.UNAUTHENTICATED, "the token is not a good one");
    }

    private void check(RoutingContext request, SecurityIdentity identity, Optional<Rule> rule) {
        if (identity.isAnonymous()) {
            throw new AccessRefusedException(Reason.UNAUTHENTICATED, "the request needs an API key or a token");
        }
        Access access = accessOf(identity);
        request.put(Access.ATTRIBUTE, rule.isPresent() ? standing(access, rule.get(), request) : access);
        if (rule.isEmpty() || !allows(access, rule.get(), request)) {
            throw new AccessRefusedException(Reason.FORBIDDEN, "the credentials do not allow this");
        }
        limits.take(access.principal()).ifPresent(wait -> {
            throw new AccessRefusedException(
                    Reason.THROTTLED, "these credentials have asked for too much in a short time", wait);
        });
    }

    private Access accessOf(SecurityIdentity identity) {
        Access access = identity.getAttribute(Access.ATTRIBUTE);
        return access == null ? tokens.of(identity) : access;
    }

    /** Holds whatever goes on after this request against its rule again, as the key may be changed meanwhile. */
    private Access standing(Access access, Rule rule, RoutingContext request) {
        return access.credential()
                .map(key -> access.permittedWhile(
                        new KeyPermission(keys, key, access.grant(), now -> allows(now, rule, request))))
                .orElse(access);
    }

    private boolean allows(Access access, Rule rule, RoutingContext request) {
        return access.hasOneOf(rule.roles()) && isGranted(access.grant(), rule, request);
    }

    private boolean isGranted(Grant grant, Rule rule, RoutingContext request) {
        return switch (rule.scope()) {
            case NONE -> true;
            case EVENTS -> !grant.isEmpty();
            case ALL_EVENTS -> grant.isUnrestricted();
            case PROJECTION -> grant.acceptsProjection(pathName(request));
            case SAGA -> grant.isUnrestricted() || grant.acceptsAggregateType(ReservedStreams.SAGA + pathName(request));
        };
    }

    private String pathName(RoutingContext request) {
        String part =
                AccessRules.segments(paths.unprefixed(request.request().path())).get(PATH_NAME);
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static void audit(RoutingContext request) {
        request.addEndHandler(end -> {
            Access known = request.get(Access.ATTRIBUTE);
            Access access = known == null ? Access.OPEN : known;
            AUDIT.infof(
                    "operator act principal=%s kind=%s issuer=%s roles=%s peer=%s method=%s path=%s status=%d",
                    printable(access.principal().text()),
                    access.principal().kind().text(),
                    printable(access.principal().issuer()),
                    known == null ? List.of() : access.roles(),
                    request.request().remoteAddress(),
                    request.request().method(),
                    printable(request.request().path()),
                    request.response().getStatusCode());
        });
    }

    /** One word of a log line, whatever it is. */
    private static String printable(String text) {
        String start = text.length() > 300 ? text.substring(0, 300) + "…" : text;
        return start.replaceAll("[\\p{C}\\p{Z}]", "?");
    }
}
