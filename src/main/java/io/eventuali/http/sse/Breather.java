package io.eventuali.http.sse;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.TimeUnit;

/**
 * When an event loop that writes large pieces to many connections has to let others have their turn. It looks for what has come in only
 * after dozens of tasks, so one that goes on must come later: after a break.
 */
final class Breather {
    /** Before a piece goes on. */
    static final long BREAK_MILLIS = 1;

    private static final long WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final FastThreadLocal<Breather> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected Breather initialValue() {
            return new Breather();
        }
    };

    private long begun = System.nanoTime();

    private Breather() {}

    /** Whether the event loop of this thread may write the next slice at once. */
    static boolean mayGoOn() {
        return OF_THREAD.get().mayGoOn(System.nanoTime());
    }

    private boolean mayGoOn(long now) {
        if (now - begun > PERIOD_NANOS) {
            begun = now;
        }
        return now - begun < WORK_NANOS;
    }
}
