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
    private final AtomicReference<Known> known = new AtomicReference<>(Known.NOTHING);

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
            String log = reader.epoch();
            Known before = known.get();
            List<Kind> kinds = before.log().equals(log) ? before.kinds() : List.of();
            return last(kinds) >= number
                    ? Uni.createFrom().item(kinds)
                    : reader.query(MORE, Tuple.of(last(kinds))).map(rows -> {
                        List<Kind> all = all(kinds, rows);
                        // If nobody came first, or forgot them.
                        known.compareAndSet(before, new Known(log, all));
                        return all;
                    });
        });
    }

    private static List<Kind> all(List<Kind> before, List<Row> rows) {
        List<Kind> all = new ArrayList<>(before);
        rows.forEach(row -> all.add(new Kind(row.getInteger(0), row.getString(1), row.getString(2))));
        return all;
    }

    /** The highest number of them, 0 if there is none. */
    static int last(List<Kind> kinds) {
        return kinds.isEmpty() ? 0 : kinds.get(kinds.size() - 1).number();
    }

    /** The log is another one. */
    void forget() {
        known.set(Known.NOTHING);
    }

    /**
     * What was read.
     *
     * @param log epoch of the log that it is of: another one has other numbers
     */
    private record Known(String log, List<Kind> kinds) {
        private static final Known NOTHING = new Known("", List.of());
    }

    /** A pair of types. Numbers go up from 1. */
    record Kind(int number, String aggregateType, String eventType) {}
}
