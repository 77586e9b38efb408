package io.eventuali.http;

import io.eventuali.http.IncidentResource.EffectSight;
import io.eventuali.http.IncidentResource.IncidentView;
import io.eventuali.security.Access;
import io.eventuali.store.engine.Incidents;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.resteasy.reactive.RestPath;

/** What engines do about rows of the log that cannot be read. */
@Path("/v1/log/damages/{position}")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class DamageResource {
    private final Incidents incidents;

    DamageResource(Incidents incidents) {
        this.incidents = incidents;
    }

    /** Has projections, sagas and the relay to Kafka go on behind the damage at a position. */
    @POST
    @Path("/skip")
    public Uni<IncidentView> skip(@RestPath String position, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        long at = QueryParameters.position("position", position);
        Access access = Access.of(context);
        return incidents
                .skip(at, access.principal().text())
                .map(found -> IncidentView.of(
                        found.orElseThrow(() -> Problems.notFound(
                                "damage-not-found", "no reader has come to damage at position " + at)),
                        EffectSight.of(access)));
    }
}
