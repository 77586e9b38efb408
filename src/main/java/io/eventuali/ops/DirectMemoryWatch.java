package io.eventuali.ops;

import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Ends the process when memory outside the heap has run out, as the JVM does when the heap has. That memory is counted by libraries, whose
 * errors {@code -XX:+ExitOnOutOfMemoryError} does not see, and no connection works without it; so a small part of it is taken now and then.
 */
@Singleton
class DirectMemoryWatch {
    private static final Logger LOG = Logger.getLogger(DirectMemoryWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int PROBE_BYTES = 1 << 20;
    /** That of {@code -XX:+ExitOnOutOfMemoryError}. */
    private static final int EXIT_CODE = 3;

    private final Tasks tasks;
    private final Runnable probe;
    private final Runnable end;
    private Cancellable ticker = () -> {};

    DirectMemoryWatch(Tasks tasks) {
        this(
                tasks,
                () -> UnpooledByteBufAllocator.DEFAULT.directBuffer(PROBE_BYTES).release(),
                () -> Runtime.getRuntime().halt(EXIT_CODE));
    }

    DirectMemoryWatch(Tasks tasks, Runnable probe, Runnable end) {
        this.tasks = tasks;
        this.probe = probe;
        this.end = end;
    }

    void start(@Observes StartupEvent started) {
        ticker = tasks.tick("direct-memory", Rhythm.steady(PERIOD, TIMEOUT), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    void look() {
        try {
            probe.run();
        } catch (OutOfMemoryError out) {
            LOG.fatalf("memory outside the heap has run out, ending: %s", out.getMessage());
            end.run();
        }
    }
}
