package io.eventuali.projection;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.eventuali.task.Failure;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One partition of a generation of documents in PostgreSQL. Every write is one statement that first moves the checkpoint of this owner's epoch and does the rest
 * only if it could (G8): a former owner changes nothing, however late it comes.
 *
 * <p>As nobody else writes while the epoch stands, documents are kept in memory, too, and are not read again.
 */
final class StoredDocuments<S> implements Documents<S> {
    private static final int REQUESTS = 100;

    // The row lock makes a former owner that writes meanwhile either come before this, or find another epoch.
    private static final String ADOPT = "UPDATE projection p SET epoch = $3"
            + " WHERE name = $1 AND generation = $2 AND partition = $4 AND epoch <= $3 AND log_follows($5)"
            + " RETURNING position, serving, paused OR failed_position IS NOT NULL,"
            + " CASE WHEN serving THEN replay_until ELSE"
            + " coalesce((SELECT min(s.position) FROM projection s WHERE s.name = p.name AND s.serving), 0) END";
    private static final String PARKED_KEYS =
            "SELECT key, count(*) FROM dead_letter WHERE consumer = $1 AND generation = $2 AND partition = $3 GROUP BY key";
    private static final String LOAD =
            "SELECT key, state FROM projection_state WHERE projection = $1 AND generation = $2 AND key = ANY ($3)";
    private static final String COMMIT = "WITH checkpoint AS (UPDATE projection SET position = $5,"
            + " position_at = coalesce($6, position_at), events = events + $7"
            + " WHERE name = $1 AND generation = $2 AND partition = $17 AND epoch = $3 AND position = $4 AND log_follows($18)"
            + " RETURNING name, generation, partition),"
            + " written AS (INSERT INTO projection_state (projection, generation, key, position, state)"
            + " SELECT c.name, c.generation, s.key, s.position, s.state FROM checkpoint c,"
            + " unnest($8::text[], $9::bigint[], $10::text[]) AS s (key, position, state)"
            + " ON CONFLICT (projection, generation, key)"
            + " DO UPDATE SET position = EXCLUDED.position, state = EXCLUDED.state),"
            + " removed AS (DELETE FROM projection_state s USING checkpoint c"
            + " WHERE s.projection = c.name AND s.generation = c.generation AND s.key = ANY ($11)),"
            + " parked AS (INSERT INTO dead_letter (consumer, generation, partition, position, key, reason, attempts)"
            + " SELECT c.name, c.generation, c.partition, d.position, d.key, d.reason, d.attempts FROM checkpoint c,"
            + " unnest($12::bigint[], $13::text[], $14::text[], $15::int[]) AS d (position, key, reason, attempts)),"
            + " settled AS (DELETE FROM dead_letter d USING checkpoint c"
            + " WHERE d.consumer = c.name AND d.generation = c.generation AND d.position = ANY ($16))"
            + " SELECT name FROM checkpoint";
    private static final String HALT = "UPDATE projection SET failed_position = $4, failure = $5,"
            + " failed_at = clock_timestamp() WHERE name = $1 AND generation = $2 AND epoch = $3 AND partition = $6";
    private static final String REQUESTED =
            "SELECT position, key, reason, attempts, parked_at, requested FROM dead_letter"
                    + " WHERE consumer = $1 AND generation = $2 AND partition = $4 AND requested IS NOT NULL"
                    + " ORDER BY position LIMIT $3";
    private static final String FIRST_DEAD_LETTER =
            "SELECT position, key, reason, attempts, parked_at, requested FROM dead_letter"
                    + " WHERE consumer = $1 AND generation = $2 AND key = $3 ORDER BY position LIMIT 1";
    private static final String FAILED_AGAIN =
            "UPDATE dead_letter SET requested = NULL, attempts = attempts + (position = $3)::int,"
                    + " reason = CASE WHEN position = $3 THEN $4 ELSE reason END"
                    + " WHERE consumer = $1 AND generation = $2 AND key = $5"
                    + " AND (position = $3 OR requested = 'retry')";

    private final Projection<S> projection;
    private final long generation;
    private final Partition partition;
    private final long epoch;
    private final ProjectionTable table;
    /** Of which the events are that the documents are made of. */
    private final String log;

    private final Generations generations;
    private final Cache<String, Kept<S>> kept;

    StoredDocuments(
            Projection<S> projection,
            long generation,
            Partition partition,
            long epoch,
            ProjectionTable table,
            Generations generations,
            long cacheBytes) {
        this.projection = projection;
        this.generation = generation;
        this.partition = partition;
        this.epoch = epoch;
        this.table = table;
        this.log = table.log();
        this.generations = generations;
        this.kept = Caffeine.newBuilder()
                .maximumWeight(cacheBytes)
                .weigher((String key, Kept<S> document) -> key.length() + document.characters())
                .build();
    }

    @Override
    public Uni<Checkpoint> open() {
        forget();
        return table.execute(ADOPT, Tuple.of(name(), generation, epoch, partition.index(), table.guard(log)))
                .onItem()
                .transformToUni(rows -> rows.size() == 0
                        ? Uni.createFrom().<Row>failure(lost())
                        : Uni.createFrom().item(rows.iterator().next()))
                .chain(row -> table.execute(PARKED_KEYS, Tuple.of(name(), generation, partition.index()))
                        .map(parked -> checkpoint(row, parked)));
    }

