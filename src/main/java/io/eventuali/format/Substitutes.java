package io.eventuali.format;

import io.eventuali.event.StreamEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Keeps an event that cannot be rendered from stopping who reads the log: it gets a substitute, a line in the log, and is counted. */
@Singleton
public class Substitutes {
    private static final Logger LOG = Logger.getLogger(Substitutes.class);
    private static final int MAX_REASON = 200;

    private final Counter given;
    /** The last event that was told of. Who reads it again and again is not told of again. */
    private final AtomicLong told = new AtomicLong();

    Substitutes(MeterRegistry registry) {
        given = Counter.builder("eventuali.events.substituted")
                .description("Times that a reader was given a substitute for an event that cannot be rendered")
                .register(registry);
    }

    /**
     * Renders an event, or what stands for it.
     *
     * @param rendering may throw
     * @param substitute makes what stands for the event, out of a reason that may be shown
     */
    public <T> T render(StreamEvent event, Supplier<T> rendering, Function<String, T> substitute) {
        try {
            return rendering.get();
        } catch (RuntimeException | StackOverflowError | LinkageError unfit) {
            return instead(event, "it cannot be rendered: " + unfit.getClass().getSimpleName(), unfit, substitute);
        }
    }

    /** What stands for an event that is fine, but that somebody does not take. */
    public <T> T instead(StreamEvent event, String reason, Throwable cause, Function<String, T> substitute) {
        given.increment();
        if (told.getAndAccumulate(event.globalPosition(), Math::max) < event.globalPosition()) {
            LOG.warnf(cause, "readers get a substitute for an event position=%d: %s", event.globalPosition(), reason);
        }
        return substitute.apply(reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason);
    }
}
