package io.eventuali.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.eventuali.ownership.ReplicaId;
import io.eventuali.security.Access;
import io.eventuali.task.TaskStatus;
import io.eventuali.task.Tasks;
import io.quarkus.resteasy.reactive.server.EndpointDisabled;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;

/** What this replica does again and again, or all the time, and whether it works. */
@Path("/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@ApiResource
@EndpointDisabled(name = "eventuali.http.enabled", stringValue = "false")
public class TaskResource {
    private final Tasks tasks;
    private final String replica;

    TaskResource(Tasks tasks, ReplicaId replica) {
        this.tasks = tasks;
        this.replica = replica.value();
    }

    @GET
    public TaskList list(UriInfo uri, RoutingContext context) {
        QueryParameters.none(uri);
        FailureSight sight = FailureSight.ofAnything(Access.of(context));
        return new TaskList(
                replica,
                tasks.list().stream().map(task -> TaskView.of(task, sight)).toList());
    }

    /** The tasks of one replica. */
    public record TaskList(String replica, List<TaskView> tasks) {}

    /** One task. */
    public record TaskView(
            String task,
            @JsonInclude String instance,
            String status,
            long failures,
            @JsonInclude Instant failingSince,
            @JsonInclude String reason) {
        static TaskView of(TaskStatus task, FailureSight sight) {
            return new TaskView(
                    task.task(),
                    task.instance().isEmpty() ? null : task.instance(),
                    task.failing() ? "failing" : "working",
                    task.failures(),
                    task.failingSince().orElse(null),
                    sight.of(task.reason()));
        }
    }
}
