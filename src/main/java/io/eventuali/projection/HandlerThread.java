package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Runs a projection's handlers on worker threads, one piece of work at a time, and gives up on a handler that does not answer. */
final class HandlerThread {
    private final Executor workers;
    private final Duration timeout;
    private final Progress progress;
    private volatile Work<?> running;

    HandlerThread(Executor workers, Duration timeout, Progress progress) {
        this.workers = workers;
        this.timeout = timeout;
        this.progress = progress;
    }

    <T> Uni<T> run(Supplier<T> task) {
        return Uni.createFrom().emitter(emitter -> {
            Work<T> work = new Work<>(task, emitter);
            running = work;
            workers.execute(work::run);
        });
    }

    /** To be called now and then: fails work whose handler is over its time, and interrupts it. */
    void watch() {
        Progress.At stuck = progress.stuckFor(timeout.toNanos());
        Work<?> work = running;
        if (stuck != null && work != null) {
            work.abandon(new HandlerFailure(
                    stuck.position(),
                    stuck.eventType(),
                    "handler-timeout",
                    "the handler did not answer within " + timeout));
        }
    }

    /** A task on its thread. */
    private static final class Work<T> {
        private final Supplier<T> task;
        private final UniEmitter<? super T> emitter;
        private Thread thread;
        private boolean abandoned;

        Work(Supplier<T> task, UniEmitter<? super T> emitter) {
            this.task = task;
            this.emitter = emitter;
        }

        void run() {
            synchronized (this) {
                thread = Thread.currentThread();
            }
            T result = null;
            Throwable failure = null;
            try {
                result = task.get();
            } catch (RuntimeException | Error failed) {
                failure = failed;
            }
            synchronized (this) {
                thread = null;
                if (abandoned) {
                    // The thread goes back to its pool, for work that nobody has given up.
                    Thread.interrupted();
                    return;
                }
            }
            if (failure == null) {
                emitter.complete(result);
            } else {
                emitter.fail(failure);
            }
        }

        /** What the task answers later is not heard any more. */
        void abandon(HandlerFailure failure) {
            synchronized (this) {
                if (thread == null) {
                    return;
                }
                // First: a handler that takes the interrupt for an answer must not be heard.
                abandoned = true;
                thread.interrupt();
            }
            emitter.fail(failure);
        }
    }
}
