package io.eventuali.projection;

import io.eventuali.sql.Connections;
import io.eventuali.store.EventStoreException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Generations of the documents of projections: which one is served, and which one is built beside it. A generation begins at the
 * start of the log and is run by the owner of the lease for the version of the code that makes it, so old and new code can work
 * side by side. What is done here locks the rows of the projection, behind which commits of their owners wait.
 */
@Singleton
class Generations {
    private static final int SWEPT_AT_ONCE = 10_000;

    // Of two that begin at once only one has the first partition, and so all of them.
    private static final String FIRST = "WITH first AS (INSERT INTO projection"
            + " (name, generation, version, serving, partitions)"
            + " SELECT $1, nextval('projection_generation'), $2, true, $3"
            + " WHERE NOT EXISTS (SELECT FROM projection WHERE name = $1) ON CONFLICT DO NOTHING"
            + " RETURNING name, generation, version, serving, partitions)"
            + " INSERT INTO projection (name, generation, version, serving, partition, partitions)"
            + " SELECT name, generation, version, serving, other, partitions"
            + " FROM first, generate_series(1, partitions - 1) AS other";
    private static final String OUTDATED =
            "SELECT FROM projection WHERE name = $1 AND serving AND partition = 0 AND version < $2"
                    + " AND NOT EXISTS (SELECT FROM projection WHERE name = $1 AND NOT serving AND version >= $2)";
    private static final String LOCK = "SELECT generation, serving, version, position, paused, epoch, partition,"
            + " replay_until FROM projection WHERE name = $1 ORDER BY generation, partition FOR UPDATE";
    private static final String BEGIN = "INSERT INTO projection"
            + " (name, generation, version, serving, replay_until, paused, partition, partitions)"
            + " SELECT $1, n.generation, $2, $3, $4, $5, share, $6"
            + " FROM (SELECT nextval('projection_generation') AS generation) AS n,"
            + " generate_series(0, $6 - 1) AS share";
    private static final String REMOVE = "WITH gone AS (DELETE FROM projection WHERE name = $1 AND generation = $2"
            + " RETURNING name, generation) INSERT INTO projection_garbage (projection, generation)"
            + " SELECT DISTINCT name, generation FROM gone ON CONFLICT DO NOTHING";
    private static final String SERVE =
            "UPDATE projection SET serving = true, replay_until = $3 WHERE name = $1 AND generation = $2";
    private static final String GARBAGE = "SELECT projection, generation FROM projection_garbage LIMIT 1";
    private static final String SWEEP = "DELETE FROM projection_state WHERE ctid = ANY (ARRAY("
            + "SELECT ctid FROM projection_state WHERE projection = $1 AND generation = $2 LIMIT $3))";
    private static final String SWEPT =
            "WITH letters AS (DELETE FROM dead_letter WHERE consumer = $1 AND generation = $2)"
                    + " DELETE FROM projection_garbage WHERE projection = $1 AND generation = $2";

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Connections connections;
    private final ProjectionTable table;

    Generations(Connections connections, ProjectionTable table) {
        this.connections = connections;
        this.table = table;
    }

    /**
     * Begins what code of this version has to make: the first generation, or one beside that of older code.
     *
     * @param partitions of what begins
     * @param beside false for one that takes the place of the older one at once, since its rows cannot be there twice
     * @return emits whether newer code began anew
     */
    Uni<Boolean> ensure(String name, int version, int partitions, boolean beside) {
        return table.execute(FIRST, Tuple.of(name, version, partitions))
                .chain(() -> table.execute(OUTDATED, Tuple.of(name, version)))
                .chain(outdated -> outdated.size() == 0
                        ? Uni.createFrom().item(false)
                        : locked(name, (connection, rows) -> {
                            List<Stored> built = building(rows);
                            if (serving(rows).get(0).version() >= version
                                    || built.stream().anyMatch(row -> row.version() >= version)) {
                                return Future.succeededFuture(false);
                            }
                            return beside
                                    ? removed(connection, name, built)
                                            .compose(done ->
                                                    begin(connection, name, version, false, 0, false, partitions))
                                            .map(true)
                                    : anew(connection, name, version, partitions, rows)
                                            .map(true);
                        }));
    }

    /** Begins to build a generation beside the one that is served. Emits false if there is one already. */
    Uni<Boolean> rebuild(String name, int version, int partitions) {
        return locked(name, (connection, rows) -> {
            if (!building(rows).isEmpty()) {
                return Future.succeededFuture(false);
            }
            Code code = newest(version, partitions, serving(rows));
            return begin(connection, name, code.version(), false, 0, false, code.partitions())
                    .map(true);
        });
    }

    /** Throws away what is being built. Emits false if that is nothing. */
    Uni<Boolean> discard(String name) {
        return locked(name, (connection, rows) -> removed(connection, name, building(rows))
                .map(done -> !building(rows).isEmpty()));
    }

    /** Throws all documents away; the projection begins anew, and is served meanwhile. */
    Uni<Void> reset(String name, int version, int partitions) {
        return locked(name, (connection, rows) -> anew(connection, name, version, partitions, rows))
                .replaceWithVoid();
    }

