package io.eventuali.http;

import io.eventuali.http.ProjectionView.HistoryView;
import io.eventuali.http.ProjectionView.ProjectionList;
import io.eventuali.http.ProjectionView.RebuildView;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.RestPath;

/** How projections are doing; halts them and lets them go on. */
@Path("/v1/projections")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class ProjectionResource {
    private static final int DEFAULT_HISTORY = 20;
    private static final int MAX_HISTORY = 100;

    private final ProjectionOperations projections;

    ProjectionResource(ProjectionOperations projections) {
        this.projections = projections;
    }

    @GET
    public Uni<ProjectionList> list(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        Access access = Access.of(context);
        Grant grant = access.grant();
        FailureSight sight = FailureSight.of(access);
        return projections
                .list()
                .map(all -> new ProjectionList(all.stream()
                        .filter(projection -> grant.acceptsProjection(projection.name()))
                        .map(projection -> ProjectionView.of(projection, sight))
                        .toList()));
    }

    @GET
    @Path("/{name}")
    public Uni<ProjectionView> one(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireProjection(projections, name);
        return view(name, context);
    }

    private Uni<ProjectionView> view(String name, RoutingContext context) {
        FailureSight sight = FailureSight.of(Access.of(context));
        return projections.status(name).map(status -> ProjectionView.of(status, sight));
    }

    @POST
    @Path("/{name}/pause")
    public Uni<ProjectionView> pause(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireProjection(projections, name);
        return projections.pause(name, by(context)).chain(paused -> {
            if (!paused) {
                throw Problems.notPausable(name);
            }
            return view(name, context);
        });
    }

    @POST
    @Path("/{name}/resume")
    public Uni<ProjectionView> resume(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireProjection(projections, name);
        return projections.resume(name, by(context)).chain(() -> view(name, context));
    }

    /** Builds all documents anew beside those that are served; progress is in the projection's {@code rebuild}. */
    @POST
    @Path("/{name}/rebuild")
    public Uni<Response> rebuild(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireStored(name);
        if (!projections.isRebuildable(name)) {
            throw Problems.notRebuildable(name);
        }
        return projections.rebuild(name, by(context)).chain(begun -> {
            if (!begun) {
                throw Problems.rebuildInProgress(name);
            }
            return view(name, context).map(view -> Response.accepted(view).build());
        });
    }

    /** How far a rebuild is. */
    @GET
    @Path("/{name}/rebuild")
    public Uni<RebuildView> progress(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        return view(name, context).map(view -> {
            if (view.rebuild() == null) {
                throw noRebuild(name);
            }
            return view.rebuild();
        });
    }

    /** Throws away what is being built. */
    @DELETE
    @Path("/{name}/rebuild")
    public Uni<Void> discardRebuild(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireStored(name);
        return projections
                .discardRebuild(name, by(context))
                .invoke(discarded -> {
                    if (!discarded) {
                        throw noRebuild(name);
                    }
                })
                .replaceWithVoid();
    }

    /** Throws all documents away and begins anew. */
    @POST
    @Path("/{name}/reset")
    public Uni<Response> reset(@RestPath String name, UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        requireStored(name);
        return projections
                .reset(name, by(context))
                .chain(() -> view(name, context))
                .map(view -> Response.accepted(view).build());
    }

    private static Optional<String> by(RoutingContext context) {
        return Optional.of(Access.of(context).principal().text());
    }

    /** When it started and stopped, and what operators did, newest first. */
    @GET
    @Path("/{name}/history")
    public Uni<HistoryView> history(@RestPath String name, UriInfo uri, RoutingContext context) {
        requireProjection(projections, name);
        int limit = new QueryParameters(uri, Set.of("limit")).number("limit", DEFAULT_HISTORY, MAX_HISTORY);
        FailureSight sight = FailureSight.of(Access.of(context));
        return projections.history(name, limit).map(lines -> HistoryView.of(lines, sight));
    }

    private void requireStored(String name) {
        requireProjection(projections, name);
        if (projections.isInMemory(name)) {
            throw Problems.notPausable(name);
        }
    }

    private static Problem noRebuild(String name) {
        return Problems.notFound("rebuild-not-found", "no rebuild of " + Problems.shown(name) + " is under way");
    }

    /** Refuses names that the application has no projection for. */
    public static void requireProjection(ProjectionOperations projections, String name) {
        if (!projections.exists(name)) {
            throw Problems.notFound("projection-not-found", "there is no projection " + Problems.shown(name));
        }
    }
}
