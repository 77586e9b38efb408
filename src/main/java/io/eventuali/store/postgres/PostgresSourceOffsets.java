package io.eventuali.store.postgres;

import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.SourceOffsets;
import io.eventuali.store.SourceStep;
import io.eventuali.store.StoreConfig;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Offsets in the table {@code source_offset}. */
@Singleton
class PostgresSourceOffsets implements SourceOffsets {
    private static final String OPEN = "INSERT INTO source_offset (source, next_offset)"
            + " SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT (source) DO NOTHING";
    private static final String FIND = "SELECT source, next_offset FROM source_offset WHERE source = ANY ($1)";
    // All or none: the rows are locked and compared first.
    private static final String MOVE = "WITH step AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
            + " AS s (source, expected, next)),"
            + " found AS (SELECT o.source, s.next, o.next_offset = s.expected AS fits"
            + " FROM source_offset o JOIN step s ON s.source = o.source ORDER BY o.source FOR UPDATE OF o),"
            + " verdict AS (SELECT coalesce(bool_and(fits), false) AND count(*) = cardinality($1::text[]) AS fits FROM found)"
            + " UPDATE source_offset o SET next_offset = found.next, moved_at = clock_timestamp()"
            + " FROM found, verdict WHERE verdict.fits AND o.source = found.source";

    private final Statements statements;
    private final Duration timeout;

    PostgresSourceOffsets(Statements statements, StoreConfig config) {
        this.statements = statements;
        this.timeout = config.read().timeout();
    }

    @Override
    public Uni<Map<String, Long>> open(Map<String, Long> initial) {
        String[] sources = initial.keySet().toArray(String[]::new);
        Long[] offsets = initial.values().toArray(Long[]::new);
        return execute(OPEN, Tuple.of(sources, (Object) offsets)).chain(() -> find(initial.keySet()));
    }

    @Override
    public Uni<Map<String, Long>> find(Collection<String> sources) {
        return execute(FIND, Tuple.of((Object) sources.toArray(String[]::new))).map(rows -> {
            Map<String, Long> offsets = new HashMap<>();
            rows.forEach(row -> offsets.put(row.getString(0), row.getLong(1)));
            return offsets;
        });
    }

    @Override
    public Uni<Boolean> move(List<SourceStep> steps) {
        return execute(
                        MOVE,
                        Tuple.of(
                                steps.stream().map(SourceStep::source).toArray(String[]::new),
                                steps.stream().map(SourceStep::expected).toArray(Long[]::new),
                                steps.stream().map(SourceStep::next).toArray(Long[]::new)))
                .map(rows -> rows.rowCount() == steps.size());
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements
                .execute(sql, arguments, timeout)
                .onFailure()
                .transform(cause ->
                        new EventStoreException.Unavailable("the database does not tell or move offsets", cause));
    }
}
