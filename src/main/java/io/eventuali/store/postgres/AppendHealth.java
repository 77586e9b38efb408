package io.eventuali.store.postgres;

import io.eventuali.store.engine.Appendable;
import io.eventuali.task.Task;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether an append would work, as the last append or probe found it. Written by one thread, read by any. */
final class AppendHealth {
    /** A statement that has no answer for so long counts as a failure, whatever becomes of it. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Task task;
    private final Supplier<Optional<String>> shortage;
    private volatile Found found = new Found(false, "no append was tried yet", System.nanoTime());
    private volatile long askedNanos;
    private volatile boolean asking;

    AppendHealth(Task task, Supplier<Optional<String>> shortage) {
        this.task = task;
        this.shortage = shortage;
    }

    /** A statement is under way. */
    void asks() {
        askedNanos = System.nanoTime();
        asking = true;
    }

    /** It is not any more. */
    void answered() {
        asking = false;
    }

    void works() {
        task.worked();
        found = new Found(true, "", System.nanoTime());
    }

    void fails(Throwable cause) {
        task.failed(cause);
        found = new Found(false, Task.reason(cause), System.nanoTime());
    }

    boolean workedWithin(Duration time) {
        Found last = found;
        return last.works() && System.nanoTime() - last.nanos() < time.toNanos();
    }

    Appendable state() {
        Found last = found;
        boolean late = asking && System.nanoTime() - askedNanos > PATIENCE.toNanos();
        String reason = late ? "the database has not answered for " + PATIENCE.toSeconds() + " s" : last.reason();
        return new Appendable(
                last.works() && !late,
                shortage.get().filter(why -> !last.works()).orElse(reason));
    }

    private record Found(boolean works, String reason, long nanos) {}
}
