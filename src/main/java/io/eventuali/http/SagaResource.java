package io.eventuali.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.ReservedStreams;
import io.eventuali.format.EventJson;
import io.eventuali.http.SagaView.SagaPage;
import io.eventuali.saga.SagaDetails;
import io.eventuali.saga.SagaOperations;
import io.eventuali.saga.SagaQuery;
import io.eventuali.saga.SagaStatus;
import io.eventuali.saga.SagaTypeStatus;
import io.eventuali.saga.SagaVerb;
import io.eventuali.secret.LogSecret;
import io.eventuali.security.Access;
import io.eventuali.store.StreamPage;
import io.eventuali.tracing.EventTracing;
import io.eventuali.tracing.TraceContext;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestPath;

/** Starts sagas, tells how they are doing, and takes what operators ask. */
@Path("/v1/sagas")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class SagaResource {
    private static final Set<String> LIST = Set.of("type", "status", "businessKey", "olderThan", "after", "limit");
    private static final Set<String> LIST_OF_TYPE = Set.of("status", "businessKey", "olderThan", "after", "limit");
    private static final Set<String> TIMELINE = Set.of("from", "limit");
    private static final Set<String> START = Set.of("businessKey", "data", "metadata");
    private static final Set<String> VERB = Set.of("step", "by", "reason");
    private static final Duration MAX_AGE = Duration.ofDays(3_650);
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_CORRELATION = 200;

    private final SagaOperations sagas;
    private final RequestBodies requests;
    private final ObjectBody bodies;
    private final EventTracing tracing;
    private final LogSecret secret;

    SagaResource(
            SagaOperations sagas, RequestBodies requests, ObjectBody bodies, EventTracing tracing, LogSecret secret) {
        this.sagas = sagas;
        this.requests = requests;
        this.bodies = bodies;
        this.tracing = tracing;
        this.secret = secret;
    }

    @GET
    public Uni<SagaPage> list(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, LIST);
        // The rule of this path lets nobody in who is restricted in events.
        SagaSight sight = new SagaSight(true, Access.of(context).isReader());
        return page(parameters, parameters.one("type"), sagas.types(), sight);
    }

    @GET
    @Path("/{type}")
    public Uni<SagaPage> listOfType(@RestPath String type, UriInfo uri, RoutingContext context) {
        requireType(type);
        return page(
                new QueryParameters(uri, LIST_OF_TYPE),
                Optional.of(type),
                sagas.types().stream()
                        .filter(known -> known.type().equals(type))
                        .toList(),
                sight(type, context));
    }

    private static SagaSight sight(String type, RoutingContext context) {
        return SagaSight.of(Access.of(context), type);
    }

    private Uni<SagaPage> page(
            QueryParameters parameters, Optional<String> type, List<SagaTypeStatus> types, SagaSight sight) {
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        SagaQuery query = new SagaQuery(
                type,
                parameters.all("status").stream().map(SagaResource::status).collect(Collectors.toSet()),
                parameters.one("businessKey"),
                Optional.ofNullable(parameters.duration("olderThan", null, MAX_AGE)),
                parameters.one("after").map(SagaView::cursor),
                limit);
        type.ifPresent(name -> requireNoNul("type", name));
        query.businessKey().ifPresent(key -> requireNoNul("businessKey", key));
        query.after().ifPresent(cursor -> requireNoNul("after", cursor.sagaId()));
        if (!sight.visible()) {
            return Uni.createFrom().item(SagaPage.EMPTY);
        }
        if (query.businessKey().isPresent() && !sight.content()) {
            throw Problems.forbidden("the credentials do not allow to look for a businessKey");
        }
        return sagas.list(query).map(found -> SagaPage.of(types, found, limit, sight));
    }

    @POST
    @Path("/{type}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> start(@RestPath String type, HttpHeaders headers, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        RequestBodies.requireType(headers);
        requireType(type);
        String aggregateType = ReservedStreams.SAGA + type;
        if (!Access.of(context).grant().accepts(aggregateType, SagaOperations.START)) {
            throw Problems.notGranted(aggregateType, SagaOperations.START);
        }
        String idempotencyKey = Preconditions.single(headers, IdempotencyKey.HEADER);
        if (idempotencyKey != null) {
            IdempotencyKey.check(idempotencyKey);
        }
        return requests.read(
                context,
                body -> start(
                        type, sagaId(type, idempotencyKey, context), headers, context, bodies.object(body, START)));
    }

    /** By the key of the request, if it has one, so that it may be repeated. */
    private Optional<UUID> sagaId(String type, String idempotencyKey, RoutingContext context) {
        return Optional.ofNullable(idempotencyKey)
                .map(key -> IdempotencyKey.sagaId(
                        key,
                        secret.ids(LogSecret.Use.IDEMPOTENCY_KEYS),
                        Access.of(context).principal().text(),
                        type));
    }

    private Uni<Response> start(
            String type, Optional<UUID> id, HttpHeaders headers, RoutingContext context, JsonNode request) {
        if (!request.hasNonNull("data")) {
            throw Problems.invalid("data", "is required");
        }
        JsonNode metadata = request.path("metadata");
        if (!metadata.isMissingNode() && !metadata.isObject()) {
            throw Problems.invalid("metadata", "must be a JSON object");
        }
        Optional<String> correlationId = ObjectBody.text(metadata, "correlationId");
        correlationId.ifPresent(text -> {
            if (text.length() > MAX_CORRELATION || !text.chars().allMatch(c -> c > ' ' && c <= '~')) {
                throw Problems.invalid(
                        "metadata.correlationId", "must be at most 200 printable ASCII characters without blanks");
            }
        });
        Optional<TraceContext> trace = traceContext(
                        name -> ObjectBody.text(metadata, name).orElse(null))
                .or(tracing::current)
                .or(() -> traceContext(headers::getHeaderString));
        Optional<String> businessKey = ObjectBody.text(request, "businessKey");
        JsonNode data = request.get("data");
        Optional<String> by = Optional.of(Access.of(context).principal().text());
        return id.map(given -> sagas.start(type, given, businessKey, data, correlationId, trace, by))
                .orElseGet(() -> sagas.start(type, businessKey, data, correlationId, trace, by))
                .map(started -> answer(
                        Response.status(started.isNew() ? Response.Status.CREATED : Response.Status.OK)
                                .header(
                                        HttpHeaders.LOCATION,
                                        context.request().path() + "/"
                                                + started.saga().sagaId()),
                        // It may be somebody else's that runs under this business key.
                        sight(type, context).of(started.saga())));
    }

    private static Optional<TraceContext> traceContext(UnaryOperator<String> named) {
        return TraceContext.of(named.apply("traceparent"), named.apply("tracestate"));
    }

    @GET
    @Path("/{type}/{sagaId}")
    public Uni<Response> one(@RestPath String type, @RestPath String sagaId, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireType(type);
        SagaSight sight = sight(type, context);
        requireVisible(sight, type, sagaId);
        return sagas.show(type, sagaId)
                .map(found -> answer(Response.ok(), sight.of(found.orElseThrow(() -> notFound(type, sagaId)))));
    }

    @GET
    @Path("/{type}/{sagaId}/timeline")
    public Uni<Response> timeline(@RestPath String type, @RestPath String sagaId, UriInfo uri, RoutingContext context) {
        requireType(type);
        QueryParameters parameters = new QueryParameters(uri, TIMELINE);
        long from = Math.max(1, parameters.position("from").orElse(1L));
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        SagaSight sight = sight(type, context);
        requireVisible(sight, type, sagaId);
        return sagas.timeline(type, sagaId, from, limit)
                .map(found -> timeline(found.orElseThrow(() -> notFound(type, sagaId)), sight));
    }

    private static Response timeline(StreamPage page, SagaSight sight) {
        return Response.ok(new JsonBody(EventJson.write(json -> {
                    json.writeStartObject();
                    json.writeArrayFieldStart("timeline");
                    for (var event : page.events()) {
                        EventJson.write(json, sight.of(event));
                    }
                    json.writeEndArray();
                    EventJson.writeNext(json, page.next());
                    json.writeEndObject();
                })))
                .build();
    }

    @POST
    @Path("/{type}/{sagaId}/retry")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> retry(@RestPath String type, @RestPath String sagaId, RoutingContext context, UriInfo uri) {
        return ask(type, sagaId, SagaVerb.RETRY, context, uri);
    }

    @POST
    @Path("/{type}/{sagaId}/skip")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> skip(@RestPath String type, @RestPath String sagaId, RoutingContext context, UriInfo uri) {
        return ask(type, sagaId, SagaVerb.SKIP, context, uri);
    }

    @POST
    @Path("/{type}/{sagaId}/resolve")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> resolve(@RestPath String type, @RestPath String sagaId, RoutingContext context, UriInfo uri) {
        return ask(type, sagaId, SagaVerb.RESOLVE, context, uri);
    }

    @POST
    @Path("/{type}/{sagaId}/cancel")
    @Consumes(MediaType.APPLICATION_JSON)
    public Uni<Response> cancel(@RestPath String type, @RestPath String sagaId, RoutingContext context, UriInfo uri) {
        return ask(type, sagaId, SagaVerb.CANCEL, context, uri);
    }

    private Uni<Response> ask(String type, String sagaId, SagaVerb verb, RoutingContext context, UriInfo uri) {
        QueryParameters.none(uri);
        requireType(type);
        SagaSight sight = sight(type, context);
        requireVisible(sight, type, sagaId);
        return requests.read(context, body -> ask(type, sagaId, verb, context, sight, bodies.object(body, VERB)));
    }

    private Uni<Response> ask(
            String type, String sagaId, SagaVerb verb, RoutingContext context, SagaSight sight, JsonNode request) {
        Optional<String> reason = ObjectBody.text(request, "reason");
        if (verb == SagaVerb.RESOLVE && reason.filter(text -> !text.isBlank()).isEmpty()) {
            throw Problems.invalid("reason", "is required");
        }
        return sagas.ask(
                        type,
                        sagaId,
                        verb,
                        ObjectBody.text(request, "step"),
                        by(Access.of(context), request),
                        reason.orElse(""))
                .map(found -> answer(Response.ok(), sight.of(found.orElseThrow(() -> notFound(type, sagaId)))));
    }

    /** Who asks. Who was authenticated cannot say to be somebody else. */
    private static String by(Access access, JsonNode request) {
        Optional<String> said = ObjectBody.text(request, "by");
        String principal = access.principal().text();
        return access == Access.OPEN ? said.orElse(principal) : principal;
    }

    private static Response answer(Response.ResponseBuilder response, SagaDetails saga) {
        return response.entity(saga)
                .header(HttpHeaders.ETAG, "\"" + saga.position() + "\"")
                .build();
    }

    private static SagaStatus status(String name) {
        return Arrays.stream(SagaStatus.values())
                .filter(status -> status.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> Problems.invalid(
                        "status",
                        "must be one of "
                                + Arrays.stream(SagaStatus.values())
                                        .map(SagaStatus::wireName)
                                        .toList()));
    }

    private void requireType(String type) {
        if (!sagas.exists(type)) {
            throw Problems.notFound("saga-type-not-found", "there is no saga " + Problems.shown(type));
        }
    }

    /** Where nothing is to be seen there is nothing, and nothing is looked up. */
    private static void requireVisible(SagaSight sight, String type, String sagaId) {
        if (!sight.visible()) {
            throw notFound(type, sagaId);
        }
    }

    private static Problem notFound(String type, String sagaId) {
        return Problems.notFound(
                "saga-not-found", "there is no saga %s with the id %s".formatted(type, Problems.shown(sagaId)));
    }

    private static void requireNoNul(String field, String value) {
        if (value.indexOf('\0') >= 0) {
            throw Problems.invalid(field, "must not have a NUL character");
        }
    }
}
