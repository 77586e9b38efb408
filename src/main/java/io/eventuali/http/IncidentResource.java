package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.identity.Replacement.Effect;
import io.eventuali.security.Access;
import io.eventuali.store.LogDamage;
import io.eventuali.store.engine.Incident;
import io.eventuali.store.engine.Incidents;
import io.eventuali.store.engine.SkippedDamage;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** When the log was found to be another one than it was and what that means for others, and where it is damaged. */
@Path("/v1/log/incidents")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class IncidentResource {
    private static final Set<String> PARAMETERS = Set.of("before", "limit");
    private static final int DEFAULT_LIMIT = 10;
    private static final int MAX_LIMIT = 100;

    private final Incidents incidents;

    IncidentResource(Incidents incidents) {
        this.incidents = incidents;
    }

    @GET
    public Uni<IncidentPage> list(UriInfo uri, RoutingContext context) {
        QueryParameters parameters = new QueryParameters(uri, PARAMETERS);
        long before = parameters.position("before").orElse(Long.MAX_VALUE);
        int limit = parameters.number("limit", DEFAULT_LIMIT, MAX_LIMIT);
        return incidents
                .list(before, limit + 1)
                .map(found -> IncidentPage.of(found, limit, EffectSight.of(Access.of(context))));
    }

    /** A page of incidents, the newest first; {@code next} goes into {@code before} for the next one. */
    public record IncidentPage(
            List<IncidentView> incidents, @JsonInclude Long next) {
        /** @param found one more than the limit if there is another page */
        static IncidentPage of(List<Incident> found, int limit, EffectSight sight) {
            return new IncidentPage(
                    found.stream()
                            .limit(limit)
                            .map(incident -> IncidentView.of(incident, sight))
                            .toList(),
                    found.size() > limit ? found.get(limit - 1).id() : null);
        }
    }

    /** An incident. */
    public record IncidentView(
            long id,
            Instant at,
            String reason,
            String from,
            String to,
            long position,
            long lost,
            List<EffectView> effects,
            long allEffects,
            @JsonInclude DamageView damage) {
        static IncidentView of(Incident incident, EffectSight sight) {
            return new IncidentView(
                    incident.id(),
                    incident.at(),
                    incident.reason(),
                    incident.from(),
                    incident.to(),
                    incident.position(),
                    incident.lost(),
                    incident.effects().stream().map(sight::of).toList(),
                    incident.allEffects(),
                    incident.damage()
                            .map(damage -> DamageView.of(damage, incident.skipped()))
                            .orElse(null));
        }
    }

    /** Rows of the log that cannot be read, and who said since when that engines go on behind them. */
    public record DamageView(
            long firstPosition,
            long lastPosition,
            String reason,
            @JsonInclude Instant skippedAt,
            @JsonInclude String skippedBy) {
        static DamageView of(LogDamage damage, Optional<SkippedDamage> skipped) {
            return new DamageView(
                    damage.first(),
                    damage.last(),
                    damage.reason().text(),
                    skipped.map(SkippedDamage::at).orElse(null),
                    skipped.map(SkippedDamage::by).orElse(null));
        }
    }

    /** What an incident means for somebody. */
    public record EffectView(String kind, String name, long position, String detail) {}

    /** Ids of lost events, and their streams, are for those who may read everything; names of sagas for those who may see all of them. */
    static final class EffectSight {
        private final boolean events;
        private final boolean sagas;

        private EffectSight(boolean events, boolean sagas) {
            this.events = events;
            this.sagas = sagas;
        }

        static EffectSight of(Access access) {
            return new EffectSight(
                    FailureSight.ofAnything(access).texts(), access.grant().isUnrestricted());
        }

        EffectView of(Effect effect) {
            boolean shown =
                    switch (effect.kind()) {
                        case "event" -> events;
                        case "saga" -> sagas;
                        default -> true;
                    };
            return new EffectView(
                    effect.kind(), shown ? effect.name() : "", effect.position(), shown ? effect.detail() : "");
        }
    }
}
