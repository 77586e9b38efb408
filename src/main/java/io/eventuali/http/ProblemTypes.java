package io.eventuali.http;

import io.quarkiverse.resteasy.problem.HttpProblem;
import io.quarkiverse.resteasy.problem.postprocessing.ProblemContext;
import io.quarkiverse.resteasy.problem.postprocessing.ProblemPostProcessor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/**
 * Gives the problems that the framework finds (no such path, no such method, …) a type and words of ours, too: what it would
 * say itself speaks of annotations and methods.
 */
@ApplicationScoped
class ProblemTypes implements ProblemPostProcessor {
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

    @Override
    public HttpProblem apply(HttpProblem problem, ProblemContext context) {
        HttpProblem.Builder builder = HttpProblem.builder(problem).withInstance(Problems.instance(context.path));
        if (problem.getType() != null) {
            return builder.build();
        }
        if (problem.getStatusCode() == 415) {
            return HttpProblem.builder(Problems.unsupportedMediaType())
                    .withInstance(Problems.instance(context.path))
                    .build();
        }
        Kind kind = KINDS.get(problem.getStatusCode());
        return kind == null
                ? builder.build()
                : builder.withType(Problems.type(kind.type()))
                        .withTitle(kind.title())
                        .withDetail(kind.detail())
                        .build();
    }

    private record Kind(String type, String title, String detail) {}
}
