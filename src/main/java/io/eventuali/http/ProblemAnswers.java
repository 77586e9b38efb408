package io.eventuali.http;

import io.eventuali.security.Challenges;
import io.eventuali.security.OwnPaths;
import io.eventuali.security.SecurityMode;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Map;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Completes problem documents, and gives one to each request of the API that the framework refuses (no such path, no such method, …), in
 * words of ours: what it would say itself speaks of annotations and methods. Public for the code that Quarkus generates.
 */
public class ProblemAnswers {
    private static final int UNAUTHORIZED = 401;
    private static final int UNSUPPORTED = 415;
    private static final int ERRORS = 400;
    private static final MediaType PROBLEM = MediaType.valueOf(Problem.MEDIA_TYPE);

    private static final Map<Integer, Kind> KINDS = Map.of(
            400, new Kind("invalid-request", "Invalid request", "the request cannot be understood"),
            401, new Kind("unauthorized", "Unauthorized", "the request needs credentials"),
            403, new Kind("forbidden", "Forbidden", "the credentials do not allow this"),
            404, new Kind("not-found", "Not found", "there is nothing at this path"),
            405, new Kind("method-not-allowed", "Method not allowed", "this path does not have this method"),
            406,
                    new Kind(
                            "not-acceptable",
                            "Not acceptable",
                            "this resource is not to be had in a media type that the Accept header allows"),
            413, new Kind("request-too-large", "The request is too large", "the request's body is too large"),
            500, new Kind("internal-error", "Internal error", "the service failed; its log has the cause"));

    private final SecurityMode mode;
    private final OwnPaths paths;

    ProblemAnswers(SecurityMode mode, OwnPaths paths) {
        this.mode = mode;
        this.paths = paths;
    }

    /** Looks at the answer to a request; that to one of the application's stays as it is. */
    @ServerResponseFilter
    public void complete(ContainerResponseContext answer, Throwable failure, RoutingContext request) {
        Problem problem = answer.getEntity() instanceof Problem found ? found : ofFramework(answer, failure, request);
        if (problem != null) {
            answer.setStatus(problem.status());
            answer.setEntity(problem.at(EarlyRefusals.path(request.request())), new Annotation[0], PROBLEM);
            answer.getHeaders().putSingle(HttpHeaders.CONTENT_TYPE, PROBLEM);
        }
    }

    private Problem ofFramework(ContainerResponseContext answer, Throwable failure, RoutingContext request) {
        // The status that the framework meant: a mapper of the application's may have answered in its place.
        int status = failure instanceof WebApplicationException refused
                ? refused.getResponse().getStatus()
                : answer.getStatus();
        if (failure == null || status < ERRORS || !paths.contain(request)) {
            return null;
        }
        if (status == UNSUPPORTED) {
            return Problems.unsupportedMediaType();
        }
        if (status == UNAUTHORIZED) {
            answer.getHeaders()
                    .put(
                            Challenges.HEADER,
                            mode.hasOidc()
                                    ? List.of(Challenges.API_KEY, Challenges.BEARER)
                                    : List.of(Challenges.API_KEY));
        }
        Kind kind = KINDS.get(status);
        return kind == null
                ? Problem.of(null, answer.getStatusInfo().getReasonPhrase(), status, "the request was refused")
                : Problems.problem(kind.type(), kind.title(), status, kind.detail());
    }

    private record Kind(String type, String title, String detail) {}
}
