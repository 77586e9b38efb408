package io.eventuali.stream;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.EngineStore;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Reads the log through a filter, page by page, without following it: what an index names, where that is less work, or all of it. */
@Singleton
public class LogScan {
    /** Events one page request looks at before it answers with what it found: bounds the work of a filter that accepts little. */
    private static final int MAX_EXAMINED = 100_000;

    private final EventStore store;
    private final EngineStore engine;
    private final LogIdentity identity;
    private final int pageEvents;
    private final long pageBytes;

    LogScan(EventStore store, EngineStore engine, StoreConfig config, LogIdentity identity) {
        this.store = store;
        this.engine = engine;
        this.identity = identity;
        this.pageBytes = config.read().pageBytes().asLongValue();
        this.pageEvents = config.read().pageEvents();
    }

    /**
     * The next events that pass a filter.
     *
     * @param from exclusive
     * @param limit events returned at most
     */
    public Uni<Result> page(Position from, int limit, EventFilter filter) {
        return Uni.createFrom()
                .deferred(() -> page(
                        LogReading.toHead(store, engine, identity, filter, pageEvents),
                        new Result(List.of(), from.value(), true),
                        0,
                        limit,
                        filter));
    }

    private Uni<Result> page(LogReading reading, Result soFar, int looked, int limit, EventFilter filter) {
        int wanted = limit - soFar.events().size();
        int readAhead = filter.equals(EventFilter.ALL) ? Math.min(wanted, pageEvents) : pageEvents;
        return reading.after(soFar.examined(), readAhead)
                .chain(stretch -> {
                    Result next = soFar.plus(stretch, limit, filter);
                    boolean done = !next.more()
                            || next.events().size() == limit
                            || next.characters() >= pageBytes
                            || looked + readAhead >= MAX_EXAMINED;
                    return done ? Uni.createFrom().item(next) : page(reading, next, looked + readAhead, limit, filter);
                })
                // What was found before the damage is given first; the next request comes to it.
                .onFailure(failure -> failure instanceof LogDamaged && looked > 0)
                .recoverWithItem(soFar);
    }

    /**
     * Every event that passes a filter, in pieces, in memory that does not grow with the log.
     *
     * @param from exclusive
     * @param to inclusive
     * @param skipsDamage whether it goes on behind positions that cannot be read; else it fails there
     */
    public Multi<List<StreamEvent>> export(Position from, Position to, EventFilter filter, boolean skipsDamage) {
        return Multi.createFrom()
                .deferred(() -> export(
                        LogReading.to(store, engine, identity, filter, pageEvents, to),
                        from,
                        to.value(),
                        filter,
                        skipsDamage));
    }

    private Multi<List<StreamEvent>> export(
            LogReading reading, Position from, long to, EventFilter filter, boolean skipsDamage) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new long[] {from.value()}, at -> reading.after(
                                at[0], (int) Math.max(1, Math.min(pageEvents, to - at[0])))
                        .onFailure(failure -> skipsDamage && failure instanceof LogDamaged)
                        .recoverWithItem(failure -> behind((LogDamaged) failure))
                        .map(stretch -> {
                            boolean moved = stretch.last() > at[0];
                            at[0] = stretch.last();
                            return new LogReading.Stretch(stretch.events(), stretch.last(), moved);
                        }))
                .whilst(stretch -> stretch.last() < to && stretch.more())
                .map(stretch -> stretch.events().stream()
                        .filter(event -> event.globalPosition() <= to && filter.accepts(event))
                        .toList())
                .filter(events -> !events.isEmpty());
    }

    private static LogReading.Stretch behind(LogDamaged damaged) {
        return new LogReading.Stretch(List.of(), damaged.damage().last(), true);
    }

    /**
     * What a page request found.
     *
     * @param events that passed, in log order
     * @param examined position of the last event looked at: where to go on
     * @param more whether there may be events after it
     */
    public record Result(List<StreamEvent> events, long examined, boolean more) {
        public Result {
            events = List.copyOf(events);
        }

        private long characters() {
            long characters = 0;
            for (StreamEvent event : events) {
                characters +=
                        event.data().text().length() + event.metadata().text().length();
            }
            return characters;
        }

        private Result plus(LogReading.Stretch page, int limit, EventFilter filter) {
            List<StreamEvent> found = new ArrayList<>(events);
            for (StreamEvent event : page.events()) {
                if (filter.accepts(event)) {
                    found.add(event);
                    if (found.size() == limit) {
                        return new Result(found, event.globalPosition(), true);
                    }
                }
            }
            return new Result(found, page.last(), page.more());
        }
    }
}
