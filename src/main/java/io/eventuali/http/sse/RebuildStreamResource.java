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
import io.eventuali.stream.Place;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.StreamConfig;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.UriInfo;
import java.io.UncheckedIOException;
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
                projections.status(name).onFailure().transform(failures::answer),
                status -> status.rebuild().isPresent() && !headersOnly
                        ? answers.open(Place.Kind.REBUILD, name, context, progress(name, status, sight))
                                .onFailure()
                                .recoverWithItem(failure -> closing(OpenAnswers.reason(failure)))
                        : Multi.createFrom().empty(),
                status -> status.rebuild().isPresent() ? SseResource.HEADERS : Map.of(),
                // 204 is the one answer after which a browser does not come back.
                status -> status.rebuild().isPresent() ? 200 : 204);
    }

    private Multi<byte[]> progress(String name, ProjectionStatus first, FailureSight sight) {
        AtomicReference<Rebuild> last = new AtomicReference<>(first.rebuild().orElseThrow());
        return Looks.eachSecond(
                () -> progress(last.get(), sight),
                () -> projections.status(name).map(status -> frame(status, last, sight)),
                () -> last.get() != null);
    }

    private byte[] closing(CloseReason reason) {
        return SseFrames.closing(reason, SseFrames.jittered(limits.retry()));
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
