package io.eventuali.projection;

import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.task.Failure;
import io.smallrye.mutiny.Uni;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Checkpoints and documents in PostgreSQL: what any replica may read, and what operators ask. Failures are {@link EventStoreException.Unavailable}. */
@Singleton
class ProjectionTable {
    /** Classes of SQLSTATE: data that does not fit, a broken constraint, a missing table. */
    private static final Set<String> REFUSALS = Set.of("21", "22", "23", "42", "44", "54");
    /** No event is to blame for it, and it goes on as soon as the right is given. */
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private static final long PAGE_BYTES = 4L << 20;
    /** Above every character that a key may have. */
    private static final String HIGHEST = new String(Character.toChars(Character.MAX_CODE_POINT));

    private static final String ROWS = "SELECT p.name, p.version, p.position,"
            + " p.events, p.paused,"
            + " p.failed_position, p.failure, p.failed_at, l.owner, d.count, d.requests, p.generation, p.serving,"
            + " CASE WHEN p.serving THEN p.replay_until ELSE"
            + " coalesce((SELECT min(s.position) FROM projection s WHERE s.name = p.name AND s.serving), 0) END,"
            + " p.started_at, extract(epoch FROM clock_timestamp() - d.oldest)::float8, p.partition, p.partitions"
            + " FROM projection p LEFT JOIN lease_held l"
            + " ON l.name = 'projection/' || p.name || '/' || p.version"
            + " || CASE WHEN p.partition > 0 THEN '#' || p.partition ELSE '' END"
            + " CROSS JOIN LATERAL (SELECT count(*), coalesce(bool_or(requested IS NOT NULL), false) AS requests,"
            + " min(parked_at) AS oldest FROM dead_letter d"
            + " WHERE d.consumer = p.name AND d.generation = p.generation AND d.partition = p.partition) AS d"
            + " WHERE p.name = ANY ($1) ORDER BY p.name, p.generation, p.partition";
    private static final String POSITIONS =
            "SELECT name, position FROM projection WHERE name = ANY ($1) AND serving ORDER BY name, partition";
    private static final String PAUSE = "UPDATE projection SET paused = true WHERE name = $1";
    private static final String RESUME = "UPDATE projection SET paused = false, failed_position = NULL, failure = NULL,"
            + " failed_at = NULL WHERE name = $1";
    private static final String SERVED =
            "(SELECT generation FROM projection WHERE name = $1 AND serving AND partition = 0)";
    private static final String STATE = "SELECT s.key, s.position, s.state FROM projection p JOIN projection_state s"
            + " ON s.projection = p.name AND s.generation = p.generation"
            + " WHERE p.name = $1 AND p.serving AND p.partition = 0 AND s.key = $2";
    private static final String CURRENT = "SELECT p.partition, p.position, NULL AS key, NULL AS state FROM projection p"
            + " WHERE p.name = $1 AND p.serving"
            + " UNION ALL SELECT NULL, s.position, s.key, s.state FROM projection p JOIN projection_state s"
            + " ON s.projection = p.name AND s.generation = p.generation AND s.key = ANY ($2)"
            + " WHERE p.name = $1 AND p.serving AND p.partition = 0 ORDER BY partition";
    private static final String LIST = "SELECT p.partition, p.position, p.generation, NULL AS key FROM projection p"
            + " WHERE p.name = $1 AND p.serving"
            + " UNION ALL SELECT NULL, s.position, s.generation, s.key FROM (SELECT key, position, generation"
            + " FROM projection_state WHERE projection = $1 AND generation = " + SERVED
            + " AND key >= $2 AND key < $3 ORDER BY key LIMIT $4) AS s ORDER BY partition";
    // The running sum ends a page early when its documents are large: memory is bounded by bytes, not by a count.
    private static final String STATES = "SELECT key, position, state, found FROM (SELECT key, position, state,"
            + " count(*) OVER () AS found, row_number() OVER (ORDER BY key) AS number,"
            + " sum(octet_length(state)) OVER (ORDER BY key ROWS UNBOUNDED PRECEDING)"
            + " - octet_length(state) AS bytes_before"
            + " FROM (SELECT key, position, state FROM projection_state"
            + " WHERE projection = $1 AND generation = " + SERVED
            + " AND key > $2 AND key >= $3 AND key < $4 ORDER BY key LIMIT $5 + 1) AS page) AS sized"
            + " WHERE bytes_before < $6 AND number <= $5 ORDER BY key";
    private static final String DEAD_LETTERS =
            "SELECT position, key, reason, attempts, parked_at, requested FROM dead_letter"
                    + " WHERE consumer = $1 AND generation = " + SERVED
                    + " AND position > $2 ORDER BY position LIMIT $3";
    private static final String FIRST_OF_KEY = "SELECT f.position FROM dead_letter d JOIN dead_letter f"
            + " ON f.consumer = d.consumer AND f.generation = d.generation AND f.key = d.key"
            + " WHERE d.consumer = $1 AND d.generation = " + SERVED
            + " AND d.position = $2 ORDER BY f.position LIMIT 1";
    private static final String REQUEST = "UPDATE dead_letter SET requested = $3"
            + " WHERE consumer = $1 AND generation = " + SERVED + " AND position = $2";

    private final Statements statements;
    private final LogIdentity identity;

    ProjectionTable(Statements statements, LogIdentity identity) {
        this.statements = statements;
        this.identity = identity;
    }

    /** Epoch of the log that this replica works on. What is written under it changes nothing in another log. */
    String log() {
        return identity.epoch();
    }

    /** What a statement asks for that is to change nothing in another log than this one. */
    String guard(String log) {
        return identity.guard(log);
    }

