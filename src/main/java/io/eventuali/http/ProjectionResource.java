package io.eventuali.http;

import io.eventuali.http.ProjectionView.ProjectionList;
import io.eventuali.projection.ProjectionOperations;
import io.eventuali.security.Access;
import io.eventuali.security.Grant;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.jboss.resteasy.reactive.RestPath;

/** How projections are doing; halts them and lets them go on. */
@Path("/v1/projections")
@Produces(MediaType.APPLICATION_JSON)
public class ProjectionResource {
    private final ProjectionOperations projections;

    ProjectionResource(ProjectionOperations projections) {
        this.projections = projections;
    }

    @GET
    public Uni<ProjectionList> list(RoutingContext context) {
        Grant grant = Access.of(context).grant();
        return projections
                .list()
                .map(all -> new ProjectionList(all.stream()
                        .filter(projection -> grant.acceptsProjection(projection.name()))
                        .map(ProjectionView::of)
                        .toList()));
    }

    @GET
    @Path("/{name}")
    public Uni<ProjectionView> one(@RestPath String name) {
        requireProjection(projections, name);
        return projections.status(name).map(ProjectionView::of);
    }

    @POST
    @Path("/{name}/pause")
    public Uni<ProjectionView> pause(@RestPath String name) {
        requireProjection(projections, name);
        return projections.pause(name).chain(paused -> {
            if (!paused) {
                throw Problems.notPausable(name);
            }
            return one(name);
        });
    }

    @POST
    @Path("/{name}/resume")
    public Uni<ProjectionView> resume(@RestPath String name) {
        requireProjection(projections, name);
        return projections.resume(name).chain(() -> one(name));
    }

    static void requireProjection(ProjectionOperations projections, String name) {
        if (!projections.exists(name)) {
            throw Problems.notFound("projection-not-found", "there is no projection " + Problems.shown(name));
        }
    }
}
