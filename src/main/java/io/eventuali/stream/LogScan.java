package io.eventuali.stream;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.EventStoreException.LogDamaged;
import io.eventuali.store.LogPage;
import io.eventuali.store.StoreConfig;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Reads the log through a filter, page by page, without following it. */
@Singleton
public class LogScan {
    /** Events one page request looks at before it answers with what it found: bounds the work of a filter that accepts little. */
    private static final int MAX_EXAMINED = 100_000;

    private final EventStore store;
    private final LogIdentity identity;
    private final int pageEvents;
    private final long pageBytes;

    LogScan(EventStore store, StoreConfig config, LogIdentity identity) {
        this.store = store;
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
                .deferred(() ->
                        page(identity.epoch(), new Result(List.of(), from.value(), true), from.value(), limit, filter));
    }

    /** Pages of one log: what was begun with one does not go on with another one. */
    private Uni<LogPage> read(String log, long after, int limit) {
        return store.read(new Position(after), limit).invoke(page -> {
            if (!log.equals(identity.epoch())) {
                throw new EventStoreException.Unavailable("the database holds another log than before", null);
            }
        });
    }

    private Uni<Result> page(String log, Result soFar, long from, int limit, EventFilter filter) {
        int wanted = limit - soFar.events().size();
        int readAhead = filter.equals(EventFilter.ALL) ? Math.min(wanted, pageEvents) : pageEvents;
        return read(log, soFar.examined(), readAhead)
                .chain(page -> {
                    Result next = soFar.plus(page, limit, filter);
                    boolean done = !next.more()
                            || next.events().size() == limit
                            || next.characters() >= pageBytes
                            || next.examined() - from >= MAX_EXAMINED;
                    return done ? Uni.createFrom().item(next) : page(log, next, from, limit, filter);
                })
                // What was found before the damage is given first; the next request comes to it.
                .onFailure(failure -> failure instanceof LogDamaged && soFar.examined() > from)
                .recoverWithItem(soFar);
    }

    /**
     * Every event that passes a filter, in pieces, in memory that does not grow with the log.
     *
     * @param from exclusive
     * @param to inclusive
     */
    public Multi<List<StreamEvent>> export(Position from, Position to, EventFilter filter) {
        return Multi.createFrom().deferred(() -> export(identity.epoch(), from, to, filter));
    }

    private Multi<List<StreamEvent>> export(String log, Position from, Position to, EventFilter filter) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new long[] {from.value()}, at -> read(
                                log, at[0], (int) Math.max(1, Math.min(pageEvents, to.value() - at[0])))
                        .invoke(page -> at[0] = page.last()))
                .whilst(page -> page.last() < to.value() && !page.events().isEmpty())
                .map(page -> page.events().stream()
                        .filter(event -> event.globalPosition() <= to.value() && filter.accepts(event))
                        .toList())
                .filter(events -> !events.isEmpty());
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

        private Result plus(LogPage page, int limit, EventFilter filter) {
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
