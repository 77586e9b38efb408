package io.eventuali.http;

import io.eventuali.format.EventJson;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.projection.StatePage;
import io.eventuali.projection.StoredState;
import io.eventuali.stream.Place;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.jboss.resteasy.reactive.RestPath;

/** Read models: one document, or a page of them; on request not before an append was applied. */
@Path("/v1/projections/{name}/state")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class ProjectionStateResource {
    private static final Set<String> ONE = Set.of("after", "timeout");
    private static final Set<String> PAGE = Set.of("after", "timeout", "prefix", "limit", "after-key");
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration MAX_TIMEOUT = Duration.ofSeconds(30);
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final ProjectionOperations projections;
    private final OpenAnswers answers;

    ProjectionStateResource(ProjectionOperations projections, OpenAnswers answers) {
        this.projections = projections;
        this.answers = answers;
    }

    @GET
    @Path("/{key}")
    public Uni<Response> one(
            @RestPath String name, @RestPath String key, UriInfo uri, Request request, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, ONE);
        requireText("key", key);
        return caughtUp(
                        name,
                        parameters,
                        context,
                        (after, timeout) -> projections.awaitPosition(name, key, after, timeout))
                .chain(() -> projections.state(name, key))
                .map(found -> found.map(state -> answer(state, request))
                        .orElseThrow(() -> Problems.notFound(
                                "state-not-found", "the projection has no document " + Problems.shown(key))));
    }

    private static Response answer(StoredState state, Request request) {
        EntityTag tag = new EntityTag(Long.toString(state.position()));
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        return unchanged != null
                ? unchanged.tag(tag).build()
                : Response.ok(new JsonBody(state.json().getBytes(StandardCharsets.UTF_8)))
                        .tag(tag)
                        .build();
    }

    @GET
    public Uni<Response> page(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PAGE);
        String prefix = parameters.one("prefix").orElse("");
        String afterKey = parameters.one("after-key").orElse("");
        requireText("prefix", prefix);
        requireText("after-key", afterKey);
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        return caughtUp(name, parameters, context, (after, timeout) -> projections.awaitPosition(name, after, timeout))
                .chain(() -> projections.states(name, afterKey, prefix, limit))
                .map(ProjectionStateResource::answer);
    }

    private static Response answer(StatePage page) {
        List<StoredState> states = page.states();
        return Response.ok(new JsonBody(EventJson.write(json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("states");
                    for (StoredState state : states) {
                        json.writeStartObject();
                        json.writeStringField("key", state.key());
                        json.writeNumberField("position", state.position());
                        json.writeFieldName("state");
                        json.writeRawValue(state.json());
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                    json.writeStringField(
                            "next", page.more() ? states.get(states.size() - 1).key() : null);
                    json.writeEndObject();
                })))
                .build();
    }

    /** Waits until the projection has come as far as the request asks. */
    private Uni<Void> caughtUp(
            String name,
            QueryParameters parameters,
            RoutingContext context,
            BiFunction<Long, Duration, Uni<Boolean>> reached) {
        ProjectionResource.requireProjection(projections, name);
        Duration timeout = parameters.duration("timeout", DEFAULT_TIMEOUT, MAX_TIMEOUT);
        return parameters
                .position("after")
                .map(after -> answers.open(Place.Kind.WAIT, name, context, reached.apply(after, timeout))
                        .invoke(inTime -> {
                            if (!inTime) {
                                throw Problems.notCaughtUp(name, after);
                            }
                        })
                        .replaceWithVoid())
                .orElseGet(() -> Uni.createFrom().voidItem());
    }

    private static void requireText(String field, String value) {
        if (value.indexOf('\0') >= 0) {
            throw Problems.invalid(field, "must not have a NUL character");
        }
    }
}
