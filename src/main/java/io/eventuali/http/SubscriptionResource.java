package io.eventuali.http;

import io.eventuali.store.SubscriptionRemovals;
import io.eventuali.stream.ActiveSubscription;
import io.eventuali.stream.EventStreamer;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.SubscriptionBuilder;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.RestPath;

/** Who follows the log at this replica. */
@Path("/v1/subscriptions")
@Produces(MediaType.APPLICATION_JSON)
public class SubscriptionResource {
    /** What can be told to the other replicas in one notification; every principal but one of a very long issuer. */
    private static final Pattern WORD = Pattern.compile("[!-~]{0,2000}");

    private final EventStreamer streamer;
    private final SubscriptionRemovals removals;

    SubscriptionResource(EventStreamer streamer, SubscriptionRemovals removals) {
        this.streamer = streamer;
        this.removals = removals;
    }

    @GET
    public SubscriptionList list() {
        return new SubscriptionList(
                streamer.subscriptions().stream().map(SubscriptionView::of).toList());
    }

    /** Ends a subscription for good, everybody's of this id or one principal's, at whichever replica it is: its client is told, and answered 204 when it comes back. */
    @DELETE
    @Path("/{id}")
    public Uni<Void> remove(@RestPath String id, UriInfo uri) {
        SubscriptionBuilder.checkId(id);
        String principal =
                new QueryParameters(uri, Set.of("principal")).one("principal").orElse("");
        if (!WORD.matcher(principal).matches()) {
            throw Problems.invalid("principal", "must be 1 to 2,000 printable ASCII characters without blanks");
        }
        return removals.remove(id, principal).invoke(() -> streamer.unsubscribe(id, principal));
    }

    /** The active subscriptions of one replica. */
    public record SubscriptionList(List<SubscriptionView> subscriptions) {}

    /** One active subscription. */
    public record SubscriptionView(
            String id,
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
        static SubscriptionView of(ActiveSubscription active) {
            return new SubscriptionView(
                    active.id(),
                    new FilterView(
                            texts(active.filter().aggregateTypes()),
                            texts(active.filter().aggregateIds()),
                            texts(active.filter().eventTypes())),
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

        private static List<String> texts(List<NamePattern> patterns) {
            return patterns.stream().map(NamePattern::toString).toList();
        }
    }

    /** The subscriptions with the same filter, which share the work. */
    public record GroupView(int number, int subscriptions) {}

    /** The filters of a subscription. */
    public record FilterView(List<String> aggregateType, List<String> aggregateId, List<String> eventType) {}
}