    /**
     * Name of the lease under which code of a version runs a partition of whatever generations it makes: old and new code do so
     * side by side.
     */
    static String lease(String projection, int version, int partition) {
        return "projection/" + projection + "/" + version + (partition > 0 ? "#" + partition : "");
    }

    /** All partitions of all generations of these projections. */
    Uni<List<ProjectionRow>> rows(List<String> names) {
        return execute(ROWS, Tuple.of((Object) names.toArray(String[]::new)))
                .map(rows -> list(rows, ProjectionTable::projection));
    }

    /** How far what readers see is, for those of these projections that have begun. */
    Uni<Map<String, Checkpoints>> positions(Collection<String> names) {
        return execute(POSITIONS, Tuple.of((Object) names.toArray(String[]::new)))
                .map(rows -> {
                    Map<String, List<Long>> positions = new HashMap<>();
                    rows.forEach(row -> positions
                            .computeIfAbsent(row.getString(0), name -> new ArrayList<>())
                            .add(row.getLong(1)));
                    return positions.entrySet().stream()
                            .collect(Collectors.toMap(Map.Entry::getKey, entry -> new Checkpoints(entry.getValue())));
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

    /** Documents of some keys as they are at one moment, with the checkpoints of that moment. */
    Uni<StatesAt> current(String name, Collection<String> keys) {
        return execute(CURRENT, Tuple.of(name, (Object) keys.toArray(String[]::new)))
                .map(rows -> {
                    List<Long> positions = new ArrayList<>();
                    Map<String, StoredState> states = new HashMap<>();
                    for (Row row : rows) {
                        String key = row.getString(2);
                        if (key == null) {
                            positions.add(row.getLong(1));
                        } else {
                            states.put(key, new StoredState(key, row.getLong(1), row.getString(3)));
                        }
                    }
                    return new StatesAt(new Checkpoints(positions), states);
                });
    }

    /** Which documents there are at one moment, and where each of them is; at most {@code limit}. */
    Uni<StateList> list(String name, String prefix, int limit) {
        return execute(LIST, Tuple.of(name, prefix, prefix + HIGHEST, limit)).map(rows -> {
            List<Long> checkpoints = new ArrayList<>();
            Map<String, Long> positions = new HashMap<>();
            long generation = 0;
            for (Row row : rows) {
                String key = row.getString(3);
                if (key == null) {
                    checkpoints.add(row.getLong(1));
                    generation = row.getLong(2);
                } else {
                    positions.put(key, row.getLong(1));
                }
            }
            return new StateList(new Checkpoints(checkpoints), generation, positions);
        });
    }

    /** Documents in the order of their keys; fewer than the limit, too, when they are large. */
    Uni<StatePage> states(String name, String afterKey, String prefix, int limit) {
        return execute(STATES, Tuple.of(name, afterKey, prefix, prefix + HIGHEST, limit, PAGE_BYTES))
                .map(rows -> new StatePage(
                        list(rows, ProjectionTable::state),
                        rows.size() > 0 && rows.iterator().next().getLong(3) > rows.size()));
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
        return statements.execute(sql, arguments).onFailure().transform(ProjectionTable::failure);
    }

    private static Throwable failure(Throwable cause) {
        return cause instanceof PgException sql && isRefusal(sql)
                ? new StatementRefusedException(cause)
                : new EventStoreException.Unavailable("the database did not answer", cause);
    }

    /** A statement that the database understood and refused will be refused again; everything else may go better later. */
    private static boolean isRefusal(PgException failure) {
        String state = failure.getSqlState();
        return state != null
                && state.length() >= 2
                && !state.equals(INSUFFICIENT_PRIVILEGE)
                && REFUSALS.contains(state.substring(0, 2));
    }

    /** Whether the database answered, and does not let this service do what it was asked: a right or a table is missing. */
    static boolean isForbidden(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException sql) {
                return sql.getSqlState() != null && sql.getSqlState().startsWith("42");
            }
        }
        return false;
    }

    /** Whether a failure comes from a database that does not answer, and not from what it was asked. */
    static boolean isOutage(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException sql) {
                return !isRefusal(sql);
            }
            if (cause instanceof IOException || cause instanceof VertxException) {
                return true;
            }
        }
        return false;
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
                Failure.read(row.getString(2)),
                row.getInteger(3),
                row.getOffsetDateTime(4).toInstant(),
                Optional.ofNullable(row.getString(5)));
    }

    private static StoredState state(Row row) {
        return new StoredState(row.getString(0), row.getLong(1), row.getString(2));
    }

    private static ProjectionRow projection(Row row) {
        Long failed = row.getLong(5);
        return new ProjectionRow(
                row.getString(0),
                row.getInteger(1),
                row.getLong(2),
                row.getLong(3),
                row.getBoolean(4),
                failed == null ? OptionalLong.empty() : OptionalLong.of(failed),
                Optional.ofNullable(row.getString(6)).map(Failure::read),
                Optional.ofNullable(row.getOffsetDateTime(7)).map(OffsetDateTime::toInstant),
                Optional.ofNullable(row.getString(8)),
                row.getLong(9),
                row.getBoolean(10),
                row.getLong(11),
                row.getBoolean(12),
                row.getLong(13),
                row.getOffsetDateTime(14).toInstant(),
                seconds(row.getDouble(15)),
                new Partition(row.getInteger(16), row.getInteger(17)));
    }

    private static Duration seconds(Double seconds) {
        return seconds == null ? Duration.ZERO : Duration.ofMillis(Math.round(Math.max(0, seconds) * 1_000));
    }
}
