package io.eventuali.stream;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Runs short tasks on as few threads of another executor as that takes. Waking a thread costs more than most of these tasks do,
 * so there is never more than one on its way, and a thread that is here takes one task after the other. Before it begins one, it
 * sees to it that another thread comes if more are waiting: so a task that takes its time keeps no other from running.
 */
final class SharedThreads implements Executor {
    private static final Logger LOG = Logger.getLogger(SharedThreads.class);

    private final Executor threads;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean coming = new AtomicBoolean();

    SharedThreads(Executor threads) {
        this.threads = threads;
    }

    @Override
    public void execute(Runnable task) {
        waiting.add(task);
        call();
    }

    private void call() {
        if (coming.compareAndSet(false, true)) {
            try {
                threads.execute(this::work);
            } catch (RejectedExecutionException stopped) {
                coming.set(false);
                throw stopped;
            }
        }
    }

    private void work() {
        // What is added from now on calls a thread of its own, so that nothing waits for nobody.
        coming.set(false);
        for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
            if (!waiting.isEmpty()) {
                callIfPossible();
            }
            task.run();
        }
    }

    /** If no other thread can come, the tasks are this one's, one after the other; none is given up. */
    private void callIfPossible() {
        try {
            call();
        } catch (RejectedExecutionException full) {
            LOG.debug("no other thread for a local consumer", full);
        }
    }
}
