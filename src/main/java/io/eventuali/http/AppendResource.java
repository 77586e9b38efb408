package io.eventuali.http;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
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
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jboss.resteasy.reactive.RestPath;

/** Appends events to the log. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class AppendResource {
    private static final String REPLAYED = "Idempotent-Replayed";
    /** Of the path of a stream's events, after that of the API. */
    private static final int STREAM_PARTS = 4;
    /** Of the path of the log. */
    private static final int LOG_PARTS = 1;

    private final Appends store;
    private final RequestBodies requests;
    private final AppendBody bodies;
    private final CloudEventsBody cloudEvents;

    AppendResource(Appends store, RequestBodies requests, AppendBody bodies, CloudEventsBody cloudEvents) {
        this.store = store;
        this.requests = requests;
        this.bodies = bodies;
        this.cloudEvents = cloudEvents;
    }

    @POST
    @Path("/streams/{aggregateType}/{aggregateId}/events")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> append(
            @RestPath String aggregateType,
            @RestPath String aggregateId,
            HttpHeaders headers,
            UriInfo uri,
            RoutingContext context) {
        QueryParameters.none(uri);
        RequestBodies.requireType(headers);
        String idempotencyKey = Preconditions.single(headers, IdempotencyKey.HEADER);
        StreamId stream = new StreamId(aggregateType, aggregateId);
        ExpectedPosition expected = Preconditions.expected(headers);
        return requests.read(context, body -> {
            List<NewEvent> events = bodies.events(body);
            List<StreamAppend> appends = List.of(new StreamAppend(stream, expected, events));
            return store.append(idempotencyKey, appends, UnaryOperator.identity(), context)
                    .map(result -> answer(result, context));
        });
    }

    @POST
    @Path("/events")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> appendAll(HttpHeaders headers, UriInfo uri, RoutingContext context) {
        Accepted.requireJson(headers);
        QueryParameters.none(uri);
        String idempotencyKey = Preconditions.single(headers, IdempotencyKey.HEADER);
        boolean binary = CloudEventsBody.isBinaryMode(headers);
        if (!binary) {
            RequestBodies.requireType(headers);
        }
        return requests.read(context, body -> {
            List<StreamAppend> appends =
                    binary ? cloudEvents.binary(headers, body, Preconditions.expected(headers)) : bodies.appends(body);
            UnaryOperator<String> names = binary ? CloudEventsBody::inHeaders : AppendResource::inAppends;
            return store.append(idempotencyKey, appends, names, context).map(result -> answerAll(result, context));
        });
    }

    /** The store does not count the only stream of a request, which is one of several here. */
    private static String inAppends(String field) {
        return field.startsWith("events[") || field.startsWith("aggregate") ? "appends[0]." + field : field;
    }

    private static Response answer(AppendResult result, RoutingContext context) {
        AppendResponse response = AppendResponse.of(result.streams().get(0));
        int count = response.eventIds().size();
        return response(result)
                .entity(response)
                .header(HttpHeaders.ETAG, "\"" + response.streamPosition() + "\"")
                .header(
                        HttpHeaders.LOCATION,
                        Locations.of(context, STREAM_PARTS)
                                + "/streams/%s/%s/events?from=%d&limit=%d"
                                        .formatted(
                                                encode(response.aggregateType()),
                                                encode(response.aggregateId()),
                                                response.streamPosition() - count + 1,
                                                count))
                .build();
    }

    static Response answerAll(AppendResult result, RoutingContext context) {
        long first = result.firstGlobalPosition();
        long last = result.lastGlobalPosition();
        return response(result)
                .entity(new MultiAppendResponse(
                        first,
                        last,
                        result.streams().stream().map(AppendResponse::of).toList()))
                .header(
                        HttpHeaders.LOCATION,
                        Locations.of(context, LOG_PARTS)
                                + "/events?from=%d&limit=%d".formatted(first - 1, last - first + 1))
                .build();
    }

    private static Response.ResponseBuilder response(AppendResult result) {
        return result.replayed() ? Response.ok().header(REPLAYED, "true") : Response.status(Response.Status.CREATED);
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
