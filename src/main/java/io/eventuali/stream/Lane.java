package io.eventuali.stream;

import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * The subscribers of one executor, such as an event loop. However many of them an event concerns, and however many events come
 * while the lane is busy, there is one task: so pieces grow under load and are small, and immediate, without it.
 */
final class Lane {
    private static final Logger LOG = Logger.getLogger(Lane.class);
    /** Subscribers served in one turn; then other tasks of the executor, such as requests, come to theirs. */
    private static final int TURN = 64;

    private final Executor executor;
    private final Queue<Seats> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private Iterator<SubscriptionCursor> current;
    private int members;

    Lane(Executor executor) {
        this.executor = executor;
    }

    /** Lets every subscriber of these seats look for what is new, soon. */
    void wake(Seats seats) {
        if (seats.ring()) {
            waiting.add(seats);
            schedule();
        }
    }

    /** Counts a subscriber in. Called by one thread at a time, as is {@link #leave}. */
    Lane join() {
        members++;
        return this;
    }

    /** Counts a subscriber out and tells whether it was the last. */
    boolean leave() {
        members--;
        return members == 0;
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            execute();
        }
    }

    private void execute() {
        try {
            executor.execute(this::turn);
        } catch (RejectedExecutionException stopped) {
            // At the end of the process: there is nobody left to call these subscribers.
            LOG.debug("a lane is closed", stopped);
        }
    }

    /** Only one turn is scheduled at a time, so {@link #current} has one owner after the other. */
    private void turn() {
        for (int served = 0; served < TURN; served++) {
            SubscriptionCursor cursor = next();
            if (cursor == null) {
                scheduled.set(false);
                if (!waiting.isEmpty()) {
                    schedule();
                }
                return;
            }
            cursor.look();
        }
        execute();
    }

    private SubscriptionCursor next() {
        while (current == null || !current.hasNext()) {
            Seats seats = waiting.poll();
            if (seats == null) {
                current = null;
                return null;
            }
            current = seats.answer();
        }
        return current.next();
    }
}
