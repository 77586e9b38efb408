package io.eventuali.stream;

import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.identity.LogIdentity;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.LogPage;
import io.eventuali.store.engine.EngineStore;
import io.eventuali.store.engine.Selected;
import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;

/** One way through the log behind a filter: what an index names for it, where that is less work, or all of it. One read at a time. */
final class LogReading {
    private static final long UNKNOWN = -1;

    private final EventStore store;
    private final EngineStore engine;
    private final LogIdentity identity;
    private final String log;
    private final Optional<Selection> selection;
    private final int pageEvents;
    private long end;
    private long scanTo;

    private LogReading(
            EventStore store, EngineStore engine, LogIdentity identity, EventFilter filter, int pageEvents, long end) {
        this.store = store;
        this.engine = engine;
        this.identity = identity;
        this.log = identity.epoch();
        this.selection = filter.selection();
        this.pageEvents = pageEvents;
        this.end = end;
    }

    /** As far as the log goes. */
    static LogReading toHead(
            EventStore store, EngineStore engine, LogIdentity identity, EventFilter filter, int pageEvents) {
        return new LogReading(store, engine, identity, filter, pageEvents, UNKNOWN);
    }

    /** Up to a position, inclusive, that the log has reached. What comes behind it may be read as well. */
    static LogReading to(
            EventStore store,
            EngineStore engine,
            LogIdentity identity,
            EventFilter filter,
            int pageEvents,
            Position end) {
        return new LogReading(store, engine, identity, filter, pageEvents, end.value());
    }

    /**
     * What comes next.
     *
     * @param limit how many events to read where all of the log is read; where an index names them, there may be more
     */
    Uni<Stretch> after(long position, int limit) {
        if (selection.isEmpty() || position < scanTo) {
            return scan(position, limit);
        }
        return end().chain(to -> to - position <= pageEvents ? scan(position, limit) : select(position, to, limit));
    }

    private Uni<Long> end() {
        return end == UNKNOWN
                ? store.head().map(head -> end = head.position())
                : Uni.createFrom().item(end);
    }

    private Uni<Stretch> select(long position, long to, int limit) {
        return engine.select(selection.get(), position, to, pageEvents)
                // The log itself can still be read, and tells why if it can not.
                .onFailure()
                .recoverWithItem(() -> new Selected.Scan(position + pageEvents))
                .chain(selected -> {
                    requireSameLog();
                    if (selected instanceof Selected.Events found) {
                        return Uni.createFrom()
                                .item(new Stretch(found.events(), found.examined(), found.examined() < to));
                    }
                    scanTo = ((Selected.Scan) selected).upTo();
                    return scan(position, limit);
                });
    }

    private Uni<Stretch> scan(long position, int limit) {
        return store.read(new Position(position), limit).map(page -> {
            requireSameLog();
            return new Stretch(page);
        });
    }

    /** What was begun with one log does not go on with another one. */
    private void requireSameLog() {
        if (!log.equals(identity.epoch())) {
            throw new EventStoreException.Unavailable("the database holds another log than before", null);
        }
    }

    /**
     * A part of the log, with all of its events that the filter may accept.
     *
     * @param events in log order
     * @param last where it ends
     * @param more whether there may be events after it
     */
    record Stretch(List<StreamEvent> events, long last, boolean more) {
        Stretch(LogPage page) {
            this(page.events(), page.last(), page.more());
        }
    }
}
