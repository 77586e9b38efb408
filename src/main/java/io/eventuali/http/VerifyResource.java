package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.verify.Verification;
import io.eventuali.verify.Verifications;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Recounts the log. */
@Path("/v1/log/verify")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class VerifyResource {
    private static final Set<String> PARAMETERS = Set.of("from", "to");

    private final Verifications verifications;

    VerifyResource(Verifications verifications) {
        this.verifications = verifications;
    }

    @POST
    public Uni<Response> start(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        long from = parameters.position("from").orElse(0L);
        long to = parameters.position("to").orElse(Long.MAX_VALUE);
        if (to < from) {
            throw Problems.invalid("to", "must not be below from");
        }
        return verifications.start(from, to).chain(started -> {
            if (!started) {
                throw Problems.verifyInProgress();
            }
            return last().map(view -> Response.accepted(view)
                    .header(HttpHeaders.LOCATION, Locations.of(context, 2) + "/log/verify")
                    .build());
        });
    }

    @GET
    public Uni<VerificationView> show(UriInfo uri) {
        QueryParameters.none(uri);
        return last();
    }

    private Uni<VerificationView> last() {
        return verifications.last().map(last -> last.map(VerificationView::of)
                .orElseThrow(() -> Problems.notFound("verification-not-found", "the log has not been recounted yet")));
    }

    /** A recount. */
    public record VerificationView(
            String id,
            String replica,
            String status,
            Instant startedAt,
            Instant updatedAt,
            long from,
            long to,
            long position,
            long allFindings,
            List<FindingView> findings,
            @JsonInclude String reason) {
        /** As clients see it. */
        public static VerificationView of(Verification verification) {
            return new VerificationView(
                    verification.id(),
                    verification.replica(),
                    verification.status().text(),
                    verification.startedAt(),
                    verification.updatedAt(),
                    verification.from(),
                    verification.to(),
                    verification.position(),
                    verification.allFindings(),
                    verification.findings().stream()
                            .map(finding ->
                                    new FindingView(finding.check(), finding.first(), finding.last(), finding.detail()))
                            .toList(),
                    verification.reason().orElse(null));
        }
    }

    /** Something that is not as it should be. */
    public record FindingView(String check, long firstPosition, long lastPosition, String detail) {}
}
