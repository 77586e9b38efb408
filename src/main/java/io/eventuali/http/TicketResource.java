package io.eventuali.http;

import io.eventuali.security.Access;
import io.eventuali.security.AccessRefusedException;
import io.eventuali.security.Ticket;
import io.eventuali.security.Tickets;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;

/** Gives out tickets, with which a browser's {@code EventSource} opens one stream. */
@Path("/v1/tickets")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class TicketResource {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Tickets tickets;

    TicketResource(Tickets tickets) {
        this.tickets = tickets;
    }

    @POST
    public Uni<Response> issue(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        return tickets.issue(Access.of(context))
                .map(TicketResource::answer)
                .onFailure(AccessRefusedException.class)
                .transform(away -> Problems.storeUnavailable(away.getMessage(), RETRY_AFTER));
    }

    private static Response answer(Ticket ticket) {
        return Response.status(Response.Status.CREATED)
                .entity(new TicketResponse(ticket.ticket(), ticket.expiresAt().toString()))
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .build();
    }

    /** A ticket. */
    @RegisterForReflection
    public record TicketResponse(String ticket, String expiresAt) {}
}
