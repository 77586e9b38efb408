package io.eventuali.http;

import io.eventuali.consumer.ClaimRequest;
import io.eventuali.consumer.ClaimedEvent;
import io.eventuali.consumer.ConsumerReplay;
import io.eventuali.consumer.ConsumerStatus;
import io.eventuali.consumer.Consumers;
import io.eventuali.consumer.NewConsumer;
import io.eventuali.consumer.Settlement;
import io.eventuali.format.EventFormat;
import io.eventuali.format.EventJson;
import io.eventuali.http.ConsumerView.Affected;
import io.eventuali.http.ConsumerView.ConsumerHistory;
import io.eventuali.http.ConsumerView.ConsumerList;
import io.eventuali.http.ConsumerView.ParkedPage;
import io.eventuali.security.Access;
import io.eventuali.security.AccessWatch;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.Place;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.RestPath;

/** Durable consumers: what they want and how they do; workers claim their events and settle them. */
@Path("/v1/consumers")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class ConsumerResource {
    private static final Set<String> DEAD_LETTERS = Set.of("after", "limit");
    private static final Set<String> CLAIM = Set.of(FormatParameter.NAME);
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Consumers consumers;
    private final ConsumerAccess access;
    private final ConsumerBody bodies;
    private final RequestBodies requests;
    private final EventStreamer streamer;
    private final FormatParameter formats;
    private final OpenAnswers answers;
    private final AccessWatch watch;

    ConsumerResource(
            Consumers consumers,
            ConsumerAccess access,
            ConsumerBody bodies,
            RequestBodies requests,
            EventStreamer streamer,
            FormatParameter formats,
            OpenAnswers answers,
            AccessWatch watch) {
        this.consumers = consumers;
        this.access = access;
        this.bodies = bodies;
        this.requests = requests;
        this.streamer = streamer;
        this.formats = formats;
        this.answers = answers;
        this.watch = watch;
    }

    @GET
    public Uni<ConsumerList> list(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        return consumers
                .list()
                .map(all -> new ConsumerList(
                        all.stream().map(status -> view(status, context)).toList()));
    }

    @GET
    @Path("/{name}")
    public Uni<ConsumerView> one(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        return access.found(name).map(status -> view(status, context));
    }

    private ConsumerView view(ConsumerStatus status, RoutingContext context) {
        return ConsumerView.of(status, streamer.globalPosition(), ConsumerAccess.sees(status.settings(), context));
    }

    @PUT
    @Path("/{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> put(@RestPath String name, HttpHeaders headers, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        RequestBodies.requireType(headers);
        if (!ConsumerAccess.isName(name)) {
            throw Problems.invalid(
                    "name", "must be 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first");
        }
        return requests.read(context, body -> {
            NewConsumer consumer = bodies.put(body);
            return consumers.put(name, consumer, principal(context)).chain(fresh -> access.found(name)
                    .map(status -> Response.status(fresh ? Response.Status.CREATED : Response.Status.OK)
                            .entity(view(status, context))
                            .build()));
        });
    }

    private static String principal(RoutingContext context) {
        return Access.of(context).principal().text();
    }

    @DELETE
    @Path("/{name}")
    public Uni<Void> delete(@RestPath String name, UriInfo uri) {
        QueryParameters.none(uri);
        ConsumerAccess.requireName(name);
        return consumers.delete(name);
    }

    @POST
    @Path("/{name}/pause")
    public Uni<ConsumerView> pause(@RestPath String name, UriInfo uri, RoutingContext context) {
        return act(name, uri, context, () -> consumers.pause(name, principal(context)));
    }

    @POST
    @Path("/{name}/resume")
    public Uni<ConsumerView> resume(@RestPath String name, UriInfo uri, RoutingContext context) {
        return act(name, uri, context, () -> consumers.resume(name, principal(context)));
    }

    private Uni<ConsumerView> act(String name, UriInfo uri, RoutingContext context, Supplier<Uni<Void>> act) {
        QueryParameters.none(uri);
        ConsumerAccess.requireName(name);
        return act.get().chain(() -> access.found(name)).map(status -> view(status, context));
    }

    @POST
    @Path("/{name}/replay")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<ConsumerView> replay(@RestPath String name, HttpHeaders headers, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        RequestBodies.requireType(headers);
        return requests.read(context, body -> {
            ConsumerReplay replay = bodies.replay(body);
            String principal = principal(context);
            return act(name, uri, context, () -> replay.stream()
                    .map(stream -> consumers.replay(name, stream, principal).replaceWithVoid())
                    .orElseGet(() -> consumers.replay(name, replay.from().orElseThrow(), principal)));
        });
    }

    @GET
    @Path("/{name}/history")
    public Uni<ConsumerHistory> history(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        return access.settings(name).chain(settings -> consumers
                .history(name)
                .map(lines -> ConsumerHistory.of(lines, ConsumerAccess.sees(settings, context))));
    }

    @GET
    @Path("/{name}/dead-letters")
    public Uni<ParkedPage> deadLetters(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, DEAD_LETTERS);
        long after = parameters.position("after").orElse(0L);
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        return access.settings(name).chain(settings -> consumers
                .parked(name, after, limit + 1)
                .map(found -> ParkedPage.of(found, limit, ConsumerAccess.sees(settings, context))));
    }

    @POST
    @Path("/{name}/dead-letters/{position}/retry")
    public Uni<Affected> retry(@RestPath String name, @RestPath String position, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        long number = QueryParameters.position("position", position);
        return firstOfKey(name, number)
                .chain(first -> {
                    if (first != number) {
                        throw Problems.earlierDeadLetter(number, first);
                    }
                    return consumers.retry(name, number, principal(context));
                })
                .map(Affected::new);
    }

    /** All of a key. */
    @POST
    @Path("/{name}/dead-letters/retry")
    public Uni<Affected> retryKey(@RestPath String name, UriInfo uri, RoutingContext context) {
        String key = new QueryParameters(uri, Set.of("key"))
                .one("key")
                .orElseThrow(() -> Problems.invalid("key", "is required: the key whose dead letters are tried again"));
        if (key.indexOf('\0') >= 0) {
            throw Problems.invalid("key", "must not have a NUL character");
        }
        return access.settings(name)
                .chain(() -> consumers.retryKey(name, key, principal(context)))
                .map(Affected::new);
    }

    @POST
    @Path("/{name}/dead-letters/{position}/discard")
    public Uni<Affected> discard(
            @RestPath String name, @RestPath String position, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        long number = QueryParameters.position("position", position);
        return firstOfKey(name, number)
                .chain(() -> consumers.discard(name, number, principal(context)))
                .map(Affected::new);
    }

    private Uni<Long> firstOfKey(String name, long position) {
        return access.settings(name)
                .chain(() -> consumers.firstParkedLike(name, position))
                .map(first -> first.orElseThrow(
                        () -> Problems.notFound("dead-letter-not-found", "there is no dead letter " + position)));
    }

    @POST
    @Path("/{name}/claim")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> claim(@RestPath String name, UriInfo uri, RoutingContext context) {
        EventFormat format = formats.of(new QueryParameters(uri, CLAIM));
        return requests.read(context, body -> {
            ClaimRequest request = bodies.claim(body);
            return access.worker(name, context).chain(() -> {
                Uni<List<ClaimedEvent>> claimed = consumers.claim(name, request);
                return (request.patience().isZero()
                                ? watch.whilePermitted(
                                        claimed, Access.of(context).permission())
                                : answers.open(Place.Kind.CLAIM, "", context, claimed))
                        .map(events -> claimAnswer(events, format));
            });
        });
    }

    private static Response claimAnswer(List<ClaimedEvent> events, EventFormat format) {
        return Response.ok(new JsonBody(EventJson.write(json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("claims");
                    for (ClaimedEvent claimed : events) {
                        ClaimJson.write(json, claimed, format);
                    }
                    json.writeEndArray();
                    json.writeEndObject();
                })))
                .build();
    }

    @POST
    @Path("/{name}/settle")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Affected> settle(@RestPath String name, HttpHeaders headers, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        RequestBodies.requireType(headers);
        return requests.read(context, body -> {
            List<Settlement> settlements = bodies.settle(body);
            return access.worker(name, context)
                    .chain(() -> consumers.settle(name, settlements))
                    .replaceWith(() -> new Affected(settlements.size()));
        });
    }
}
