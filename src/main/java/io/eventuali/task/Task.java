package io.eventuali.task;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * What is known of one task. Who does the work says after each time whether it went well; the first failure is logged with its
 * reason, and so is the end of the failures, but none in between. Thread-safe.
 */
public final class Task implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Task.class);
    private static final int MAX_DOUBLINGS = 20;
    private static final int MAX_REASON = 500;

    private final Tasks owner;
    private final String name;
    private final String instance;
    private final Duration first;
    private final Duration longest;
    private long failures;
    private int inARow;
    private volatile Instant failingSince;
    private Failure reason;

    Task(Tasks owner, String name, String instance, Duration first, Duration longest) {
        this.owner = owner;
        this.name = name;
        this.instance = instance;
        this.first = first;
        this.longest = longest;
    }

    String name() {
        return name;
    }

    boolean isFailing() {
        return failingSince != null;
    }

    /** It worked. Costs next to nothing while nothing has failed before. */
    public void worked() {
        if (failingSince != null) {
            recovered();
        }
    }

    private synchronized void recovered() {
        if (failingSince != null) {
            LOG.infof(
                    "%s works again failures=%d after=%s",
                    label(), inARow, Duration.between(failingSince, Instant.now()));
            failingSince = null;
            reason = null;
            inARow = 0;
        }
    }

    /**
     * It failed.
     *
     * @return how long to wait before it is tried again: longer each time, up to a limit
     */
    public synchronized Duration failed(Throwable failure) {
        failures++;
        owner.countFailure(name);
        Duration wait = first.multipliedBy(1L << Math.min(inARow++, MAX_DOUBLINGS));
        reason = Failure.of(failure);
        if (failingSince == null) {
            failingSince = Instant.now();
            String says = "%s fails, and is tried again: %s".formatted(label(), reason.text());
            if (isBug(failure)) {
                LOG.error(says, failure);
            } else {
                LOG.warn(says);
            }
        }
        return wait.compareTo(longest) < 0 ? wait : longest;
    }

    /**
     * Does work on this thread until told to stop. Whatever it throws, an {@link Error} included, costs a wait, not the loop. An
     * interruption ends a wait.
     *
     * @param work returns when there is nothing to go on with, and is called again then
     */
    public void loop(BooleanSupplier stopped, Work work) {
        while (!stopped.getAsBoolean()) {
            try {
                work.run();
            } catch (InterruptedException interrupted) {
                // Asked to look whether it is to stop.
                continue;
            } catch (Throwable failure) {
                if (!stopped.getAsBoolean()) {
                    sleep(failed(failure));
                }
            }
        }
    }

    private static void sleep(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException interrupted) {
            LOG.debug("interrupted while it waited");
        }
    }

    /** It is not done any more, and forgotten. */
    @Override
    public void close() {
        owner.forget(this);
    }

    synchronized TaskStatus status() {
        return new TaskStatus(
                name,
                instance,
                failures,
                Optional.ofNullable(failingSince),
                failingSince == null ? Optional.empty() : Optional.of(reason));
    }

    private String label() {
        return "task=" + name + (instance.isEmpty() ? "" : " instance=" + instance);
    }

    /** What the JDK throws is nobody's answer: its stack is worth its lines. */
    private static boolean isBug(Throwable failure) {
        return failure.getClass().getPackageName().equals("java.lang") && !(failure instanceof IllegalStateException);
    }

    /** What a failure and its causes say, each once, in one line. */
    public static String reason(Throwable failure) {
        List<String> says = new ArrayList<>();
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < MAX_DOUBLINGS; cause = cause.getCause(), depth++) {
            String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            String one = isBug(cause) ? cause.getClass().getSimpleName() + " " + message : message;
            if (says.stream().noneMatch(said -> said.contains(one))) {
                says.add(one);
            }
        }
        String all = String.join(": ", says).replaceAll("\\s+", " ");
        return all.length() > MAX_REASON ? all.substring(0, MAX_REASON) + "…" : all;
    }

    /** Work that blocks. */
    @FunctionalInterface
    public interface Work {
        /** Does it. */
        void run() throws InterruptedException;
    }
}
