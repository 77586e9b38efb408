package io.eventuali.store.engine;

import io.eventuali.event.Position;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogDamage;
import io.eventuali.store.LogPage;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.OptionalLong;

/**
 * The log as the service's own engines read it: projections, sagas and the relay to Kafka. They stop before damage, since what they make
 * would be wrong behind it, until an operator says that they are to go on. All of them ask here.
 */
@Singleton
public class EngineLog {
    private final EventStore store;
    private final Incidents incidents;

    EngineLog(EventStore store, Incidents incidents) {
        this.store = store;
        this.incidents = incidents;
    }

    /**
     * Reads as {@link EventStore#read} does. Where damage comes that is to be skipped, the page is empty, and its {@link LogPage#last} is the last
     * position of that.
     */
    public Uni<LogPage> page(Position after, int limit) {
        return store.read(after, limit).onFailure(LogDamaged.class).recoverWithUni(failure -> skippedUpTo(
                        failure.damage())
                .map(last -> new LogPage(last.orElseThrow(() -> failure), List.of(), true)));
    }

    /** Up to where damage may be passed over; empty if it may not. */
    public Uni<OptionalLong> skippedUpTo(LogDamage damage) {
        return incidents.skippedUpTo(damage);
    }
}
