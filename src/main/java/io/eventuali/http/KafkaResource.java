package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.kafka.KafkaRelay;
import io.eventuali.kafka.RelayStatus;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** The relay to Kafka. What is asked here is done by its owner, a moment later. */
@Path("/v1/kafka/out")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class KafkaResource {
    private final KafkaRelay relay;

    KafkaResource(KafkaRelay relay) {
        this.relay = relay;
    }

    @GET
    public Uni<RelayView> status(UriInfo uri) {
        QueryParameters.none(uri);
        return required().map(RelayView::of);
    }

    @POST
    @Path("/resume")
    public Uni<Response> resume(UriInfo uri) {
        QueryParameters.none(uri);
        return required().chain(relay::resume).replaceWith(() -> Response.accepted()
                .build());
    }

    private Uni<RelayStatus> required() {
        return relay.status()
                .map(found ->
                        found.orElseThrow(() -> Problems.notFound("relay-not-found", "there is no relay to Kafka")));
    }

    /** How far the relay has come. */
    public record RelayView(
            String name,
            String topic,
            @JsonInclude Long position,
            @JsonInclude String halted) {
        static RelayView of(RelayStatus status) {
            return new RelayView(
                    status.name(),
                    status.topic(),
                    status.position().isPresent() ? status.position().getAsLong() : null,
                    status.halted().orElse(null));
        }
    }
}
