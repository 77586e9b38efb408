package io.eventuali.stream;

import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.EngineStore;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Reads the log through a filter newest first, page by page. */
@Singleton
public class BackwardScan {
    /** Events that one request looks at before it answers with what it found: bounds the work of a filter that accepts little. */
    private static final int MAX_EXAMINED = 100_000;

    private final EngineStore store;
    private final LogIdentity identity;
    private final int pageEvents;
    private final long pageBytes;

    BackwardScan(EngineStore store, StoreConfig config, LogIdentity identity) {
        this.store = store;
        this.identity = identity;
        this.pageEvents = config.read().pageEvents();
        this.pageBytes = config.read().pageBytes().asLongValue();
    }

    /**
     * The newest events below a position that pass a filter.
     *
     * @param before exclusive; the log has come as far as the position below it
     * @param limit events returned at most
     */
    public Uni<Result> page(long before, int limit, EventFilter filter) {
        return Uni.createFrom()
                .deferred(() -> page(identity.epoch(), new Result(List.of(), before, 0), before, limit, filter));
    }

    private Uni<Result> page(String log, Result soFar, long before, int limit, EventFilter filter) {
        int wanted = limit - soFar.events().size();
        int readAhead = filter.equals(EventFilter.ALL) ? Math.min(wanted, pageEvents) : pageEvents;
        return read(log, soFar.examined(), readAhead)
                .chain(page -> {
                    Result next = soFar.plus(page, limit, filter);
                    boolean done = next.isAtBeginning()
                            || next.events().size() == limit
                            || next.characters() >= pageBytes
                            || before - next.examined() >= MAX_EXAMINED;
                    return done ? Uni.createFrom().item(next) : page(log, next, before, limit, filter);
                })
                // What was found above the damage is given first; the next request comes to it.
                .onFailure(failure -> failure instanceof LogDamaged && soFar.examined() < before)
                .recoverWithItem(soFar);
    }

    /** Pages of one log: what was begun with one does not go on with another one. */
    private Uni<List<StreamEvent>> read(String log, long before, int limit) {
        return store.readBackward(before, limit).invoke(page -> {
            if (!log.equals(identity.epoch())) {
                throw new EventStoreException.Unavailable("the database holds another log than before", null);
            }
        });
    }

    /**
     * What a page request found.
     *
     * @param events that passed, the newest first
     * @param examined position of the last event looked at: where to go on, exclusive
     * @param characters of JSON that they have
     */
    public record Result(List<StreamEvent> events, long examined, long characters) {
        public Result {
            events = List.copyOf(events);
        }

        /** Whether there is nothing below it. */
        public boolean isAtBeginning() {
            return examined <= 1;
        }

        private Result plus(List<StreamEvent> page, int limit, EventFilter filter) {
            List<StreamEvent> found = new ArrayList<>(events);
            long size = characters;
            for (StreamEvent event : page) {
                if (filter.accepts(event)) {
                    found.add(event);
                    size += event.data().text().length()
                            + event.metadata().text().length();
                    if (found.size() == limit) {
                        return new Result(found, event.globalPosition(), size);
                    }
                }
            }
            return new Result(
                    found, page.isEmpty() ? 0 : page.get(page.size() - 1).globalPosition(), size);
        }
    }
}
