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
     * @param count how many there are at least
     */
    Uni<List<Kind>> all(int count) {
        return Uni.createFrom().deferred(() -> {
            List<Kind> before = known.get();
            return before.size() >= count
                    ? Uni.createFrom().item(before)
                    : reader.query(MORE, Tuple.of(before.size())).map(rows -> all(before, rows));
        });
    }

    private List<Kind> all(List<Kind> before, List<Row> rows) {
        List<Kind> all = new ArrayList<>(before);
        rows.forEach(row -> all.add(new Kind(row.getInteger(0), row.getString(1), row.getString(2))));
        // If nobody came first, or forgot them.
        known.compareAndSet(before, all);
        return all;
    }

    /** The log is another one. */
    void forget() {
        known.set(new ArrayList<>());
    }

    /** A pair of types. Numbers are dense from 1 on. */
    record Kind(int number, String aggregateType, String eventType) {}
}
