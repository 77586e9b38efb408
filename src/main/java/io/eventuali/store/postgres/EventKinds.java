package io.eventuali.store.postgres;

import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiPredicate;

/** The table {@code event_kind}, of which rows are only ever added: each is read once. */
final class EventKinds {
    private static final String MORE = Marked.row("SELECT i.position, k.kind, k.aggregate_type, k.event_type FROM"
            + " log_index i LEFT JOIN event_kind k ON k.kind > $1 ORDER BY k.kind");

    private final LogReader reader;
    private final AtomicReference<List<Kind>> known = new AtomicReference<>(new ArrayList<>());

    EventKinds(LogReader reader) {
        this.reader = reader;
    }

    /** All kinds that the index has, and up to where it goes. */
    Uni<Indexed> indexed() {
        return Uni.createFrom().deferred(() -> {
            List<Kind> before = known.get();
            return reader.query(MORE, Tuple.of(before.size())).map(rows -> indexed(before, rows));
        });
    }

    private Indexed indexed(List<Kind> before, List<Row> rows) {
        List<Kind> all = before;
        long position = 0;
        for (Row row : rows) {
            position = row.getLong(0);
            if (row.getInteger(1) != null) {
                all = all == before ? new ArrayList<>(before) : all;
                all.add(new Kind(row.getInteger(1), row.getString(2), row.getString(3)));
            }
        }
        // If nobody came first, or forgot them.
        known.compareAndSet(before, all);
        return new Indexed(position, all);
    }

    /** The log is another one. */
    void forget() {
        known.set(new ArrayList<>());
    }

    /**
     * What the index has.
     *
     * @param position up to where the log is indexed
     * @param kinds those of the events up to there, but for those that have no number
     */
    record Indexed(long position, List<Kind> kinds) {

        /** Numbers of the kinds that are wanted. */
        List<Integer> wanted(BiPredicate<String, String> wanted) {
            return kinds.stream()
                    .filter(kind -> wanted.test(kind.aggregateType(), kind.eventType()))
                    .map(Kind::number)
                    .toList();
        }
    }

    /** A pair of types. Numbers are dense from 1 on. */
    record Kind(int number, String aggregateType, String eventType) {}
}
