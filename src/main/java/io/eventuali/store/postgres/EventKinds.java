package io.eventuali.store.postgres;

import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The table {@code event_kind}, of which rows are only ever added: each is read once. */
final class EventKinds {
    private static final String MORE =
            Marked.row("SELECT kind, aggregate_type, event_type FROM event_kind WHERE kind > $1 ORDER BY kind");

    private final LogReader reader;
    private final AtomicReference<List<Kind>> known = new AtomicReference<>(new ArrayList<>());

    EventKinds(LogReader reader) {
        this.reader = reader;
    }

    /**
     * The kinds that the index has.
     *
     * @param number one that it is known to have
     */
    Uni<List<Kind>> all(int number) {
        return Uni.createFrom().deferred(() -> {
            List<Kind> before = known.get();
            return last(before) >= number
                    ? Uni.createFrom().item(before)
                    : reader.query(MORE, Tuple.of(last(before))).map(rows -> all(before, rows));
        });
    }

    private List<Kind> all(List<Kind> before, List<Row> rows) {
        List<Kind> all = new ArrayList<>(before);
        rows.forEach(row -> all.add(new Kind(row.getInteger(0), row.getString(1), row.getString(2))));
        // If nobody came first, or forgot them.
        known.compareAndSet(before, all);
        return all;
    }

    /** The highest number of them, 0 if there is none. */
    static int last(List<Kind> kinds) {
        return kinds.isEmpty() ? 0 : kinds.get(kinds.size() - 1).number();
    }

    /** The log is another one. */
    void forget() {
        known.set(new ArrayList<>());
    }

    /** A pair of types. Numbers go up from 1. */
    record Kind(int number, String aggregateType, String eventType) {}
}