    private static Future<?> anew(
            SqlConnection connection, String name, int version, int partitions, List<Stored> rows) {
        List<Stored> served = serving(rows);
        Code code = newest(version, partitions, served);
        return removed(connection, name, building(rows))
                .compose(done -> removed(connection, name, served))
                .compose(done -> begin(
                        connection,
                        name,
                        code.version(),
                        true,
                        least(served),
                        served.get(0).paused(),
                        code.partitions()));
    }

    /** What newer code than this one made is made anew as that code did. */
    private static Code newest(int version, int partitions, List<Stored> served) {
        return served.get(0).version() > version
                ? new Code(served.get(0).version(), served.size())
                : new Code(version, partitions);
    }

    private static long least(List<Stored> partitions) {
        return partitions.stream().mapToLong(Stored::position).min().orElseThrow();
    }

    /**
     * Serves what was built, if all of its partitions have come as far as the furthest one of what is served: no reader sees an
     * older position than before, also of a key that is in another partition now.
     *
     * @param partition of the owner that asks for it
     * @param epoch of that owner
     * @return empty if it may not be served yet
     */
    Uni<Optional<ServedFrom>> promote(String name, long generation, int partition, long epoch) {
        return locked(name, (connection, rows) -> {
            Optional<Stored> own = rows.stream()
                    .filter(row ->
                            row.generation() == generation && row.partition() == partition && row.epoch() == epoch)
                    .findFirst();
            if (own.filter(Stored::serving).isPresent()) {
                // The owner of another partition was first.
                return Future.succeededFuture(own.map(row -> new ServedFrom(row.replayUntil(), false)));
            }
            List<Stored> served = serving(rows);
            if (own.isEmpty()
                    || least(building(rows))
                            < served.stream().mapToLong(Stored::position).max().orElseThrow()) {
                return Future.succeededFuture(Optional.<ServedFrom>empty());
            }
            long replayUntil = least(served);
            return removed(connection, name, served)
                    .compose(done -> connection.preparedQuery(SERVE).execute(Tuple.of(name, generation, replayUntil)))
                    .map(done -> Optional.of(new ServedFrom(replayUntil, true)));
        });
    }

    /** Deletes some documents of a generation that is gone. */
    Uni<Void> sweep() {
        return table.execute(GARBAGE, Tuple.tuple()).chain(found -> {
            if (found.size() == 0) {
                return Uni.createFrom().voidItem();
            }
            Row row = found.iterator().next();
            String name = row.getString(0);
            long generation = row.getLong(1);
            return table.execute(SWEEP, Tuple.of(name, generation, SWEPT_AT_ONCE))
                    .chain(swept -> swept.rowCount() > 0
                            ? Uni.createFrom().voidItem()
                            : table.execute(SWEPT, Tuple.of(name, generation)).replaceWithVoid());
        });
    }

    private static Future<?> begin(
            SqlConnection connection,
            String name,
            int version,
            boolean serving,
            long replayUntil,
            boolean paused,
            int partitions) {
        return connection
                .preparedQuery(BEGIN)
                .execute(Tuple.of(name, version, serving, replayUntil, paused, partitions));
    }

    /** @param partitions of one generation, or none */
    private static Future<?> removed(SqlConnection connection, String name, List<Stored> partitions) {
        return partitions.isEmpty()
                ? Future.succeededFuture()
                : connection
                        .preparedQuery(REMOVE)
                        .execute(Tuple.of(name, partitions.get(0).generation()));
    }

    private static List<Stored> serving(List<Stored> rows) {
        return rows.stream().filter(Stored::serving).toList();
    }

    private static List<Stored> building(List<Stored> rows) {
        return rows.stream().filter(row -> !row.serving()).toList();
    }

    /** Runs a change in a transaction that has locked the generations of a projection; there has to be one. */
    private <T> Uni<T> locked(String name, Change<T> change) {
        return Uni.createFrom()
                .completionStage(() -> connections
                        .with(Connections.Use.SHARED, TIMEOUT, connection -> transaction(connection, name, change))
                        .toCompletionStage())
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause));
    }

    private static <T> Future<T> transaction(SqlConnection connection, String name, Change<T> change) {
        return connection.begin().compose(transaction -> connection
                .preparedQuery(LOCK)
                .execute(Tuple.of(name))
                .compose(rows -> change.apply(connection, stored(rows)))
                .compose(
                        result -> transaction.commit().map(result),
                        // A connection that is given back rolls back what it is in.
                        Future::failedFuture));
    }

    private static List<Stored> stored(RowSet<Row> rows) {
        Function<Row, Stored> reader = row -> new Stored(
                row.getLong(0),
                row.getBoolean(1),
                row.getInteger(2),
                row.getLong(3),
                row.getBoolean(4),
                row.getLong(5),
                row.getInteger(6),
                row.getLong(7));
        return ProjectionTable.list(rows, reader);
    }

    private interface Change<T> {
        Future<T> apply(SqlConnection connection, List<Stored> rows);
    }

    private record Code(int version, int partitions) {}

    private record Stored(
            long generation,
            boolean serving,
            int version,
            long position,
            boolean paused,
            long epoch,
            int partition,
            long replayUntil) {}
}
