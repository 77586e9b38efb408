package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.security.Access;
import io.eventuali.store.SubscriptionRemovals;
import io.eventuali.stream.ActiveSubscription;
import io.eventuali.stream.EventFilter;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.Place;
import io.eventuali.stream.Places;
import io.eventuali.stream.SubscriptionBuilder;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.RestPath;

/** Who has a place at this replica: follows the log, documents or a rebuild, exports, or waits. */
@Path("/v1/subscriptions")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class SubscriptionResource {
    /** What can be told to the other replicas in one notification; every principal but one of a very long issuer. */
    private static final Pattern WORD = Pattern.compile("[!-~]{0,2000}");

    private final EventStreamer streamer;
    private final Places places;
    private final SubscriptionRemovals removals;

    SubscriptionResource(EventStreamer streamer, Places places, SubscriptionRemovals removals) {
        this.streamer = streamer;
        this.places = places;
        this.removals = removals;
    }

    @GET
    public SubscriptionList list(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        Access access = Access.of(context);
        return new SubscriptionList(
                views(filter -> access.isReader() && access.grant().covers(filter))
                        .toList());
    }

    /** @param ids of which filters aggregate ids are shown: these are business data */
    private Stream<SubscriptionView> views(Predicate<EventFilter> ids) {
        return Stream.concat(
                streamer.subscriptions().stream().map(active -> SubscriptionView.of(active, ids.test(active.filter()))),
                places.held().stream().map(SubscriptionView::of));
    }

    /**
     * Ends a subscription for good, at whichever replica it is: its client is told, and answered 204 when it comes back. Clients choose
     * names, so two principals may have the same; then it has to be said whose.
     */
    @DELETE
    @Path("/{id}")
    public Uni<Void> remove(@RestPath String id, UriInfo uri) {
        SubscriptionBuilder.checkId(id);
        String principal =
                new QueryParameters(uri, Set.of("principal")).one("principal").orElseGet(() -> onlyOwner(id));
        if (!WORD.matcher(principal).matches()) {
            throw Problems.invalid("principal", "must be 1 to 2,000 printable ASCII characters without blanks");
        }
        return removals.remove(id, principal).invoke(() -> streamer.unsubscribe(id, principal));
    }

    /** Whose it is, if one principal alone has such a subscription here; empty, for everybody, if none has. */
    private String onlyOwner(String id) {
        Set<String> owners = views(none -> false)
                .filter(view -> view.id().equals(id))
                .map(SubscriptionView::principal)
                .filter(owner -> !owner.isEmpty())
                .collect(Collectors.toSet());
        if (owners.size() > 1) {
            throw Problems.ambiguousSubscription(id);
        }
        return owners.stream().findFirst().orElse("");
    }

    /** The active subscriptions of one replica. */
    public record SubscriptionList(List<SubscriptionView> subscriptions) {}

    /** One active subscription. */
    public record SubscriptionView(
            String id,
            String kind,
            String projection,
            FilterView filter,
            GroupView group,
            String state,
            long position,
            long lag,
            long delivered,
            long bytes,
            Instant since,
            String principal,
            String peer) {
        static SubscriptionView of(ActiveSubscription active, boolean showsIds) {
            return new SubscriptionView(
                    active.id(),
                    "events",
                    "",
                    FilterView.of(active.filter(), showsIds),
                    new GroupView(active.group(), active.groupMembers()),
                    active.state(),
                    active.position(),
                    active.lag(),
                    active.delivered(),
                    active.bytes(),
                    active.since(),
                    active.principal(),
                    active.peer());
        }

        /** What is no subscription to events has no filter, and no position in the log. */
        static SubscriptionView of(Place place) {
            return new SubscriptionView(
                    place.id(),
                    place.kind().text(),
                    place.projection(),
                    new FilterView(List.of(), List.of(), List.of()),
                    new GroupView(0, 0),
                    "live",
                    0,
                    0,
                    0,
                    place.bytes(),
                    place.since(),
                    place.client().principal(),
                    place.client().peer());
        }
    }

    /** The subscriptions with the same filter, which share the work. */
    public record GroupView(int number, int subscriptions) {}

    /** The filters of a subscription. Where some aggregate ids are asked for, and not shown, there is null in their place. */
    public record FilterView(
            List<String> aggregateType, @JsonInclude List<String> aggregateId, List<String> eventType) {
        static FilterView of(EventFilter filter, boolean showsIds) {
            boolean hidden = !showsIds && !filter.aggregateIds().isEmpty();
            return new FilterView(
                    NamePattern.texts(filter.aggregateTypes()),
                    hidden ? null : NamePattern.texts(filter.aggregateIds()),
                    NamePattern.texts(filter.eventTypes()));
        }
    }
}
