package io.eventuali.store.postgres;

import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Statements;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.Damages;
import io.eventuali.store.engine.EventTypeDirectory;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The table {@code event_kind}, and the events behind the last range that is indexed, which are few. */
@Singleton
class PostgresEventTypeDirectory implements EventTypeDirectory {
    /** Newest events that are looked at: more than come while a range is indexed. */
    private static final int MAX_RECENT = 100_000;

    /** How many kinds there are, in each row, and one row at least. */
    static final String RECENT = Marked.row("SELECT coalesce((SELECT max(kind) FROM event_kind), 0), newest.* FROM"
            + " (SELECT 1) AS one LEFT JOIN (SELECT e.aggregate_type, e.event_type, min(e.global_position),"
            + " min(e.recorded_at), max(e.global_position), max(e.recorded_at) FROM (SELECT aggregate_type, event_type,"
            + " global_position, recorded_at FROM events WHERE global_position > (SELECT position FROM log_index)"
            + " ORDER BY global_position LIMIT " + MAX_RECENT + ") AS e GROUP BY 1, 2) AS newest ON true");

    // A range that has many events of a kind does not say where they are; then one of the next few is of it.
    static final String EDGES = Marked.row("SELECT k.kind, f.global_position, f.recorded_at, l.global_position,"
            + " l.recorded_at FROM unnest($1::integer[]) AS w (kind) JOIN event_kind k ON k.kind = w.kind"
            + edge("a", "", "f", ">= a.after + coalesce(a.offsets[1], 1)", "<= a.after + " + KindIndex.RANGE)
            + edge(
                    "z",
                    " DESC",
                    "l",
                    "<= z.after + coalesce(z.offsets[cardinality(z.offsets)], " + KindIndex.RANGE + ")",
                    "> z.after"));

    private final LogReader reader;
    private final EventKinds indexed;

    PostgresEventTypeDirectory(
            Statements statements, StoreConfig config, StoreMeters meters, LogIdentity identity, Damages damages) {
        this.reader = new LogReader(statements, config.read(), meters, identity, damages);
        this.indexed = new EventKinds(reader);
        identity.onForget(replacement -> indexed.forget());
    }

    private static String edge(String range, String order, String event, String from, String to) {
        return (" LEFT JOIN LATERAL (SELECT p.after, p.offsets FROM kind_positions p WHERE p.kind = k.kind ORDER BY"
                        + " p.after%2$s LIMIT 1) AS %1$s ON true LEFT JOIN LATERAL (SELECT e.global_position, e.recorded_at"
                        + " FROM events e WHERE e.global_position %4$s AND e.global_position %5$s AND e.aggregate_type ="
                        + " k.aggregate_type AND e.event_type = k.event_type ORDER BY e.global_position%2$s LIMIT 1) AS"
                        + " %3$s ON true")
                .formatted(range, order, event, from, to);
    }

    @Override
    public Uni<List<Kind>> kinds() {
        return reader.ofOneLog(() -> reader.query(RECENT, Tuple.tuple())
                .chain(rows -> indexed.all(rows.get(0).getInteger(0)).map(known -> merged(known, rows))));
    }

    private static List<Kind> merged(List<EventKinds.Kind> known, List<Row> rows) {
        Map<List<String>, Occurrence> recent = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.getString(1) != null) {
                recent.put(List.of(row.getString(1), row.getString(2)), occurrence(row, 3));
            }
        }
        List<Kind> kinds = new ArrayList<>();
        for (EventKinds.Kind kind : known) {
            Optional<Occurrence> newest =
                    Optional.ofNullable(recent.remove(List.of(kind.aggregateType(), kind.eventType())));
            kinds.add(new Kind(kind.number(), kind.aggregateType(), kind.eventType(), newest));
        }
        recent.forEach((types, newest) -> kinds.add(new Kind(0, types.get(0), types.get(1), Optional.of(newest))));
        return kinds;
    }

    @Override
    public Uni<List<Occurrence>> occurrences(List<Kind> kinds) {
        Integer[] numbers =
                kinds.stream().map(Kind::number).filter(number -> number > 0).toArray(Integer[]::new);
        return reader.query(EDGES, Tuple.of((Object) numbers)).map(rows -> {
            Map<Integer, Occurrence> edges = new HashMap<>();
            rows.forEach(row -> edges.put(row.getInteger(0), occurrence(row, 1)));
            return kinds.stream().map(kind -> occurrence(kind, edges)).toList();
        });
    }

    private static Occurrence occurrence(Kind kind, Map<Integer, Occurrence> edges) {
        Occurrence old = edges.get(kind.number());
        if (old == null || kind.recent().isEmpty()) {
            return old == null ? kind.recent().orElse(new Occurrence(Optional.empty(), Optional.empty())) : old;
        }
        return new Occurrence(old.first(), kind.recent().get().last());
    }

    private static Occurrence occurrence(Row row, int column) {
        return new Occurrence(place(row, column), place(row, column + 2));
    }

    private static Optional<Place> place(Row row, int column) {
        Long position = row.getLong(column);
        return position == null
                ? Optional.empty()
                : Optional.of(
                        new Place(position, row.getOffsetDateTime(column + 1).toInstant()));
    }
}
