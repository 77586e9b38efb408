package io.eventuali.http.sse;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.eventuali.format.Json;
import io.eventuali.http.ApiResource;
import io.eventuali.http.Failures;
import io.eventuali.http.OpenAnswers;
import io.eventuali.http.QueryParameters;
import io.eventuali.http.VerifyResource.VerificationView;
import io.eventuali.store.EventStoreException;
import io.eventuali.stream.Place;
import io.eventuali.stream.StreamConfig;
import io.eventuali.verify.Verification;
import io.eventuali.verify.Verification.Status;
import io.eventuali.verify.Verifications;
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
import org.jboss.resteasy.reactive.RestMulti;

/** Follows a recount of the log over Server-Sent Events: a frame a second, the last one with what was found. */
@Path("/v1/log/verify/stream")
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class VerifyStreamResource {
    private final Verifications verifications;
    private final Failures failures;
    private final OpenAnswers answers;
    private final StreamConfig.SubscriptionLimits limits;

    VerifyStreamResource(Verifications verifications, Failures failures, OpenAnswers answers, StreamConfig config) {
        this.verifications = verifications;
        this.failures = failures;
        this.answers = answers;
        this.limits = config.subscription();
    }

    @GET
    public RestMulti<byte[]> follow(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        boolean headersOnly = SseResource.asksForHeadersOnly(context);
        return RestMulti.fromUniResponse(
                verifications
                        .last()
                        .map(last -> last.map(first -> answers.open(Place.Kind.WAIT, "", context, frames(first), 0)))
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

    private byte[] closing(Throwable failure) {
        return SseFrames.closing(OpenAnswers.reason(failure), SseFrames.jittered(limits.retry()));
    }

    private Multi<byte[]> frames(Verification first) {
        Verification[] at = {first};
        return Looks.eachSecond(
                () -> frame(Optional.of(first), at),
                () -> verifications.last().map(last -> frame(last, at)),
                () -> at[0] != null);
    }

    /** One that has ended, or given way to another, is the last. */
    private static byte[] frame(Optional<Verification> now, Verification[] at) {
        Verification shown = now.filter(one -> one.id().equals(at[0].id())).orElse(at[0]);
        boolean goesOn = now.isPresent() && now.get() == shown && shown.status() == Status.RUNNING;
        at[0] = goesOn ? shown : null;
        try {
            return SseFrames.verification(
                    goesOn ? "progress" : "ended",
                    shown.position(),
                    Json.MAPPER.writeValueAsString(VerificationView.of(shown)));
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
