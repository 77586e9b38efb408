package io.eventuali.saga;

import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The worker threads of the application, and a clock that starts work on them. */
@Singleton
class SagaWorkers implements Executor {
    private final Executor workers = Infrastructure.getDefaultExecutor();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "eventuali-saga-clock");
        thread.setDaemon(true);
        return thread;
    });

    private final VertxInternal vertx;

    SagaWorkers(Vertx vertx) {
        this.vertx = (VertxInternal) vertx;
        // Nearly every time-out is cancelled; the clock of Mutiny would keep it, and the saga with it, until it is due.
        clock.setRemoveOnCancelPolicy(true);
        // What is due after the application has stopped is another replica's.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    @Override
    public void execute(Runnable work) {
        workers.execute(work);
    }

    /**
     * Has an action called on a worker thread, on a Vert.x context of its own: what the action leaves there goes with the calls that
     * it makes through clients of Vert.x and Quarkus.
     */
    void act(Runnable action) {
        // Not the context of the caller's thread, which has nothing to do with the action.
        VertxContext.createNewDuplicatedContext(vertx.createEventLoopContext())
                .executeBlocking(
                        () -> {
                            action.run();
                            return null;
                        },
                        false);
    }

    /** Has the work done on a worker thread after a while. */
    void after(long millis, Runnable work) {
        alarm(millis, () -> workers.execute(work));
    }

    /** Calls somebody, who has to return at once, after a while: also when every worker is held up by an action. */
    ScheduledFuture<?> alarm(long millis, Runnable call) {
        return clock.schedule(call, millis, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        clock.shutdownNow();
    }
}
