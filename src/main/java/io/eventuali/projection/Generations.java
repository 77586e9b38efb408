package io.eventuali.projection;

import io.eventuali.store.EventStoreException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
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

    private static final String FIRST = "INSERT INTO projection (name, generation, version, serving)"
            + " SELECT $1, nextval('projection_generation'), $2, true"
            + " WHERE NOT EXISTS (SELECT FROM projection WHERE name = $1) ON CONFLICT DO NOTHING";
    private static final String OUTDATED = "SELECT FROM projection WHERE name = $1 AND serving AND version < $2"
            + " AND NOT EXISTS (SELECT FROM projection WHERE name = $1 AND NOT serving AND version >= $2)";
    private static final String LOCK = "SELECT generation, serving, version, position, paused, epoch FROM projection"
            + " WHERE name = $1 ORDER BY generation FOR UPDATE";
    private static final String BEGIN = "INSERT INTO projection"
            + " (name, generation, version, serving, replay_until, paused)"
            + " VALUES ($1, nextval('projection_generation'), $2, $3, $4, $5)";
    private static final String REMOVE = "WITH gone AS (DELETE FROM projection WHERE name = $1 AND generation = $2"
            + " RETURNING name, generation) INSERT INTO projection_garbage (projection, generation)"
            + " SELECT name, generation FROM gone ON CONFLICT DO NOTHING";
    private static final String SERVE =
            "UPDATE projection SET serving = true, replay_until = $3 WHERE name = $1 AND generation = $2";
    private static final String GARBAGE = "SELECT projection, generation FROM projection_garbage LIMIT 1";
    private static final String SWEEP = "DELETE FROM projection_state WHERE ctid = ANY (ARRAY("
            + "SELECT ctid FROM projection_state WHERE projection = $1 AND generation = $2 LIMIT $3))";
    private static final String SWEPT =
            "WITH letters AS (DELETE FROM dead_letter WHERE consumer = $1 AND generation = $2)"
                    + " DELETE FROM projection_garbage WHERE projection = $1 AND generation = $2";

    private final Pool pool;
    private final ProjectionTable table;

    Generations(Pool pool, ProjectionTable table) {
        this.pool = pool;
        this.table = table;
    }

    /**
     * Begins what code of this version has to make: the first generation, or one beside that of older code.
     *
     * @param beside false for one that takes the place of the older one at once, since its rows cannot be there twice
     * @return emits whether newer code began anew
     */
    Uni<Boolean> ensure(String name, int version, boolean beside) {
        return table.execute(FIRST, Tuple.of(name, version))
                .chain(() -> table.execute(OUTDATED, Tuple.of(name, version)))
                .chain(outdated -> outdated.size() == 0
                        ? Uni.createFrom().item(false)
                        : locked(name, (connection, rows) -> {
                            Stored served = serving(rows);
                            Optional<Stored> built = building(rows);
                            if (served.version() >= version
                                    || built.filter(row -> row.version() >= version)
                                            .isPresent()) {
                                return Future.succeededFuture(false);
                            }
                            return beside
                                    ? removed(connection, name, built)
                                            .compose(done -> begin(connection, name, version, false, 0, false))
                                            .map(true)
                                    : anew(connection, name, version, rows).map(true);
                        }));
    }

    /** Begins to build a generation beside the one that is served. Emits false if there is one already. */
    Uni<Boolean> rebuild(String name, int version) {
        return locked(
                name,
                (connection, rows) -> building(rows).isPresent()
                        ? Future.succeededFuture(false)
                        : begin(
                                        connection,
                                        name,
                                        Math.max(version, serving(rows).version()),
                                        false,
                                        0,
                                        false)
                                .map(true));
    }

    /** Throws away what is being built. Emits false if that is nothing. */
    Uni<Boolean> discard(String name) {
        return locked(name, (connection, rows) -> removed(connection, name, building(rows))
                .map(done -> building(rows).isPresent()));
    }

    /** Throws all documents away; the projection begins anew, and is served meanwhile. */
    Uni<Void> reset(String name, int version) {
        return locked(name, (connection, rows) -> anew(connection, name, version, rows))
                .replaceWithVoid();
    }

    private static Future<?> anew(SqlConnection connection, String name, int version, List<Stored> rows) {
        Stored served = serving(rows);
        return removed(connection, name, building(rows))
                .compose(done -> removed(connection, name, Optional.of(served)))
                .compose(done -> begin(
                        connection,
                        name,
                        Math.max(version, served.version()),
                        true,
                        served.position(),
                        served.paused()));
    }

    /**
     * Serves what was built, if it has come as far as what is served: no reader sees an older position than before.
     *
     * @param epoch of the owner that built it
     * @return emits the position up to which events are known to handlers; empty if it may not be served yet
     */
    Uni<Optional<Long>> promote(String name, long generation, long epoch) {
        return locked(name, (connection, rows) -> {
            Optional<Stored> built =
                    building(rows).filter(row -> row.generation() == generation && row.epoch() == epoch);
            Stored served = serving(rows);
            if (built.isEmpty() || built.get().position() < served.position()) {
                return Future.succeededFuture(Optional.<Long>empty());
            }
            return removed(connection, name, Optional.of(served))
                    .compose(done ->
                            connection.preparedQuery(SERVE).execute(Tuple.of(name, generation, served.position())))
                    .map(done -> Optional.of(served.position()));
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
            SqlConnection connection, String name, int version, boolean serving, long replayUntil, boolean paused) {
        return connection.preparedQuery(BEGIN).execute(Tuple.of(name, version, serving, replayUntil, paused));
    }

    private static Future<?> removed(SqlConnection connection, String name, Optional<Stored> row) {
        return row.<Future<?>>map(gone -> connection.preparedQuery(REMOVE).execute(Tuple.of(name, gone.generation())))
                .orElseGet(Future::succeededFuture);
    }

    private static Stored serving(List<Stored> rows) {
        return rows.stream().filter(Stored::serving).findFirst().orElseThrow();
    }

    private static Optional<Stored> building(List<Stored> rows) {
        return rows.stream().filter(row -> !row.serving()).findFirst();
    }

    /** Runs a change in a transaction that has locked the generations of a projection; there has to be one. */
    private <T> Uni<T> locked(String name, Change<T> change) {
        return Uni.createFrom()
                .completionStage(() -> pool.withTransaction(connection -> connection
                                .preparedQuery(LOCK)
                                .execute(Tuple.of(name))
                                .compose(rows -> change.apply(connection, stored(rows))))
                        .toCompletionStage())
                .ifNoItem()
                .after(ProjectionTable.TIMEOUT)
                .fail()
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause));
    }

    private static List<Stored> stored(RowSet<Row> rows) {
        Function<Row, Stored> reader = row -> new Stored(
                row.getLong(0),
                row.getBoolean(1),
                row.getInteger(2),
                row.getLong(3),
                row.getBoolean(4),
                row.getLong(5));
        return ProjectionTable.list(rows, reader);
    }

    private interface Change<T> {
        Future<T> apply(SqlConnection connection, List<Stored> rows);
    }

    private record Stored(long generation, boolean serving, int version, long position, boolean paused, long epoch) {}
}
