package io.eventuali.http.sse;

import io.eventuali.consumer.ClaimRequest;
import io.eventuali.consumer.Consumers;
import io.eventuali.format.EventFormat;
import io.eventuali.http.ApiResource;
import io.eventuali.http.ConsumerAccess;
import io.eventuali.http.Failures;
import io.eventuali.http.FormatParameter;
import io.eventuali.http.OpenAnswers;
import io.eventuali.http.QueryParameters;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.Place;
import io.eventuali.stream.StreamConfig;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.UriInfo;
import java.util.Set;
import org.jboss.resteasy.reactive.RestMulti;
import org.jboss.resteasy.reactive.RestPath;

/**
 * Hands out the events of a durable consumer over Server-Sent Events, as fast as the worker takes them and as far as the consumer's
 * {@code maxInFlight} allows. What a worker holds when its connection ends comes again after its claims have ended.
 */
@Path("/v1/consumers/{name}/stream")
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class ConsumerStreamResource {
    private static final Set<String> PARAMETERS = Set.of("max", "leaseFor", "member", FormatParameter.NAME);

    private final Consumers consumers;
    private final ConsumerAccess access;
    private final FormatParameter formats;
    private final Failures failures;
    private final OpenAnswers answers;
    private final StreamConfig.SubscriptionLimits limits;

    ConsumerStreamResource(
            Consumers consumers,
            ConsumerAccess access,
            FormatParameter formats,
            Failures failures,
            OpenAnswers answers,
            StreamConfig config) {
        this.consumers = consumers;
        this.access = access;
        this.formats = formats;
        this.failures = failures;
        this.answers = answers;
        this.limits = config.subscription();
    }

    @GET
    public RestMulti<byte[]> follow(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        ClaimRequest request = access.claim(parameters, limits.heartbeat());
        EventFormat format = formats.of(parameters);
        boolean headersOnly = SseResource.asksForHeadersOnly(context);
        return RestMulti.fromUniResponse(
                access.worker(name, context)
                        .map(ignored -> answers.open(Place.Kind.CLAIM, "", context, frames(name, request, format), 0))
                        // An outage is told in the stream: after a 503 a browser does not come back.
                        .onFailure(EventStoreException.class)
                        .recoverWithItem(failure -> Multi.createFrom().failure(failure))
                        .onFailure()
                        .transform(failures::answer),
                frames -> headersOnly
                        ? Multi.createFrom().empty()
                        : frames.onFailure().recoverWithItem(this::closing),
                frames -> SseResource.HEADERS);
    }

    private Multi<byte[]> frames(String name, ClaimRequest request, EventFormat format) {
        return Multi.createBy()
                .repeating()
                .uni(() -> consumers.claim(name, request))
                .indefinitely()
                .map(claims -> claims.isEmpty() ? SseFrames.heartbeat() : SseFrames.claims(claims, format));
    }

    private byte[] closing(Throwable failure) {
        return SseFrames.closing(OpenAnswers.reason(failure), SseFrames.jittered(limits.retry()));
    }
}
