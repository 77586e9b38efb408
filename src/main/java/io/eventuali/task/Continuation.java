package io.eventuali.task;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Work that is to go on all the time: every end of it, however it comes, leads to a new beginning. It works when it says so, or when it has
 * gone on for a while.
 */
final class Continuation implements Cancellable {
    private static final Duration STEADY = Duration.ofSeconds(20);

    private final Tasks tasks;
    private final Task task;
    private final Supplier<Multi<?>> work;
    private volatile boolean cancelled;
    private volatile Cancellable running = () -> {};
    private volatile Future<?> steady = CompletableFuture.completedFuture(null);

    Continuation(Tasks tasks, Task task, Supplier<Multi<?>> work) {
        this.tasks = tasks;
        this.task = task;
        this.work = work;
    }

    void start() {
        if (cancelled) {
            return;
        }
        AtomicBoolean ended = new AtomicBoolean();
        steady = tasks.alarm(STEADY, task::worked);
        try {
            running = work.get()
                    .subscribe()
                    .with(
                            item -> task.worked(),
                            failure -> again(ended, failure),
                            () -> again(ended, new EndedException()));
        } catch (Throwable failure) {
            again(ended, failure);
        }
        if (cancelled) {
            running.cancel();
        }
    }

    private void again(AtomicBoolean ended, Throwable failure) {
        if (!cancelled && ended.compareAndSet(false, true)) {
            steady.cancel(false);
            tasks.after(task.failed(failure), this::start);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        steady.cancel(false);
        running.cancel();
        task.close();
    }

    /** Work that was to go on has ended. */
    private static final class EndedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EndedException() {
            super("it ended, though it should go on", null, false, false);
        }
    }
}
