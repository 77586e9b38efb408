package io.eventuali.store.postgres;

import io.eventuali.store.postgres.EventKinds.Kind;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/** Finds events by their types in {@code kind_positions}, a row for each kind in each range of the log that has it. */
final class KindIndex {
    /** As index_log has it. */
    static final int RANGE = 4_096;
    /** Ranges of which more than this part is wanted are read as they are. */
    private static final int DENSE = 2;
    /** Kinds of which the index is asked, at most: beyond, a row for each of them costs as much as the events. */
    private static final int MAX_KINDS = 512;
    /** How far a scan goes before the index is asked again. */
    private static final long LONG_SCAN = 64L * RANGE;

    private static final int ROWS = 1_024;
    private static final int LEAST_ROWS = 8;

    /**
     * Of each kind so many rows, and no more behind the one that makes enough events. Before them a row that says up to where the
     * index goes now, since it may have been begun anew, and how many kinds it has.
     */
    static final String RANGES = Marked.row("SELECT * FROM (SELECT -2 AS kind, i.position AS after, coalesce((SELECT"
            + " max(e.kind) FROM event_kind e), 0) AS events, NULL::smallint[] AS offsets FROM log_index i UNION ALL SELECT"
            + " p.kind, p.after, p.events, p.offsets FROM unnest($1::integer[]) AS w (kind) CROSS JOIN LATERAL (SELECT"
            + " f.*, sum(CASE WHEN f.offsets IS NULL THEN 0 ELSE f.events END) OVER (ORDER BY f.after ROWS BETWEEN"
            + " UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM (SELECT * FROM kind_positions k WHERE k.kind = w.kind"
            + " AND k.after >= $2 AND k.after < $3 ORDER BY k.after LIMIT $4) AS f) AS p WHERE coalesce(p.before, 0) <"
            + " $5) AS ranges ORDER BY (kind = -2) DESC, after");

    private final LogReader reader;
    private final EventKinds kinds;

    KindIndex(LogReader reader) {
        this.reader = reader;
        this.kinds = new EventKinds(reader);
    }

    void forget() {
        kinds.forget();
    }

    Uni<Candidates> find(BiPredicate<String, String> wanted, long after, long upTo, int limit) {
        return find(1, wanted, after, upTo, limit);
    }

    private Uni<Candidates> find(int known, BiPredicate<String, String> wanted, long after, long upTo, int limit) {
        return kinds.all(known).chain(all -> {
            List<Integer> numbers = new ArrayList<>();
            for (Kind kind : all) {
                if (wanted.test(kind.aggregateType(), kind.eventType())) {
                    numbers.add(kind.number());
                }
            }
            if (numbers.size() > MAX_KINDS) {
                return Uni.createFrom().item(Candidates.scan(Math.min(upTo, after + LONG_SCAN)));
            }
            int rowsOfKind = Math.max(LEAST_ROWS, ROWS / (numbers.size() + 1));
            // Some more than a page needs: where the kinds together are dense, the scan is to be a long one.
            long enough = limit + 8L * RANGE / (numbers.size() + 1);
            // Ranges that have to be read whatever is wanted.
            numbers.add(0);
            numbers.add(-1);
            return reader.query(
                            RANGES,
                            Tuple.of(numbers.toArray(Integer[]::new), after / RANGE * RANGE, upTo, rowsOfKind, enough))
                    .chain(rows -> {
                        Row index = rows.get(0);
                        if (index.getInteger(2) > EventKinds.last(all)) {
                            return find(index.getInteger(2), wanted, after, upTo, limit);
                        }
                        List<Row> ranges = rows.subList(1, rows.size());
                        long end = Math.min(upTo, index.getLong(1));
                        long bound = Math.min(end, known(ranges, rowsOfKind, enough));
                        return Uni.createFrom()
                                .item(end <= after ? Candidates.scan(upTo) : candidates(ranges, after, bound, limit));
                    });
        });
    }

    /** Goes over ranges in order, up to where all rows of them are known. */
    private static Candidates candidates(List<Row> rows, long after, long bound, int limit) {
        List<Long> positions = new ArrayList<>();
        for (int first = 0, next; first < rows.size() && start(rows.get(first)) < bound; first = next) {
            next = endOfRange(rows, first);
            List<Row> range = rows.subList(first, next);
            long start = start(range.get(0));
            if (isDense(range)) {
                return positions.isEmpty() && start <= after
                        ? Candidates.scan(Math.min(bound, endOfDense(rows, first)))
                        : Candidates.of(positions, Math.max(start, after), limit);
            }
            for (Row row : range) {
                for (Short offset : row.getArrayOfShorts(3)) {
                    if (start + offset > after) {
                        positions.add(start + offset);
                    }
                }
            }
            if (positions.size() >= limit) {
                return Candidates.of(positions, Math.min(bound, start + RANGE), limit);
            }
        }
        return Candidates.of(positions, bound, limit);
    }

    /** A kind of which as much was found as was asked for may have more behind the last row. */
    private static long known(List<Row> rows, int rowsOfKind, long enough) {
        Map<Integer, Integer> counts = new HashMap<>();
        Map<Integer, Integer> events = new HashMap<>();
        long known = Long.MAX_VALUE;
        for (Row row : rows) {
            int found = events.merge(
                    row.getInteger(0), row.getArrayOfShorts(3) == null ? 0 : row.getInteger(2), Integer::sum);
            if (counts.merge(row.getInteger(0), 1, Integer::sum) == rowsOfKind || found >= enough) {
                known = Math.min(known, start(row) + RANGE);
            }
        }
        return known;
    }

    private static long start(Row row) {
        return row.getLong(1);
    }

    private static int endOfRange(List<Row> rows, int first) {
        int end = first;
        while (end < rows.size() && start(rows.get(end)) == start(rows.get(first))) {
            end++;
        }
        return end;
    }

    /** Where a run of ranges that are read as they are ends. */
    private static long endOfDense(List<Row> rows, int first) {
        long end = start(rows.get(first));
        int at = first;
        while (at < rows.size() && start(rows.get(at)) == end) {
            int next = endOfRange(rows, at);
            if (!isDense(rows.subList(at, next))) {
                break;
            }
            end += RANGE;
            at = next;
        }
        return end;
    }

    private static boolean isDense(List<Row> range) {
        int events = 0;
        for (Row row : range) {
            if (row.getArrayOfShorts(3) == null) {
                return true;
            }
            events += row.getInteger(2);
        }
        return events > RANGE / DENSE;
    }
}
