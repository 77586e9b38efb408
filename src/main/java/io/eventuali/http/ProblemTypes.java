package io.eventuali.http;

import io.quarkiverse.resteasy.problem.HttpProblem;
import io.quarkiverse.resteasy.problem.postprocessing.ProblemContext;
import io.quarkiverse.resteasy.problem.postprocessing.ProblemPostProcessor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** Gives the problems that the framework finds (no such path, no such method, …) a type of ours, too. */
@ApplicationScoped
class ProblemTypes implements ProblemPostProcessor {
    private static final Map<Integer, String> TYPES = Map.of(
            400, "invalid-request",
            401, "unauthorized",
            403, "forbidden",
            404, "not-found",
            405, "method-not-allowed",
            406, "not-acceptable",
            413, "request-too-large",
            415, "unsupported-media-type",
            500, "internal-error");

    @Override
    public HttpProblem apply(HttpProblem problem, ProblemContext context) {
        String type = TYPES.get(problem.getStatusCode());
        return problem.getType() != null || type == null
                ? problem
                : HttpProblem.builder(problem).withType(Problems.type(type)).build();
    }
}
