package io.eventuali.http.sse;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.eventuali.format.Json;
import io.eventuali.http.ApiResource;
import io.eventuali.http.FailureSight;
import io.eventuali.http.Failures;
import io.eventuali.http.OpenAnswers;
import io.eventuali.http.ProjectionResource;
import io.eventuali.http.ProjectionView.RebuildView;
import io.eventuali.http.QueryParameters;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.projection.ProjectionStatus;
import io.eventuali.projection.Rebuild;
import io.eventuali.security.Access;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.Place;
import io.eventuali.stream.StreamConfig;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.UriInfo;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;

/** Follows the progress of a rebuild over Server-Sent Events. */
@Path("/v1/projections/{name}/rebuild/stream")
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class RebuildStreamResource {
    private final ProjectionOperations projections;
    private final Failures failures;
    private final OpenAnswers answers;
    private final StreamConfig.SubscriptionLimits limits;

    RebuildStreamResource(
            ProjectionOperations projections, Failures failures, OpenAnswers answers, StreamConfig config) {
        this.projections = projections;
        this.failures = failures;
        this.answers = answers;
        this.limits = config.subscription();
    }

    @GET
    public RestMulti<byte[]> follow(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        ProjectionResource.requireProjection(projections, name);
        boolean headersOnly = SseResource.asksForHeadersOnly(context);
        FailureSight sight = FailureSight.of(Access.of(context));
        return RestMulti.fromUniResponse(
                projections
                        .status(name)
                        .map(status -> status.rebuild()
                                .map(rebuild -> answers.open(
                                        Place.Kind.REBUILD, name, context, progress(name, rebuild, sight))))
                        // An outage is told in the stream: after a 503 a browser does not come back.
                        .onFailure(EventStoreException.class)
                        .recoverWithItem(
                                failure -> Optional.of(Multi.createFrom().failure(failure)))
                        .onFailure()
                        .transform(failures::answer),
                frames -> frames.isPresent() && !headersOnly
                        ? frames.get().onFailure().recoverWithItem(this::closing)
                        : Multi.createFrom().empty(),
                frames -> frames.isPresent() ? SseResource.HEADERS : Map.<String, List<String>>of(),
                // Nor after a 204, for there is nothing to come back to.
                frames -> frames.isPresent() ? 200 : 204);
    }

    private Multi<byte[]> progress(String name, Rebuild first, FailureSight sight) {
        AtomicReference<Rebuild> last = new AtomicReference<>(first);
        return Looks.eachSecond(
                () -> progress(last.get(), sight),
                () -> projections.status(name).map(status -> frame(status, last, sight)),
                () -> last.get() != null);
    }

    private byte[] closing(Throwable failure) {
        return SseFrames.closing(OpenAnswers.reason(failure), SseFrames.jittered(limits.retry()));
    }

    private byte[] frame(ProjectionStatus status, AtomicReference<Rebuild> last, FailureSight sight) {
        Optional<Rebuild> now = status.rebuild()
                .filter(rebuild -> rebuild.generation() == last.get().generation());
        if (now.isPresent()) {
            return progress(now.get(), sight);
        }
        boolean served = status.generation() == last.getAndSet(null).generation();
        return SseFrames.ended(served, status.position(), SseFrames.jittered(limits.retry()));
    }

    private byte[] progress(Rebuild rebuild, FailureSight sight) {
        try {
            return SseFrames.progress(
                    rebuild.position(), Json.MAPPER.writeValueAsString(RebuildView.of(rebuild, sight)));
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
