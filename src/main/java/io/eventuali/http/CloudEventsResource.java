package io.eventuali.http;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.format.CloudEventJson;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.BiFunction;

/** Appends CloudEvents to the log. Those whose data is {@code application/json} in binary mode come by {@link AppendResource}. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public class CloudEventsResource {
    private final Appends store;
    private final CloudEventsBody bodies;

    CloudEventsResource(Appends store, CloudEventsBody bodies) {
        this.store = store;
        this.bodies = bodies;
    }

    @POST
    @Path("/events")
    @Consumes(CloudEventJson.STRUCTURED)
    public Uni<Response> structured(HttpHeaders headers, byte[] body, RoutingContext context) {
        return typed(headers, body, context, bodies::structured);
    }

    @POST
    @Path("/events")
    @Consumes(CloudEventJson.BATCH)
    public Uni<Response> batch(HttpHeaders headers, byte[] body, RoutingContext context) {
        return typed(headers, body, context, bodies::batch);
    }

    @POST
    @Path("/events")
    @Consumes(MediaType.WILDCARD)
    public Uni<Response> binary(HttpHeaders headers, byte[] body, RoutingContext context) {
        if (!CloudEventsBody.isBinaryMode(headers)) {
            throw Problems.unsupportedMediaType();
        }
        ExpectedPosition expected = Preconditions.expected(headers);
        return append(headers, bodies.binary(headers, body, expected), context);
    }

    /** A request without a type may be given to any of the methods; of what is sent here, that can only be an event without data. */
    private Uni<Response> typed(
            HttpHeaders headers,
            byte[] body,
            RoutingContext context,
            BiFunction<byte[], ExpectedPosition, List<StreamAppend>> reader) {
        if (headers.getRequestHeader(HttpHeaders.CONTENT_TYPE).isEmpty()) {
            return binary(headers, body, context);
        }
        return append(headers, reader.apply(body, Preconditions.expected(headers)), context);
    }

    private Uni<Response> append(HttpHeaders headers, List<StreamAppend> appends, RoutingContext context) {
        return store.append(Preconditions.single(headers, IdempotencyKey.HEADER), appends, context)
                .map(AppendResource::answerAll);
    }
}
