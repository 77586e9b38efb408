package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.store.engine.Backend;
import io.eventuali.store.engine.Blocker;
import io.eventuali.store.engine.LogInspection;
import io.eventuali.store.engine.LogOverview;
import io.eventuali.store.engine.LogOverview.Contents;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The log at a glance: how large it is, and who holds it up. */
@Path("/v1/log")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class LogOverviewResource {
    private final LogInspection log;

    LogOverviewResource(LogInspection log) {
        this.log = log;
    }

    @GET
    public Uni<LogView> overview(UriInfo uri) {
        QueryParameters.none(uri);
        return log.overview().map(LogView::of);
    }

    /** The log. */
    @JsonInclude
    public record LogView(
            long position,
            String epoch,
            String origin,
            Instant since,
            long events,
            Instant oldest,
            Instant newest,
            Long bytes,
            Double bytesPerEvent,
            BackendView holder,
            List<BlockerView> blockers) {
        static LogView of(LogOverview log) {
            Optional<Contents> contents = log.contents();
            return new LogView(
                    log.position(),
                    log.epoch(),
                    contents.map(Contents::origin).orElse(null),
                    contents.map(Contents::since).orElse(null),
                    log.position(),
                    contents.flatMap(Contents::oldest).orElse(null),
                    contents.flatMap(Contents::newest).orElse(null),
                    contents.map(Contents::bytes).orElse(null),
                    contents.filter(known -> log.position() > 0)
                            .map(known -> Math.round(10.0 * known.bytes() / log.position()) / 10.0)
                            .orElse(null),
                    log.holder().map(BackendView::of).orElse(null),
                    log.blockers().stream().map(BlockerView::of).toList());
        }
    }

    /** A session of the database. What the role of the service may not see is empty, and the age null. */
    @JsonInclude
    public record BackendView(
            int pid, String application, String user, String client, String state, Double ageSeconds) {
        static BackendView of(Backend backend) {
            return new BackendView(
                    backend.pid(),
                    backend.application(),
                    backend.user(),
                    backend.client(),
                    backend.state(),
                    backend.age().isPresent() ? backend.age().getAsDouble() : null);
        }
    }

    /** A session for whose lock replicas wait. */
    public record BlockerView(BackendView backend, List<String> waiting, double waitedSeconds) {
        static BlockerView of(Blocker blocker) {
            return new BlockerView(BackendView.of(blocker.backend()), blocker.waiting(), blocker.waited());
        }
    }
}
