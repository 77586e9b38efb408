package io.eventuali.http;

import io.eventuali.security.SecurityMode;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.SimpleResourceInfo;

/**
 * The second lock: a resource of Eventuali answers only requests that passed the rules. The first one goes by paths, so a setting or an
 * application that serves the resources at other paths leads past it, and then to here. Public for the code that Quarkus generates.
 */
public class AccessLock {
    private static final String OURS = AccessLock.class.getPackageName();

    private final SecurityMode mode;

    AccessLock(SecurityMode mode) {
        this.mode = mode;
    }

    /** Refuses a request that no rule has let in. */
    @ServerRequestFilter(priority = Priorities.AUTHENTICATION, nonBlocking = true)
    public Optional<Response> check(SimpleResourceInfo resource, RoutingContext request) {
        return mode.hasPassed(request) || !isOurs(resource.getResourceClass())
                ? Optional.empty()
                : Optional.of(Problems.forbidden("no rule of access has let this request in")
                        .getResponse());
    }

    static boolean isOurs(Class<?> resource) {
        String name = resource.getPackageName();
        return name.equals(OURS) || name.startsWith(OURS + ".");
    }
}
