package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.projection.DeadLetter;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.security.Access;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jboss.resteasy.reactive.RestPath;

/** Events that a projection could not handle. What is asked here is done by the projection's owner, a moment later. */
@Path("/v1/projections/{name}/dead-letters")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class DeadLetterResource {
    private static final Set<String> PARAMETERS = Set.of("after", "limit");
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final ProjectionOperations projections;

    DeadLetterResource(ProjectionOperations projections) {
        this.projections = projections;
    }

    @GET
    public Uni<DeadLetterPage> list(@RestPath String name, UriInfo uri, RoutingContext context) {
        ProjectionResource.requireProjection(projections, name);
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        long after = parameters.position("after").orElse(0L);
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        FailureSight sight = FailureSight.of(Access.of(context));
        return projections.deadLetters(name, after, limit + 1).map(found -> DeadLetterPage.of(found, limit, sight));
    }

    @POST
    @Path("/{position}/retry")
    public Uni<Response> retry(@RestPath String name, @RestPath String position, UriInfo uri) {
        QueryParameters.none(uri);
        long number = QueryParameters.position("position", position);
        return firstOfKey(name, number)
                .chain(first -> {
                    if (first != number) {
                        throw Problems.earlierDeadLetter(number, first);
                    }
                    return projections.retry(name, number);
                })
                .replaceWith(() -> Response.accepted().build());
    }

    @POST
    @Path("/{position}/discard")
    public Uni<Response> discard(@RestPath String name, @RestPath String position, UriInfo uri) {
        QueryParameters.none(uri);
        long number = QueryParameters.position("position", position);
        return firstOfKey(name, number)
                .chain(() -> projections.discard(name, number))
                .replaceWith(() -> Response.accepted().build());
    }

    private Uni<Long> firstOfKey(String name, long position) {
        ProjectionResource.requireProjection(projections, name);
        return projections.firstDeadLetterLike(name, position).map(first -> {
            if (first.isEmpty()) {
                throw Problems.notFound("dead-letter-not-found", "there is no dead letter " + position);
            }
            return first.getAsLong();
        });
    }

    /** A page of dead letters, in log order; {@code next} goes into {@code after} for the next one. */
    public record DeadLetterPage(
            List<DeadLetterView> deadLetters, @JsonInclude Long next) {
        /**
         * @param found one more than the limit if there is another page
         * @param sight of reasons; keys are parts of the documents, and shown to those who see texts
         */
        static DeadLetterPage of(List<DeadLetter> found, int limit, FailureSight sight) {
            return new DeadLetterPage(
                    found.stream()
                            .limit(limit)
                            .map(letter -> DeadLetterView.of(letter, sight))
                            .toList(),
                    found.size() > limit ? found.get(limit - 1).position() : null);
        }
    }

    /** A dead letter. */
    public record DeadLetterView(
            long position,
            String key,
            String reason,
            int attempts,
            Instant parkedAt,
            @JsonInclude String requested) {
        static DeadLetterView of(DeadLetter letter, FailureSight sight) {
            return new DeadLetterView(
                    letter.position(),
                    sight.texts() ? letter.key() : "",
                    sight.of(letter.reason()),
                    letter.attempts(),
                    letter.parkedAt(),
                    letter.requested().orElse(null));
        }
    }
}
