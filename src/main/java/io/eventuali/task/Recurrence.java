package io.eventuali.task;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Work that is done now and then. One time ends before the next begins, and every end, however it comes, leads to a next time. */
final class Recurrence implements Cancellable {
    private final Tasks tasks;
    private final Task task;
    private final Rhythm rhythm;
    private final Supplier<Uni<Void>> work;
    private volatile boolean cancelled;
    private volatile Cancellable running = () -> {};
    private volatile Future<?> limit = CompletableFuture.completedFuture(null);

    Recurrence(Tasks tasks, Task task, Rhythm rhythm, Supplier<Uni<Void>> work) {
        this.tasks = tasks;
        this.task = task;
        this.rhythm = rhythm;
        this.work = work;
    }

    void start() {
        tasks.after(Duration.ZERO, this::once);
    }

    private void once() {
        if (cancelled) {
            return;
        }
        long began = System.nanoTime();
        // Of an end and a throw on the way to it, one counts.
        AtomicBoolean ended = new AtomicBoolean();
        try {
            Cancellable once = work.get()
                    .subscribe()
                    .with(done -> next(ended, began, null), failure -> next(ended, began, failure));
            running = once;
            if (!ended.get()) {
                limit = tasks.alarm(rhythm.timeout(), () -> {
                    once.cancel();
                    next(ended, began, new NoEndException(rhythm.timeout()));
                });
            }
        } catch (Throwable failure) {
            next(ended, began, failure);
        }
    }

    private void next(AtomicBoolean ended, long began, Throwable failure) {
        if (cancelled || !ended.compareAndSet(false, true)) {
            return;
        }
        limit.cancel(false);
        Duration wait = rhythm.period();
        if (failure == null) {
            task.worked();
        } else {
            wait = task.failed(failure);
        }
        Duration left = wait.minusNanos(System.nanoTime() - began);
        tasks.after(left.isNegative() ? Duration.ZERO : left, this::once);
    }

    @Override
    public void cancel() {
        cancelled = true;
        limit.cancel(false);
        running.cancel();
        task.close();
    }

    /** An attempt that has not ended. */
    private static final class NoEndException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoEndException(Duration after) {
            super("no end after " + after, null, false, false);
        }
    }
}