    private static Checkpoint checkpoint(Row row, RowSet<Row> parked) {
        Set<String> keys = new HashSet<>();
        long letters = 0;
        for (Row key : parked) {
            keys.add(key.getString(0));
            letters += key.getLong(1);
        }
        return new Checkpoint(row.getLong(0), row.getBoolean(1), row.getBoolean(2), row.getLong(3), keys, letters);
    }

    @Override
    public Uni<Optional<ServedFrom>> promote() {
        return generations.promote(name(), generation, partition.index(), epoch);
    }

    @Override
    public Uni<Map<String, Loaded<S>>> load(Set<String> keys) {
        Map<String, Loaded<S>> found = new HashMap<>();
        Set<String> missing = new HashSet<>();
        for (String key : keys) {
            Kept<S> document = kept.getIfPresent(key);
            if (document == null) {
                missing.add(key);
            } else {
                found.put(key, Loaded.ready(document.state()));
            }
        }
        if (missing.isEmpty()) {
            return Uni.createFrom().item(found);
        }
        return table.execute(LOAD, Tuple.of(name(), generation, missing.toArray(String[]::new)))
                .map(rows -> {
                    rows.forEach(row -> found.put(row.getString(0), Loaded.text(row.getString(1))));
                    return found;
                });
    }

    @Override
    public Uni<Void> commit(Batch<S> batch) {
        List<Document<S>> written = batch.documents().stream()
                .filter(document -> !document.isRemoved())
                .toList();
        List<Document<S>> removed =
                batch.documents().stream().filter(Document::isRemoved).toList();
        Tuple arguments = Tuple.tuple()
                .addString(name())
                .addLong(generation)
                .addLong(epoch)
                .addLong(batch.from())
                .addLong(batch.to())
                .addOffsetDateTime(batch.at() == null ? null : batch.at().atOffset(ZoneOffset.UTC))
                .addLong((long) batch.handled())
                .addArrayOfString(written.stream().map(Document::key).toArray(String[]::new))
                .addArrayOfLong(written.stream().map(Document::position).toArray(Long[]::new))
                .addArrayOfString(written.stream().map(Document::json).toArray(String[]::new))
                .addArrayOfString(removed.stream().map(Document::key).toArray(String[]::new))
                .addArrayOfLong(
                        batch.parked().stream().map(ParkedEvent::position).toArray(Long[]::new))
                .addArrayOfString(batch.parked().stream().map(ParkedEvent::key).toArray(String[]::new))
                .addArrayOfString(batch.parked().stream()
                        .map(parked -> parked.reason().stored())
                        .toArray(String[]::new))
                .addArrayOfInteger(
                        batch.parked().stream().map(ParkedEvent::attempts).toArray(Integer[]::new))
                .addArrayOfLong(batch.settled().toArray(Long[]::new))
                .addInteger(partition.index())
                .addString(table.guard(log));
        return table.execute(COMMIT, arguments).chain(rows -> {
            if (rows.size() == 0) {
                return Uni.createFrom().failure(new CheckpointMovedException(name(), epoch, batch.from()));
            }
            for (Document<S> document : batch.documents()) {
                if (document.isRemoved()) {
                    kept.invalidate(document.key());
                } else {
                    kept.put(
                            document.key(),
                            new Kept<>(document.state(), document.json().length()));
                }
            }
            return Uni.createFrom().voidItem();
        });
    }

    @Override
    public Uni<Void> halt(HandlerFailure failure) {
        return table.execute(
                        HALT,
                        Tuple.of(
                                name(),
                                generation,
                                epoch,
                                failure.position(),
                                failure.reason().stored(),
                                partition.index()))
                .chain(rows -> rows.rowCount() == 0
                        ? Uni.createFrom().<Void>failure(lost())
                        : Uni.createFrom().voidItem());
    }

    @Override
    public void forget() {
        kept.invalidateAll();
    }

    @Override
    public Uni<List<DeadLetter>> requested() {
        return table.execute(REQUESTED, Tuple.of(name(), generation, REQUESTS, partition.index()))
                .map(rows -> ProjectionTable.list(rows, ProjectionTable::deadLetter));
    }

    @Override
    public Uni<Optional<DeadLetter>> firstDeadLetter(String key) {
        return table.execute(FIRST_DEAD_LETTER, Tuple.of(name(), generation, key))
                .map(rows -> ProjectionTable.list(rows, ProjectionTable::deadLetter).stream()
                        .findFirst());
    }

    @Override
    public Uni<Void> failedAgain(DeadLetter letter, Failure reason) {
        return table.execute(
                        FAILED_AGAIN, Tuple.of(name(), generation, letter.position(), reason.stored(), letter.key()))
                .replaceWithVoid();
    }

    private String name() {
        return projection.name();
    }

    private OwnershipLostException lost() {
        return new OwnershipLostException(
                "projection=%s generation=%d partition=%s epoch=%d".formatted(name(), generation, partition, epoch));
    }

    private record Kept<S>(S state, int characters) {}
}
