package io.eventuali.store.engine;

import io.eventuali.store.LogDamage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The damaged stretches of the log that readers of this replica have come across, bounded in number, and not yet found sound again. */
@Singleton
public class Damages {
    private static final Logger LOG = Logger.getLogger(Damages.class);
    private static final int MAX_KNOWN = 1_000;

    private final Map<Long, LogDamage> known = new ConcurrentSkipListMap<>();
    private final List<Consumer<LogDamage>> listeners = new CopyOnWriteArrayList<>();
    private final Counter met;

    Damages(MeterRegistry meters) {
        met = Counter.builder("eventuali.log.damage.met")
                .description("Reads that came to a damaged position of the log")
                .register(meters);
        Gauge.builder("eventuali.log.damaged", known, Map::size)
                .description("Damaged stretches of the log that readers have come across")
                .register(meters);
    }

    /** Has the listener called for each stretch that is found and was not known, on the thread that found it, so it must return at once. */
    public void onFound(Consumer<LogDamage> listener) {
        listeners.add(listener);
    }

    /** A reader has come to it. */
    public void found(LogDamage damage) {
        met.increment();
        boolean isNew = !damage.equals(known.get(damage.first()));
        if (isNew && known.size() < MAX_KNOWN) {
            known.put(damage.first(), damage);
            LOG.errorf(
                    "log damaged first=%d last=%d: %s",
                    damage.first(), damage.last(), damage.reason().text());
            listeners.forEach(listener -> listener.accept(damage));
        }
    }

    /** A reader has gone over these positions and found nothing wrong with them. */
    public void sound(long first, long last) {
        if (!known.isEmpty() && last >= first) {
            known.values().removeIf(damage -> damage.first() >= first && damage.last() <= last);
        }
    }

    /** Those known now, in log order. */
    public List<LogDamage> known() {
        return List.copyOf(known.values());
    }
}
