package io.eventuali.ownership;

import io.eventuali.identity.LogIdentity;
import io.eventuali.ownership.LeaseView.LeaseRow;
import io.eventuali.ownership.LeaseView.ReplicaRow;
import io.eventuali.ownership.LeaseView.Rows;
import io.eventuali.ownership.LeaseView.Term;
import io.eventuali.sql.Connections;
import io.eventuali.sql.Statements;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Leases in PostgreSQL. Every time in it is the database's, so the clocks of the replicas do not matter. Beside the time at which it ends,
 * each row has for how long it is given: a term that ends later than that from now cannot be right.
 */
@Singleton
class LeaseTable {
    private static final double MILLIS = 1_000;
    /** Short, so that a lease outlives a connection that has died. */
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    /** A clock as a number, which knows infinity too. */
    private static final String SECONDS = "extract(epoch FROM %s)::float8";

    private static final String NOW = SECONDS.formatted("clock_timestamp()");
    private static final String TERM =
            SECONDS.formatted("expires_at") + ", " + NOW + ", " + SECONDS.formatted("given_for");
    private static final String BEAT = "INSERT INTO replica (replica_id, wanted, expires_at, given_for)"
            + " VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), make_interval(secs => $3))"
            + " ON CONFLICT (replica_id) DO UPDATE SET wanted = EXCLUDED.wanted, expires_at = EXCLUDED.expires_at,"
            + " given_for = EXCLUDED.given_for RETURNING " + NOW;
    private static final String BURY = "DELETE FROM replica WHERE expires_at < clock_timestamp() - interval '1 day'"
            + " OR expires_at > clock_timestamp() + given_for + interval '1 minute'";
    private static final String RENEW = "UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => $2),"
            + " given_for = make_interval(secs => $2) WHERE owner = $1 AND log_follows($3) RETURNING name, epoch";
    private static final String REPLICAS =
            "SELECT replica_id, wanted, " + TERM + " FROM replica WHERE expires_at > clock_timestamp()";
    private static final String HELD = "SELECT name, epoch, owner, " + TERM
            + " FROM lease WHERE owner IS NOT NULL AND expires_at > clock_timestamp()";
    private static final String DECLARE =
            "INSERT INTO lease (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING";
    // The condition is looked at again after the row lock was obtained: of two that claim at once, one gets nothing. A
    // lease with a void
    // term is claimed as it was seen: if its owner has renewed it since, it is not.
    private static final String CLAIM = "UPDATE lease l SET owner = $1, epoch = l.epoch + 1, expires_at ="
            + " clock_timestamp() + make_interval(secs => $3), given_for = make_interval(secs => $3) FROM"
            + " unnest($2::text[], $4::bigint[], $5::float8[]) AS c (name, epoch, expiry) WHERE l.name = c.name AND"
            + " log_follows($6) AND (l.owner IS NULL OR l.expires_at < clock_timestamp() OR (l.epoch = c.epoch AND "
            + SECONDS.formatted("l.expires_at") + " = c.expiry)) RETURNING l.name, l.epoch";
    private static final String RELEASE = "UPDATE lease SET owner = NULL WHERE owner = $1 AND name = ANY ($2)";
    private static final String LEAVE = "WITH gone AS (DELETE FROM replica WHERE replica_id = $1)"
            + " UPDATE lease SET owner = NULL WHERE owner = $1";

    private final Statements statements;
    private final LogIdentity identity;

    LeaseTable(Statements statements, LogIdentity identity) {
        this.statements = statements;
        this.identity = identity;
    }

    /** Makes leases known that nobody has claimed before. */
    Uni<Void> declare(Collection<String> names) {
        return execute(DECLARE, Tuple.of((Object) names.toArray(String[]::new))).replaceWithVoid();
    }

    /**
     * Says that a replica lives.
     *
     * @return what time the database has, in seconds since 1970
     */
    Uni<Double> beat(String replica, Collection<String> wanted, Duration duration) {
        return execute(BEAT, Tuple.of(replica, wanted.toArray(String[]::new), seconds(duration)))
                .map(rows -> rows.iterator().next().getDouble(0));
    }

    /** Prolongs what a replica owns, and tells what that is; nothing in another log than the replica's. An expired lease that nobody took is prolonged, too. */
    Uni<List<Lease>> renew(String replica, Duration duration) {
        return execute(RENEW, Tuple.of(replica, seconds(duration), identity.guard(identity.epoch())))
                .map(LeaseTable::leases);
    }

    /** Forgets replicas that died long ago. */
    Uni<Void> bury() {
        return execute(BURY, Tuple.tuple()).replaceWithVoid();
    }

    /** Who lives and who holds what, as far as nothing has expired. */
    Uni<Rows> view() {
        return execute(REPLICAS, Tuple.tuple()).chain(replicas -> execute(HELD, Tuple.tuple())
                .map(held -> new Rows(
                        list(
                                replicas,
                                row -> new ReplicaRow(
                                        row.getString(0), Set.of(row.getArrayOfStrings(1)), term(row, 2))),
                        list(
                                held,
                                row -> new LeaseRow(
                                        new Lease(row.getString(0), row.getLong(1)),
                                        row.getString(2),
                                        term(row, 3))))));
    }

    /**
     * Claims those of these leases that are free now.
     *
     * @param voids those of them whose term is void, as they were seen
     */
    Uni<List<Lease>> claim(String replica, Collection<String> names, Map<String, LeaseRow> voids, Duration duration) {
        List<String> ordered = List.copyOf(names);
        Long[] epochs = ordered.stream()
                .map(name -> voids.containsKey(name) ? voids.get(name).lease().epoch() : null)
                .toArray(Long[]::new);
        Double[] ends = ordered.stream()
                .map(name -> voids.containsKey(name) ? voids.get(name).term().end() : null)
                .toArray(Double[]::new);
        return execute(
                        CLAIM,
                        Tuple.tuple()
                                .addString(replica)
                                .addArrayOfString(ordered.toArray(String[]::new))
                                .addDouble(seconds(duration))
                                .addArrayOfLong(epochs)
                                .addArrayOfDouble(ends)
                                .addString(identity.guard(identity.epoch())))
                .map(LeaseTable::leases);
    }

    /** Gives leases back, if they are still this replica's. */
    Uni<Void> release(String replica, Collection<String> names) {
        return execute(RELEASE, Tuple.of(replica, (Object) names.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Gives everything back. */
    Uni<Void> leave(String replica) {
        return execute(LEAVE, Tuple.of(replica)).replaceWithVoid();
    }

    /** On the connection that is kept for leases: who reads the log must not cost this replica its work. */
    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements.execute(Connections.Use.LEASES, sql, arguments, TIMEOUT);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS;
    }

    private static Term term(Row row, int column) {
        return new Term(row.getDouble(column), row.getDouble(column + 1), row.getDouble(column + 2));
    }

    private static List<Lease> leases(RowSet<Row> rows) {
        return list(rows, row -> new Lease(row.getString(0), row.getLong(1)));
    }

    private static <T> List<T> list(RowSet<Row> rows, Function<Row, T> reader) {
        List<T> list = new ArrayList<>(rows.size());
        rows.forEach(row -> list.add(reader.apply(row)));
        return list;
    }
}
