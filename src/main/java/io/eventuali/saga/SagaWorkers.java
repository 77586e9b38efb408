package io.eventuali.saga;

import io.smallrye.mutiny.infrastructure.Infrastructure;
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

    SagaWorkers() {
        // Nearly every time-out is cancelled; the clock of Mutiny would keep it, and the saga with it, until it is due.
        clock.setRemoveOnCancelPolicy(true);
        // What is due after the application has stopped is another replica's.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    @Override
    public void execute(Runnable work) {
        workers.execute(work);
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
