package io.eventuali.projection;

import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Snapshots of projections in memory, in PostgreSQL: one for each, which all replicas write and read. Failures are as those of {@link ProjectionTable}. */
@Singleton
class SnapshotTable {
    // One statement, so that a reader sees all of a snapshot or none. Of replicas that are equally far one writes.
    private static final String WRITE = "WITH snapshot AS (INSERT INTO projection_snapshot AS s"
            + " (projection, version, position, events) SELECT $1, $2, $3, $4 WHERE log_follows($9)"
            + " ON CONFLICT (projection) DO UPDATE SET version = EXCLUDED.version, position = EXCLUDED.position,"
            + " events = EXCLUDED.events, written_at = clock_timestamp()"
            + " WHERE s.version < EXCLUDED.version OR s.version = EXCLUDED.version AND s.position + $5 <= EXCLUDED.position"
            + " RETURNING projection, version, position),"
            + " older AS (DELETE FROM projection_snapshot_document d USING snapshot s WHERE d.projection = s.projection"
            + " AND (d.version, d.snapshot) <> (s.version, s.position))"
            + " INSERT INTO projection_snapshot_document (projection, version, snapshot, key, position, state)"
            + " SELECT s.projection, s.version, s.position, d.key, d.position, d.state FROM snapshot s,"
            + " unnest($6::text[], $7::bigint[], $8::text[]) AS d (key, position, state)";
    private static final String READ = "SELECT s.position, s.events, d.key, d.position, d.state"
            + " FROM projection_snapshot s LEFT JOIN projection_snapshot_document d"
            + " ON d.projection = s.projection AND d.version = s.version AND d.snapshot = s.position"
            + " WHERE s.projection = $1 AND s.version = $2";

    private final ProjectionTable table;

    SnapshotTable(ProjectionTable table) {
        this.table = table;
    }

    /**
     * Writes a snapshot, unless the log is another one, newer code has written one, or there is one that is about as far.
     *
     * @param log epoch of the log that it is made of
     * @param ahead positions that it has to be beyond the present one, 1 or more
     */
    Uni<Void> write(String projection, String log, Snapshot snapshot, long ahead) {
        List<StoredState> documents = snapshot.documents();
        Tuple arguments = Tuple.tuple()
                .addString(projection)
                .addInteger(snapshot.version())
                .addLong(snapshot.position())
                .addLong(snapshot.events())
                .addLong(ahead)
                .addArrayOfString(documents.stream().map(StoredState::key).toArray(String[]::new))
                .addArrayOfLong(documents.stream().map(StoredState::position).toArray(Long[]::new))
                .addArrayOfString(documents.stream().map(StoredState::json).toArray(String[]::new))
                .addString(table.guard(log));
        return table.execute(WRITE, arguments).replaceWithVoid();
    }

    /** Epoch of the log that this replica works on. */
    String log() {
        return table.log();
    }

    /** The snapshot that code of this version has made. */
    Uni<Optional<Snapshot>> read(String projection, int version) {
        return table.execute(READ, Tuple.of(projection, version)).map(rows -> {
            long position = 0;
            long events = 0;
            List<StoredState> documents = new ArrayList<>();
            for (Row row : rows) {
                position = row.getLong(0);
                events = row.getLong(1);
                if (row.getString(2) != null) {
                    documents.add(new StoredState(row.getString(2), row.getLong(3), row.getString(4)));
                }
            }
            return rows.size() == 0
                    ? Optional.empty()
                    : Optional.of(new Snapshot(version, position, events, documents));
        });
    }
}
