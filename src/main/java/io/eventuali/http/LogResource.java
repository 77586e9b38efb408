package io.eventuali.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.EventFormat;
import io.eventuali.format.EventJson;
import io.eventuali.http.StreamSight.Sight;
import io.eventuali.security.Access;
import io.eventuali.security.AccessWatch;
import io.eventuali.security.Grant;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStore.Direction;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogHead;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.StreamPage;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.stream.BackwardScan;
import io.eventuali.stream.EventFilter;
import io.eventuali.stream.LogScan;
import io.eventuali.stream.Place;
import io.eventuali.stream.StreamConfig;
import io.eventuali.stream.Subscription;
import io.eventuali.stream.SubscriptionBuilder;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;

/** Reads the log and its streams. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class LogResource {
    private static final Logger LOG = Logger.getLogger(LogResource.class);
    private static final int DEFAULT_LIMIT = 100;
    private static final String NDJSON = "application/x-ndjson";
    private static final Set<String> LOG_PARAMETERS = Set.of(
            "from",
            "fromTimestamp",
            "limit",
            "direction",
            "aggregateType",
            "aggregateId",
            "eventType",
            QueryParameters.ON_DAMAGE,
            FormatParameter.NAME);
    private static final Set<String> STREAM_PARAMETERS = Set.of("from", "limit", "direction", FormatParameter.NAME);
    private static final Set<String> EVENT_PARAMETERS = Set.of(FormatParameter.NAME);

    private final EventStore store;
    private final EngineStore engine;
    private final StreamSight sight;
    private final LogScan scan;
    private final BackwardScan backward;
    private final StoreConfig config;
    private final StreamConfig streamConfig;
    private final FormatParameter formats;
    private final AccessWatch watch;
    private final OpenAnswers answers;
    private final Failures failures;

    LogResource(
            EventStore store,
            EngineStore engine,
            StreamSight sight,
            LogScan scan,
            BackwardScan backward,
            StoreConfig config,
            StreamConfig streamConfig,
            FormatParameter formats,
            AccessWatch watch,
            OpenAnswers answers,
            Failures failures) {
        this.store = store;
        this.engine = engine;
        this.sight = sight;
        this.scan = scan;
        this.backward = backward;
        this.config = config;
        this.streamConfig = streamConfig;
        this.formats = formats;
        this.watch = watch;
        this.answers = answers;
        this.failures = failures;
    }

    @GET
    @Path("/streams/{aggregateType}/{aggregateId}/events")
    public Uni<Response> stream(
            @RestPath String aggregateType, @RestPath String aggregateId, UriInfo uri, RoutingContext context) {
        StreamId stream = new StreamId(aggregateType, aggregateId);
        QueryParameters parameters = new QueryParameters(uri, STREAM_PARAMETERS);
        Direction direction = direction(parameters);
        long from = parameters.position("from").orElse(direction == Direction.FORWARD ? 1 : Long.MAX_VALUE);
        if (from < 1) {
            throw Problems.invalid("from", "must be a stream position: a decimal number, 1 or more");
        }
        int limit = limit(parameters);
        EventFormat format = formats.of(parameters);
        return visible(stream, from, limit, direction, Access.of(context).grant())
                .map(found -> found.map(page -> streamAnswer(page, format))
                        .orElseThrow(() -> Problems.notFound("stream-not-found", "there is no stream " + stream)));
    }

    private static Direction direction(QueryParameters parameters) {
        return parameters
                .one("direction")
                .map(value -> switch (value) {
                    case "forward" -> Direction.FORWARD;
                    case "backward" -> Direction.BACKWARD;
                    default -> throw Problems.invalid("direction", "must be forward or backward");
                })
                .orElse(Direction.FORWARD);
    }

    /** A stream of which nothing is granted is no stream, and is not read. */
    private Uni<Optional<StreamPage>> visible(StreamId stream, long from, int limit, Direction direction, Grant grant) {
        if (grant.isUnrestricted()) {
            return store.readStream(stream, from, limit, direction);
        }
        return sight.of(stream, grant)
                .chain(seen -> seen == Sight.HIDDEN
                        ? Uni.createFrom().item(Optional.empty())
                        : store.readStream(stream, from, limit, direction)
                                .map(found -> found.map(all -> granted(all, grant))
                                        .filter(page -> seen == Sight.VISIBLE
                                                || !page.events().isEmpty())));
    }

    private static StreamPage granted(StreamPage page, Grant grant) {
        List<StreamEvent> events = page.events().stream()
                .filter(event -> grant.accepts(event.aggregateType(), event.eventType()))
                .toList();
        return new StreamPage(events, page.next(), page.streamPosition());
    }

    private static Response streamAnswer(StreamPage page, EventFormat format) {
        byte[] body = EventJson.write(json -> {
            json.writeStartObject();
            writeEvents(json, page.events(), format);
            EventJson.writeNext(json, page.next());
            json.writeEndObject();
        });
        return Response.ok(new JsonBody(body))
                .header(HttpHeaders.ETAG, "\"" + page.streamPosition() + "\"")
                .build();
    }

    private static void writeEvents(JsonGenerator json, List<StreamEvent> events, EventFormat format)
            throws IOException {
        json.writeArrayFieldStart("events");
        for (StreamEvent event : events) {
            if (format == EventFormat.JSON) {
                EventJson.write(json, event);
            } else {
                json.writeRawValue(new String(format.bytes(event), StandardCharsets.UTF_8));
            }
        }
        json.writeEndArray();
    }

    @GET
    @Path("/events")
    public Uni<Response> log(HttpHeaders headers, UriInfo uri, RoutingContext context) {
        Accepted.requireJson(headers);
        QueryParameters parameters = new QueryParameters(uri, LOG_PARAMETERS);
        Direction direction = direction(parameters);
        Uni<OptionalLong> start = start(parameters);
        int limit = limit(parameters);
        Access access = Access.of(context);
        EventFilter filter = filter(parameters).within(access.grant().filter());
        EventFormat format = formats.of(parameters);
        boolean skipsDamage = parameters.skipsDamage();
        // The head is read first: an event appended in between makes nextFrom pass it, which a reader can understand.
        Uni<Response> answer = store.head().chain(head -> start.chain(from -> direction == Direction.FORWARD
                        ? forward(from, limit, filter, skipsDamage)
                        : backward(from, head, limit, filter, skipsDamage))
                .map(page -> logAnswer(page, head.position(), format)));
        // A filter that accepts little has it read for some time.
        return watch.whilePermitted(answer, access.permission());
    }

    /** Where to begin: exclusive, empty for the end that the direction begins at. A time lies between two events, so it is one for both directions. */
    private Uni<OptionalLong> start(QueryParameters parameters) {
        Optional<Long> from = parameters.position("from");
        Optional<Instant> moment = parameters.timestamp("fromTimestamp");
        if (from.isPresent() && moment.isPresent()) {
            throw Problems.invalid("fromTimestamp", "must not be given together with from");
        }
        if (moment.isEmpty()) {
            return Uni.createFrom().item(from.map(OptionalLong::of).orElse(OptionalLong.empty()));
        }
        boolean forward = direction(parameters) == Direction.FORWARD;
        return store.positionBefore(moment.get())
                .map(before -> OptionalLong.of(forward ? before.value() : before.value() + 1));
    }

    private Uni<LogView> forward(OptionalLong from, int limit, EventFilter filter, boolean skipsDamage) {
        return scan.page(new Position(from.orElse(0)), limit, filter)
                .map(found -> new LogView(found.events(), found.examined()))
                .onFailure(failure -> skipsDamage && failure instanceof LogDamaged)
                // The next page begins behind it.
                .recoverWithItem(failure ->
                        new LogView(List.of(), ((LogDamaged) failure).damage().last()));
    }

    private Uni<LogView> backward(OptionalLong from, LogHead head, int limit, EventFilter filter, boolean skipsDamage) {
        return backward.page(Math.min(from.orElse(Long.MAX_VALUE), head.position() + 1), limit, filter)
                .map(found -> new LogView(found.events(), found.isAtBeginning() ? 0 : found.examined()))
                .onFailure(failure -> skipsDamage && failure instanceof LogDamaged)
                .recoverWithItem(failure -> {
                    long first = ((LogDamaged) failure).damage().first();
                    return new LogView(List.of(), first == 1 ? 0 : first);
                });
    }

    private static Response logAnswer(LogView page, long head, EventFormat format) {
        return Response.ok(new JsonBody(EventJson.write(json -> {
                    json.writeStartObject();
                    writeEvents(json, page.events(), format);
                    json.writeNumberField("nextFrom", page.next());
                    json.writeNumberField("headPosition", head);
                    json.writeEndObject();
                })))
                .build();
    }

    @GET
    @Path("/events")
    // Only for those who ask for it: a client that accepts anything gets the JSON page.
    @Produces(NDJSON + ";qs=0.1")
    public RestMulti<byte[]> export(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, LOG_PARAMETERS);
        if (direction(parameters) == Direction.BACKWARD) {
            throw Problems.invalid("direction", "must be forward for " + NDJSON);
        }
        Uni<OptionalLong> start = start(parameters);
        int limit = parameters.number("limit", Integer.MAX_VALUE, Integer.MAX_VALUE);
        Access access = Access.of(context);
        EventFilter filter = filter(parameters).within(access.grant().filter());
        EventFormat format = formats.of(parameters);
        boolean skipsDamage = parameters.skipsDamage();
        boolean headersOnly = context.request().method() == HttpMethod.HEAD;
        Uni<Stretch> stretch = store.head()
                .chain(head ->
                        start.map(from -> new Stretch(new Position(from.orElse(0)), new Position(head.position()))));
        return RestMulti.fromUniResponse(
                stretch.onFailure().transform(failures::answer),
                // Broken off without the end of the body, so that what was delivered is not taken for the whole.
                read -> headersOnly
                        ? Multi.createFrom().empty()
                        : answers.open(
                                        Place.Kind.EXPORT,
                                        "",
                                        context,
                                        lines(scan.export(read.from(), read.to(), filter, skipsDamage), limit, format),
                                        // The page, its lines, and their copy in the network layer.
                                        4 * config.read().pageBytes().asLongValue())
                                .onFailure()
                                .invoke(failure -> LOG.warnf("export broken off: %s", failure.getMessage()))
                                // The answer, where nothing of the export was sent before.
                                .onFailure()
                                .transform(failures::answer),
                read -> Map.of(HttpHeaders.CONTENT_TYPE, List.of(NDJSON)));
    }

    private static Multi<byte[]> lines(Multi<List<StreamEvent>> pieces, int limit, EventFormat format) {
        Multi<List<StreamEvent>> limited = limit == Integer.MAX_VALUE
                ? pieces
                : pieces.onItem()
                        .<StreamEvent>disjoint()
                        .select()
                        .first(limit)
                        .group()
                        .intoLists()
                        .of(DEFAULT_LIMIT);
        return limited.map(events -> lines(events, format));
    }

    /** Lines without the last one's end: for this media type the framework ends each piece itself. */
    private static byte[] lines(List<StreamEvent> events, EventFormat format) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (StreamEvent event : events) {
            if (lines.size() > 0) {
                lines.write('\n');
            }
            lines.writeBytes(format.bytes(event));
        }
        return lines.toByteArray();
    }

    @GET
    @Path("/events/{globalPosition}")
    public Uni<Response> event(@RestPath String globalPosition, UriInfo uri, RoutingContext context) {
        long position = QueryParameters.position("globalPosition", globalPosition);
        EventFormat format = formats.of(new QueryParameters(uri, EVENT_PARAMETERS));
        return visible(position, Access.of(context).grant()).map(found -> found.map(
                        event -> Response.ok(new JsonBody(format.bytes(event))).build())
                .orElseThrow(
                        () -> Problems.notFound("event-not-found", "the log has no event at position " + position)));
    }

    /** An event that is not granted is not read: it takes as long as one that does not exist. */
    private Uni<Optional<StreamEvent>> visible(long position, Grant grant) {
        if (grant.isUnrestricted()) {
            return store.readEvent(position);
        }
        return engine.eventKind(position)
                .chain(kind -> kind.filter(found -> grant.accepts(found.aggregateType(), found.eventType()))
                                .isPresent()
                        ? store.readEvent(position)
                        : Uni.createFrom().item(Optional.empty()));
    }

    @GET
    @Path("/position")
    public Uni<PositionResponse> position(UriInfo uri) {
        QueryParameters.none(uri);
        return store.head().map(PositionResponse::of);
    }

    private int limit(QueryParameters parameters) {
        return parameters.number("limit", DEFAULT_LIMIT, config.read().maxLimit());
    }

    private EventFilter filter(QueryParameters parameters) {
        SubscriptionBuilder subscription = Subscription.builder();
        parameters.filters(subscription, streamConfig.subscription().maxFilterValues());
        return subscription.build().filter();
    }

    /** A page of the log, and where the next one begins. */
    private record LogView(List<StreamEvent> events, long next) {}

    /** What an export reads: from a position, exclusive, to another one. */
    private record Stretch(Position from, Position to) {}

    /** Where the log ends. */
    public record PositionResponse(long globalPosition, String epoch) {
        static PositionResponse of(LogHead head) {
            return new PositionResponse(head.position(), head.epoch());
        }
    }
}
