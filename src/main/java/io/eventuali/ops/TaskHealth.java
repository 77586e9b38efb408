package io.eventuali.ops;

import io.eventuali.security.SecurityMode;
import io.eventuali.task.Failure;
import io.eventuali.task.TaskStatus;
import io.eventuali.task.Tasks;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Names the tasks whose last attempt failed, and why. It never makes a replica unready: the others go on, and this one is tried again. */
@Readiness
@ApplicationScoped
class TaskHealth implements HealthCheck {
    private final Tasks tasks;
    private final SecurityMode security;

    TaskHealth(Tasks tasks, SecurityMode security) {
        this.tasks = tasks;
        this.security = security;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder health = HealthCheckResponse.named("tasks").up();
        tasks.list().stream()
                .filter(TaskStatus::failing)
                .forEach(task -> health.withData(
                        task.instance().isEmpty() ? task.task() : task.task() + " " + task.instance(),
                        task.reason().map(this::shown).orElse("")));
        return health.build();
    }

    /** Not every operator may read what a text of a failure may quote; here it is not known who asks. */
    private String shown(Failure failure) {
        return security.isEnabled() ? failure.kind() : failure.text();
    }
}
