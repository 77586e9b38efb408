package io.eventuali.http.sse;

import io.eventuali.http.ApiResource;
import io.eventuali.http.Failures;
import io.eventuali.http.OpenAnswers;
import io.eventuali.http.Problems;
import io.eventuali.http.ProjectionResource;
import io.eventuali.http.QueryParameters;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.projection.StateChange;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.Place;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.StreamConfig;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.UriInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;

/** Follows documents of a projection over Server-Sent Events. Whoever comes back is sent the present documents first, so nothing has to be resumed. */
@Path("/v1/projections/{name}/stream")
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class StateStreamResource {
    private static final Logger LOG = Logger.getLogger(StateStreamResource.class);
    private static final Set<String> PARAMETERS = Set.of("key", "prefix", "maxRate", "delta");
    private static final int MAX_KEYS = 100;
    private static final int HIGHEST_RATE = 1_000;

    private final ProjectionOperations projections;
    private final Failures failures;
    private final OpenAnswers answers;
    private final StreamConfig.SubscriptionLimits limits;

    StateStreamResource(ProjectionOperations projections, Failures failures, OpenAnswers answers, StreamConfig config) {
        this.projections = projections;
        this.failures = failures;
        this.answers = answers;
        this.limits = config.subscription();
    }

    @GET
    public RestMulti<byte[]> follow(@RestPath String name, UriInfo uri, RoutingContext context) {
        ProjectionResource.requireProjection(projections, name);
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        Set<String> keys = keys(parameters.all("key"));
        int maxRate = parameters.number("maxRate", 0, HIGHEST_RATE);
        boolean delta = parameters.flag("delta");
        String prefix = prefix(parameters, keys);
        Multi<byte[]> updates = (keys.isEmpty()
                        ? projections.broadcastUpdates(name, prefix, maxRate, limits.heartbeat())
                        : projections.broadcastUpdates(name, keys, maxRate, limits.heartbeat()))
                .map(changes -> changes.isEmpty() ? SseFrames.heartbeat() : frames(changes, delta));
        Multi<byte[]> frames = answers.open(Place.Kind.STATES, name, context, updates, 0)
                .onCompletion()
                .continueWith(closing(CloseReason.DRAINING))
                .onFailure()
                .recoverWithItem(failure -> {
                    LOG.debugf("state stream ends projection=%s: %s", name, failure.getMessage());
                    return closing(OpenAnswers.reason(failure));
                });
        boolean headersOnly = SseResource.asksForHeadersOnly(context);
        return RestMulti.fromUniResponse(
                bounded(name, keys, prefix).onFailure().transform(failures::answer),
                bounded -> headersOnly ? Multi.createFrom().empty() : frames,
                bounded -> SseResource.HEADERS,
                bounded -> 200);
    }

    /** A list that is too long is refused for good: a browser must not come back. An outage is told in the stream. */
    private Uni<Boolean> bounded(String name, Set<String> keys, String prefix) {
        if (!keys.isEmpty()) {
            return Uni.createFrom().item(true);
        }
        return projections
                .isListable(name, prefix)
                .onFailure(EventStoreException.class)
                .recoverWithItem(true)
                .invoke(listable -> {
                    if (!listable) {
                        throw Problems.invalid(
                                "prefix",
                                "must leave at most " + ProjectionOperations.MAX_LISTED
                                        + " documents to follow: give a longer one, or name documents by key");
                    }
                });
    }

    private byte[] frames(List<StateChange> changes, boolean delta) {
        return SseFrames.changes(changes, delta, SseFrames.jittered(limits.retry()));
    }

    private byte[] closing(CloseReason reason) {
        return SseFrames.closing(reason, SseFrames.jittered(limits.retry()));
    }

    private static String prefix(QueryParameters parameters, Set<String> keys) {
        String prefix = parameters.one("prefix").orElse("");
        if (!prefix.isEmpty() && !keys.isEmpty()) {
            throw Problems.invalid("prefix", "must not be given together with key");
        }
        if (prefix.indexOf('\0') >= 0) {
            throw Problems.invalid("prefix", "must not have a NUL character");
        }
        return prefix;
    }

    /** Empty for all documents. */
    private static Set<String> keys(List<String> keys) {
        if (keys.size() > MAX_KEYS) {
            throw Problems.invalid("key", "must be given at most " + MAX_KEYS + " times");
        }
        for (String key : keys) {
            if (key.isEmpty() || key.indexOf('\0') >= 0) {
                throw Problems.invalid("key", "must not be empty or have a NUL character");
            }
        }
        return new HashSet<>(keys);
    }
}
