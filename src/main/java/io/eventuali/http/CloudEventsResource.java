package io.eventuali.http;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.format.CloudEventJson;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Appends CloudEvents to the log. Those whose data is {@code application/json} in binary mode come by {@link AppendResource}. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class CloudEventsResource {
    private final Appends store;
    private final RequestBodies requests;
    private final CloudEventsBody bodies;

    CloudEventsResource(Appends store, RequestBodies requests, CloudEventsBody bodies) {
        this.store = store;
        this.requests = requests;
        this.bodies = bodies;
    }

    @POST
    @Path("/events")
    @Consumes(CloudEventJson.STRUCTURED)
    public Uni<Response> structured(HttpHeaders headers, UriInfo uri, RoutingContext context) {
        return typed(headers, uri, context, bodies::structured, (appends, field) -> CloudEventsBody.inJson(field));
    }

    @POST
    @Path("/events")
    @Consumes(CloudEventJson.BATCH)
    public Uni<Response> batch(HttpHeaders headers, UriInfo uri, RoutingContext context) {
        return typed(headers, uri, context, bodies::batch, CloudEventsBody::inBatch);
    }

    @POST
    @Path("/events")
    @Consumes(MediaType.WILDCARD)
    public Uni<Response> binary(HttpHeaders headers, UriInfo uri, RoutingContext context) {
        if (!CloudEventsBody.isBinaryMode(headers)) {
            throw Problems.unsupportedMediaType();
        }
        ExpectedPosition expected = Preconditions.expected(headers);
        return append(
                headers,
                uri,
                body -> bodies.binary(headers, body, expected),
                (appends, field) -> CloudEventsBody.inHeaders(field),
                context);
    }

    /** A request without a type may be given to any of the methods; of what is sent here, that can only be an event without data. */
    private Uni<Response> typed(
            HttpHeaders headers,
            UriInfo uri,
            RoutingContext context,
            BiFunction<byte[], ExpectedPosition, List<StreamAppend>> reader,
            BiFunction<List<StreamAppend>, String, String> names) {
        if (headers.getRequestHeader(HttpHeaders.CONTENT_TYPE).isEmpty()) {
            return binary(headers, uri, context);
        }
        ExpectedPosition expected = Preconditions.expected(headers);
        return append(headers, uri, body -> reader.apply(body, expected), names, context);
    }

    private Uni<Response> append(
            HttpHeaders headers,
            UriInfo uri,
            Function<byte[], List<StreamAppend>> reader,
            BiFunction<List<StreamAppend>, String, String> names,
            RoutingContext context) {
        Accepted.requireJson(headers);
        QueryParameters.none(uri);
        String idempotencyKey = Preconditions.single(headers, IdempotencyKey.HEADER);
        return requests.read(context, body -> {
            List<StreamAppend> appends = reader.apply(body);
            return store.append(idempotencyKey, appends, field -> names.apply(appends, field), context)
                    .map(result -> AppendResource.answerAll(result, context));
        });
    }
}
