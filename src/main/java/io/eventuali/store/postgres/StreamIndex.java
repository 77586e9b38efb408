package io.eventuali.store.postgres;

import io.eventuali.store.engine.Selection;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Finds events of aggregates that are named, by the index of streams. */
final class StreamIndex {
    /** Aggregate types of a log that are tried for an id, at most. */
    private static final int MAX_TYPES = 1_000;
    /** Pairs of types and ids that are looked up, at most. */
    private static final int MAX_PAIRS = 10_000;
    /** If more than this part of a stretch is wanted, the log is read. */
    private static final int DENSE = 2;

    private static final long LONG_SCAN = 64L * KindIndex.RANGE;
    private static final int LEAST_ROWS = 16;

    /** Each type is found behind the one before it in the index, however many aggregates it has. */
    static final String TYPES = Marked.row("WITH RECURSIVE t (name) AS ((SELECT aggregate_type FROM stream ORDER BY"
            + " aggregate_type LIMIT 1) UNION ALL SELECT (SELECT s.aggregate_type FROM stream s WHERE s.aggregate_type >"
            + " t.name ORDER BY s.aggregate_type LIMIT 1) FROM t WHERE t.name IS NOT NULL) SELECT name FROM t WHERE name"
            + " IS NOT NULL LIMIT " + (MAX_TYPES + 1));
    /** The streams, each with how many events it has up to both ends; before them a row with the first range that is to be read as it is. */
    static final String STREAMS = Marked.row("SELECT -1::bigint AS stream, (SELECT min(p.after) FROM kind_positions p"
            + " WHERE p.kind = 0 AND p.after >= $3 AND p.after < $5) AS low, 0::bigint AS high UNION ALL SELECT"
            + " s.stream_id, c.low, c.high FROM unnest($1::text[]) AS t (name) CROSS JOIN unnest($2::text[]) AS i (name)"
            + " CROSS JOIN LATERAL (SELECT k.stream_id FROM stream k WHERE k.aggregate_type = t.name AND k.aggregate_id"
            + " = i.name LIMIT 1) AS s CROSS JOIN LATERAL (SELECT events_of_stream(s.stream_id, $4) AS low,"
            + " events_of_stream(s.stream_id, $5) AS high) AS c WHERE c.high > c.low ORDER BY"
            + " stream");

    static final String POSITIONS = Marked.row("SELECT e.global_position, w.stream_id FROM unnest($1::bigint[],"
            + " $2::bigint[], $3::bigint[]) AS w (stream_id, low, high) CROSS JOIN LATERAL (SELECT p.global_position FROM"
            + " events p WHERE p.stream_id = w.stream_id AND p.stream_position > w.low AND p.stream_position <= w.high"
            + " ORDER BY p.stream_position LIMIT $4) AS e");

    private final LogReader reader;

    StreamIndex(LogReader reader) {
        this.reader = reader;
    }

    Uni<Candidates> find(Selection selection, long after, long upTo, int limit) {
        return types(selection)
                .chain(types -> types.size() > MAX_TYPES
                                || types.size() * selection.aggregateIds().size() > MAX_PAIRS
                        ? Uni.createFrom().item(Candidates.scan(upTo))
                        : find(types, selection.aggregateIds(), after, upTo, limit));
    }

    private Uni<List<String>> types(Selection selection) {
        if (!selection.aggregateTypes().isEmpty()) {
            return Uni.createFrom().item(selection.aggregateTypes());
        }
        return reader.query(TYPES, Tuple.tuple())
                .map(rows -> rows.size() > MAX_TYPES
                        ? rows.stream().map(row -> row.getString(0)).toList()
                        : rows.stream()
                                .map(row -> row.getString(0))
                                .filter(selection.aggregateType())
                                .toList());
    }

    private Uni<Candidates> find(List<String> types, List<String> ids, long after, long upTo, int limit) {
        return reader.query(
                        STREAMS,
                        Tuple.of(
                                types.toArray(String[]::new),
                                ids.toArray(String[]::new),
                                after / KindIndex.RANGE * KindIndex.RANGE,
                                after,
                                upTo))
                .chain(rows -> {
                    Long untold = rows.get(0).getLong(1);
                    if (untold != null && untold <= after) {
                        return Uni.createFrom().item(Candidates.scan(Math.min(upTo, untold + KindIndex.RANGE)));
                    }
                    long end = untold == null ? upTo : untold;
                    return positions(rows.subList(1, rows.size()), after, upTo, end, limit);
                });
    }

    private Uni<Candidates> positions(List<Row> rows, long after, long upTo, long end, int limit) {
        if (rows.isEmpty()) {
            return Uni.createFrom().item(Candidates.none(end));
        }
        Run[] runs = rows.stream()
                .map(row -> new Run(row.getLong(0), row.getLong(1), row.getLong(2)))
                .toArray(Run[]::new);
        long total = 0;
        for (Run run : runs) {
            total += run.events();
        }
        if (total > (upTo - after) / DENSE) {
            return Uni.createFrom().item(Candidates.scan(Math.min(end, after + LONG_SCAN)));
        }
        int rowsOfStream = (int) Math.min(total, Math.max(LEAST_ROWS, limit / runs.length));
        return reader.query(
                        POSITIONS,
                        Tuple.of(longs(runs, Run::stream), longs(runs, Run::low), longs(runs, Run::high), rowsOfStream))
                .map(found -> candidates(runs, found, rowsOfStream, after, end, limit));
    }

    private static Candidates candidates(
            Run[] runs, List<Row> found, int rowsOfStream, long after, long end, int limit) {
        List<Long> positions = new ArrayList<>(found.size());
        Map<Long, Integer> counts = new HashMap<>();
        Map<Long, Long> last = new HashMap<>();
        for (Row row : found) {
            long position = row.getLong(0);
            if (position <= Math.max(after, last.getOrDefault(row.getLong(1), 0L))) {
                // The positions of a stream do not rise: somebody has changed rows.
                return Candidates.scan(end);
            }
            positions.add(position);
            counts.merge(row.getLong(1), 1, Integer::sum);
            last.put(row.getLong(1), position);
        }
        long bound = end;
        for (Run run : runs) {
            if (counts.getOrDefault(run.stream(), 0) != Math.min(rowsOfStream, run.events())) {
                // An event of the stream is missing. Where, is for the scan to find.
                return Candidates.scan(end);
            }
            if (run.events() > rowsOfStream) {
                bound = Math.min(bound, last.get(run.stream()));
            }
        }
        return Candidates.of(positions, bound, limit);
    }

    private static Long[] longs(Run[] runs, Function<Run, Long> value) {
        return Arrays.stream(runs).map(value).toArray(Long[]::new);
    }

    /** Events of a stream, by their positions in it: exclusive start, inclusive end. */
    private record Run(long stream, long low, long high) {
        long events() {
            return high - low;
        }
    }
}
