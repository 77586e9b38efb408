package io.eventuali.projection;

import io.eventuali.store.EventStoreException;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Checkpoints and documents in PostgreSQL: what any replica may read, and what operators ask. Failures are {@link EventStoreException.Unavailable}. */
@Singleton
class ProjectionTable {
    /** Names of leases begin with this. */
    static final String LEASE_PREFIX = "projection/";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long PAGE_BYTES = 4L << 20;
    /** Above every character that a key may have. */
    private static final String HIGHEST = new String(Character.toChars(Character.MAX_CODE_POINT));

    private static final String ROWS = "SELECT p.name, p.version, p.position,"
            + " extract(epoch FROM clock_timestamp() - p.position_at)::float8, p.events, p.paused,"
            + " p.failed_position, p.failure, p.failed_at, l.owner,"
            + " (SELECT count(*) FROM dead_letter d WHERE d.consumer = p.name),"
            + " EXISTS (SELECT FROM dead_letter d WHERE d.consumer = p.name AND d.requested IS NOT NULL)"
            + " FROM projection p LEFT JOIN lease l"
            + " ON l.name = '" + LEASE_PREFIX + "' || p.name AND l.expires_at > clock_timestamp()"
            + " WHERE p.name = ANY ($1) ORDER BY p.name";
    private static final String DECLARE =
            "INSERT INTO projection (name, version) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    private static final String POSITIONS = "SELECT name, position FROM projection WHERE name = ANY ($1)";
    private static final String PAUSE = "UPDATE projection SET paused = true WHERE name = $1";
    private static final String RESUME = "UPDATE projection SET paused = false, failed_position = NULL, failure = NULL,"
            + " failed_at = NULL WHERE name = $1";
    private static final String STATE =
            "SELECT key, position, state FROM projection_state WHERE projection = $1 AND key = $2";
    // The running sum ends a page early when its documents are large: memory is bounded by bytes, not by a count.
    private static final String STATES = "SELECT key, position, state FROM (SELECT key, position, state,"
            + " sum(octet_length(state)) OVER (ORDER BY key ROWS UNBOUNDED PRECEDING) - octet_length(state) AS bytes_before"
            + " FROM (SELECT key, position, state FROM projection_state"
            + " WHERE projection = $1 AND key > $2 AND key >= $3 AND key < $4 ORDER BY key LIMIT $5) AS page) AS sized"
            + " WHERE bytes_before < $6 ORDER BY key";
    private static final String DEAD_LETTERS =
            "SELECT position, key, reason, attempts, parked_at, requested FROM dead_letter"
                    + " WHERE consumer = $1 AND position > $2 ORDER BY position LIMIT $3";
    private static final String FIRST_OF_KEY = "SELECT f.position FROM dead_letter d JOIN dead_letter f"
            + " ON f.consumer = d.consumer AND f.key = d.key"
            + " WHERE d.consumer = $1 AND d.position = $2 ORDER BY f.position LIMIT 1";
    private static final String REQUEST = "UPDATE dead_letter SET requested = $3 WHERE consumer = $1 AND position = $2";

    private final Pool pool;

    ProjectionTable(Pool pool) {
        this.pool = pool;
    }

    /** Makes a projection known that was not run before. */
    Uni<Void> declare(String name, int version) {
        return execute(DECLARE, Tuple.of(name, version)).replaceWithVoid();
    }

    Uni<List<ProjectionRow>> rows(List<String> names) {
        return execute(ROWS, Tuple.of((Object) names.toArray(String[]::new)))
                .map(rows -> list(rows, ProjectionTable::projection));
    }

    Uni<Map<String, Long>> positions(List<String> names) {
        return execute(POSITIONS, Tuple.of((Object) names.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, Long> positions = new HashMap<>();
                    rows.forEach(row -> positions.put(row.getString(0), row.getLong(1)));
                    return positions;
                });
    }

    Uni<Void> pause(String name) {
        return execute(PAUSE, Tuple.of(name)).replaceWithVoid();
    }

    Uni<Void> resume(String name) {
        return execute(RESUME, Tuple.of(name)).replaceWithVoid();
    }

    Uni<Optional<StoredState>> state(String name, String key) {
        return execute(STATE, Tuple.of(name, key))
                .map(rows -> list(rows, ProjectionTable::state).stream().findFirst());
    }

    /** Documents in the order of their keys; fewer than the limit, too, when they are large. */
    Uni<List<StoredState>> states(String name, String afterKey, String prefix, int limit) {
        return execute(STATES, Tuple.of(name, afterKey, prefix, prefix + HIGHEST, limit, PAGE_BYTES))
                .map(rows -> list(rows, ProjectionTable::state));
    }

    Uni<List<DeadLetter>> deadLetters(String name, long after, int limit) {
        return execute(DEAD_LETTERS, Tuple.of(name, after, limit)).map(rows -> list(rows, ProjectionTable::deadLetter));
    }

    /** The oldest dead letter of the key that this dead letter has; empty if there is no such dead letter. */
    Uni<OptionalLong> firstOfKey(String name, long position) {
        return execute(FIRST_OF_KEY, Tuple.of(name, position))
                .map(rows -> rows.size() == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(rows.iterator().next().getLong(0)));
    }

    Uni<Void> request(String name, long position, String what) {
        return execute(REQUEST, Tuple.of(name, position, what)).replaceWithVoid();
    }

    /** One statement, on any connection. */
    Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return Uni.createFrom()
                .completionStage(
                        () -> pool.preparedQuery(sql).execute(arguments).toCompletionStage())
                .ifNoItem()
                .after(TIMEOUT)
                .fail()
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause));
    }

    static <T> List<T> list(RowSet<Row> rows, Function<Row, T> reader) {
        List<T> list = new ArrayList<>(rows.size());
        rows.forEach(row -> list.add(reader.apply(row)));
        return list;
    }

    static DeadLetter deadLetter(Row row) {
        return new DeadLetter(
                row.getLong(0),
                row.getString(1),
                row.getString(2),
                row.getInteger(3),
                row.getOffsetDateTime(4).toInstant(),
                Optional.ofNullable(row.getString(5)));
    }

    private static StoredState state(Row row) {
        return new StoredState(row.getString(0), row.getLong(1), row.getString(2));
    }

    private static ProjectionRow projection(Row row) {
        Double age = row.getDouble(3);
        Long failed = row.getLong(6);
        return new ProjectionRow(
                row.getString(0),
                row.getInteger(1),
                row.getLong(2),
                age == null ? Duration.ZERO : Duration.ofMillis(Math.round(Math.max(0, age) * 1_000)),
                row.getLong(4),
                row.getBoolean(5),
                failed == null ? OptionalLong.empty() : OptionalLong.of(failed),
                Optional.ofNullable(row.getString(7)),
                Optional.ofNullable(row.getOffsetDateTime(8)).map(OffsetDateTime::toInstant),
                Optional.ofNullable(row.getString(9)),
                row.getLong(10),
                row.getBoolean(11));
    }
}
