package io.eventuali.http.sse;

import io.eventuali.event.Position;
import io.eventuali.format.EventFormat;
import io.eventuali.http.ApiResource;
import io.eventuali.http.Clients;
import io.eventuali.http.Failures;
import io.eventuali.http.FormatParameter;
import io.eventuali.http.Problems;
import io.eventuali.http.QueryParameters;
import io.eventuali.security.Access;
import io.eventuali.store.SubscriptionRemovals;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.ReceiverSignal;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Damaged;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Updates;
import io.eventuali.stream.StreamConfig;
import io.eventuali.stream.Subscription;
import io.eventuali.stream.SubscriptionBuilder;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestMulti;

/** Follows the log over Server-Sent Events. */
@Path("/v1/events/stream")
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class SseResource {
    private static final Set<String> PARAMETERS = Set.of(
            "id",
            "named",
            "aggregateType",
            "aggregateId",
            "eventType",
            "from",
            "fromTimestamp",
            "lastEventId",
            "last_event_id",
            "maxRate",
            "conflate",
            QueryParameters.ON_DAMAGE,
            FormatParameter.NAME);
    static final Map<String, List<String>> HEADERS = Map.of(
            HttpHeaders.CONTENT_TYPE,
            List.of("text/event-stream"),
            HttpHeaders.CACHE_CONTROL,
            List.of("no-store"),
            // Asks nginx not to collect what should flow.
            "X-Accel-Buffering",
            List.of("no"));
    /** Reasons that come before the start is known: such a stream has no position to resume from. */
    private static final Set<CloseReason> REFUSALS = EnumSet.of(CloseReason.OVERLOADED, CloseReason.UNAVAILABLE);

    private final EventStreamer streamer;
    private final Failures failures;
    private final SubscriptionRemovals removals;
    private final StreamConfig.SubscriptionLimits limits;
    private final FormatParameter formats;
    private final SseFormats encoders;
    private final Duration drainWindow;

    SseResource(
            EventStreamer streamer,
            Failures failures,
            SubscriptionRemovals removals,
            StreamConfig config,
            FormatParameter formats,
            SseFormats encoders) {
        this.streamer = streamer;
        this.failures = failures;
        this.removals = removals;
        this.formats = formats;
        this.encoders = encoders;
        this.limits = config.subscription();
        this.drainWindow = config.drain().window();
    }

    @GET
    public RestMulti<byte[]> follow(
            @RestHeader("Last-Event-ID") String lastEventId,
            UriInfo uri,
            HttpServerRequest request,
            RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        boolean named = parameters.flag("named");
        EventFormat format = formats.of(parameters);
        Access access = Access.of(context);
        Subscription subscription = subscription(parameters, lastEventId, access);
        SseConnection connection = new SseConnection(
                request, Clients.of(context, access), Vertx.currentContext(), encoders.encoder(format, named));
        boolean headersOnly = asksForHeadersOnly(context);
        return RestMulti.fromUniResponse(
                isRemoved(parameters, access.principal().text()).onFailure().transform(failures::answer),
                removed -> removed || headersOnly
                        ? Multi.createFrom().empty()
                        : new SseStream(
                                streamer.subscribe(subscription, connection).signals(),
                                signal -> connection.sending(frame(signal, connection, named, format)),
                                connection,
                                subscription.id()),
                removed -> removed ? Map.of() : HEADERS,
                // 204 is the one answer after which a browser does not come back.
                removed -> removed ? 204 : 200);
    }

    /** Whether a request is a {@code HEAD}, which the framework gives to the method for {@code GET}: nothing may be subscribed to. */
    static boolean asksForHeadersOnly(RoutingContext context) {
        return context.request().method() == HttpMethod.HEAD;
    }

    private Subscription subscription(QueryParameters parameters, String lastEventId, Access access) {
        SubscriptionBuilder builder =
                Subscription.builder().within(access.grant().filter()).permittedWhile(access.permission());
        parameters.one("id").ifPresent(builder::withId);
        parameters.filters(builder, limits.maxFilterValues());
        Optional<String> from = parameters.one("from");
        var timestamp = parameters.timestamp("fromTimestamp");
        var resumed = lastEventId(parameters, lastEventId);
        if (from.isPresent()) {
            switch (from.get()) {
                case "start" -> builder.from(Position.START);
                case "end" -> builder.fromEnd();
                default -> builder.from(new Position(fromPosition(from.get())));
            }
        } else {
            timestamp.ifPresent(builder::fromTimestamp);
        }
        // Last, since a browser repeats its query when it reconnects.
        resumed.ifPresent(position -> builder.from(new Position(position)));
        conflation(parameters, builder);
        if (parameters.skipsDamage()) {
            builder.skippingDamage();
        }
        return builder.build();
    }

    /** A rate alone would have to drop events without saying of what; so the two come together. */
    private static void conflation(QueryParameters parameters, SubscriptionBuilder builder) {
        Optional<String> conflate = parameters.one("conflate");
        int maxRate = parameters.number("maxRate", 0, SubscriptionBuilder.HIGHEST_RATE);
        if (conflate.isPresent() && !conflate.get().equals("aggregate")) {
            throw Problems.invalid("conflate", "must be aggregate");
        }
        if (conflate.isPresent() != maxRate > 0) {
            throw Problems.invalid(
                    maxRate > 0 ? "conflate" : "maxRate",
                    "must be given: maxRate and conflate=aggregate come together");
        }
        if (maxRate > 0) {
            builder.conflateByAggregate(maxRate);
        }
    }

    private static long fromPosition(String value) {
        if (!value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw Problems.invalid("from", "must be start, end or a position: a decimal number, 0 or more");
        }
        return QueryParameters.position("from", value);
    }

    private static Optional<Long> lastEventId(QueryParameters parameters, String header) {
        Optional<Long> query = parameters.position("lastEventId");
        Optional<Long> snakeCase = parameters.position("last_event_id");
        if (header != null && !header.isBlank()) {
            return Optional.of(QueryParameters.position("Last-Event-ID", header.trim()));
        }
        return query.or(() -> snakeCase);
    }

    /** Only a name that the client chose can have been removed. If the database cannot tell, the client is let in. */
    private Uni<Boolean> isRemoved(QueryParameters parameters, String principal) {
        return parameters
                .one("id")
                .map(id -> removals.isRemoved(id, principal, limits.removalMemory())
                        .onFailure()
                        .recoverWithItem(false))
                .orElseGet(() -> Uni.createFrom().item(false));
    }

    private byte[] frame(ReceiverSignal signal, SseConnection connection, boolean named, EventFormat format) {
        if (signal instanceof Events events) {
            return events.encoded(connection.encoder());
        }
        if (signal instanceof Updates updates) {
            return SseFrames.updates(updates, named, format);
        }
        if (signal instanceof Subscribed subscribed) {
            return SseFrames.subscribed(subscribed, SseFrames.jittered(limits.retry()));
        }
        if (signal instanceof CaughtUp caughtUp) {
            return SseFrames.caughtUp(caughtUp);
        }
        if (signal instanceof Examined examined) {
            return SseFrames.checkpoint(examined);
        }
        if (signal instanceof Damaged damaged) {
            return SseFrames.damaged(damaged);
        }
        Closing closing = (Closing) signal;
        // One that comes first refuses, and has looked at nothing yet.
        boolean resumable = connection.bytes() > 0 && !REFUSALS.contains(closing.reason());
        Duration retry = closing.reason() == CloseReason.DRAINING
                ? SseFrames.spread(drainWindow)
                : SseFrames.jittered(limits.retry());
        return SseFrames.closing(closing, resumable, retry);
    }
}
