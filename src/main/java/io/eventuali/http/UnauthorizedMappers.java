package io.eventuali.http;

import io.eventuali.security.Challenges;
import io.eventuali.security.SecurityMode;
import io.quarkiverse.resteasy.problem.HttpProblem;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.UnauthorizedException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Problem documents for the application's own resources, which are protected by annotations of Quarkus: the mappers that come with the
 * library for problem documents do not fit this version of Quarkus, and answer {@code 500}. Public for the code that Quarkus generates.
 */
public class UnauthorizedMappers {
    /** Before that library's, at 4,999. */
    private static final int PRIORITY = 4_000;

    private final SecurityMode mode;

    UnauthorizedMappers(SecurityMode mode) {
        this.mode = mode;
    }

    /** No credentials. */
    @ServerExceptionMapper(priority = PRIORITY)
    public Response missing(UnauthorizedException missing, UriInfo uri) {
        return answer("the request needs an API key or a token", uri);
    }

    /** Credentials that are not good. */
    @ServerExceptionMapper(priority = PRIORITY)
    public Response failed(AuthenticationFailedException failed, UriInfo uri) {
        return answer("the credentials are not good ones", uri);
    }

    private Response answer(String detail, UriInfo uri) {
        HttpProblem problem = Problems.unauthorized(detail);
        Response.ResponseBuilder answer = Response.fromResponse(ProblemMappers.answer(problem, uri))
                .header(Challenges.HEADER, Challenges.API_KEY);
        return mode.hasOidc()
                ? answer.header(Challenges.HEADER, Challenges.BEARER).build()
                : answer.build();
    }
}
