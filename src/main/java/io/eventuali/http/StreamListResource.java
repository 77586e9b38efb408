package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.secret.LogSecret;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.StreamDirectory.Entry;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Lists the streams of the log. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class StreamListResource {
    private static final Set<String> PARAMETERS = Set.of("prefix", "aggregateType", "after", "limit");
    private static final int DEFAULT_LIMIT = 100;

    private final StreamListing listing;
    private final LogSecret secret;
    private final StoreConfig config;

    StreamListResource(StreamListing listing, LogSecret secret, StoreConfig config) {
        this.listing = listing;
        this.secret = secret;
        this.config = config;
    }

    @GET
    @Path("/streams")
    public Uni<StreamList> streams(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        Optional<String> aggregateType = parameters.name("aggregateType");
        String prefix = parameters.name("prefix").orElse("");
        // Sealed, since a page may end at a stream that is hidden.
        OptionalLong after = parameters
                .one("after")
                .map(text -> OptionalLong.of(secret.numbers(LogSecret.Use.LISTS)
                        .open(text)
                        .orElseThrow(() -> Problems.invalid("after", "must be the next of another page"))))
                .orElse(OptionalLong.empty());
        int limit = parameters.number("limit", DEFAULT_LIMIT, config.read().maxLimit());
        Grant grant = Access.of(context).grant();
        return listing.page(aggregateType, prefix, after, limit, grant).map(page -> answer(page, grant));
    }

    private StreamList answer(StreamListing.Page page, Grant grant) {
        return new StreamList(
                page.streams().stream()
                        .map(entry -> StreamView.of(entry, grant))
                        .toList(),
                page.next().isPresent()
                        ? secret.numbers(LogSecret.Use.LISTS).seal(page.next().getAsLong())
                        : null);
    }

    /** A page of streams; {@code next} goes into {@code after} for the next one. */
    public record StreamList(
            List<StreamView> streams, @JsonInclude String next) {}

    /** A stream. Its times are those of events that may be hidden, and then they are, too. */
    @JsonInclude
    public record StreamView(
            String aggregateType, String aggregateId, long position, Instant firstTimestamp, Instant lastTimestamp) {
        static StreamView of(Entry entry, Grant grant) {
            boolean whole = StreamListing.isWhole(entry, grant);
            return new StreamView(
                    entry.stream().aggregateType(),
                    entry.stream().aggregateId(),
                    entry.position(),
                    whole ? entry.first().orElse(null) : null,
                    whole ? entry.last().orElse(null) : null);
        }
    }
}
