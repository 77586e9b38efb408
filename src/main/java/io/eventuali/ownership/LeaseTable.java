package io.eventuali.ownership;

import io.eventuali.sql.Statements;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Leases in PostgreSQL. Every time in it is the database's, so the clocks of the replicas do not matter. */
@Singleton
class LeaseTable {
    private static final double MILLIS = 1_000;

    private static final String BEAT = "INSERT INTO replica (replica_id, wanted, expires_at)"
            + " VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))"
            + " ON CONFLICT (replica_id) DO UPDATE SET wanted = EXCLUDED.wanted, expires_at = EXCLUDED.expires_at";
    private static final String BURY = "DELETE FROM replica WHERE expires_at < clock_timestamp() - interval '1 day'";
    private static final String RENEW = "UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => $2)"
            + " WHERE owner = $1 RETURNING name, epoch";
    private static final String REPLICAS =
            "SELECT replica_id, wanted FROM replica WHERE expires_at > clock_timestamp()";
    private static final String HELD =
            "SELECT name, owner FROM lease WHERE owner IS NOT NULL AND expires_at > clock_timestamp()";
    private static final String DECLARE =
            "INSERT INTO lease (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING";
    // The condition is looked at again after the row lock was obtained: of two that claim at once, one gets nothing.
    private static final String CLAIM = "UPDATE lease SET owner = $1, epoch = epoch + 1,"
            + " expires_at = clock_timestamp() + make_interval(secs => $3)"
            + " WHERE name = ANY ($2) AND (owner IS NULL OR expires_at < clock_timestamp()) RETURNING name, epoch";
    private static final String RELEASE = "UPDATE lease SET owner = NULL WHERE owner = $1 AND name = ANY ($2)";
    private static final String LEAVE = "WITH gone AS (DELETE FROM replica WHERE replica_id = $1)"
            + " UPDATE lease SET owner = NULL WHERE owner = $1";

    private final Statements statements;

    LeaseTable(Statements statements) {
        this.statements = statements;
    }

    /** Makes leases known that nobody has claimed before. */
    Uni<Void> declare(Collection<String> names) {
        return statements
                .execute(DECLARE, Tuple.of((Object) names.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Says that a replica lives, prolongs what it owns, and tells what that is. An expired lease that nobody took is prolonged, too. */
    Uni<List<Lease>> renew(String replica, Collection<String> wanted, Duration duration) {
        return statements
                .execute(BEAT, Tuple.of(replica, wanted.toArray(String[]::new), seconds(duration)))
                .chain(() -> statements.execute(RENEW, Tuple.of(replica, seconds(duration))))
                .map(LeaseTable::leases);
    }

    /** Forgets replicas that died long ago. */
    Uni<Void> bury() {
        return statements.execute(BURY, Tuple.tuple()).replaceWithVoid();
    }

    /** Who lives and who holds what. */
    Uni<LeaseView> view() {
        return statements.execute(REPLICAS, Tuple.tuple()).chain(replicas -> statements
                .execute(HELD, Tuple.tuple())
                .map(held -> new LeaseView(wanted(replicas), owners(held))));
    }

    /** Claims those of these leases that are free now. */
    Uni<List<Lease>> claim(String replica, Collection<String> names, Duration duration) {
        return statements
                .execute(CLAIM, Tuple.of(replica, names.toArray(String[]::new), seconds(duration)))
                .map(LeaseTable::leases);
    }

    /** Gives leases back, if they are still this replica's. */
    Uni<Void> release(String replica, Collection<String> names) {
        return statements
                .execute(RELEASE, Tuple.of(replica, (Object) names.toArray(String[]::new)))
                .replaceWithVoid();
    }

    /** Gives everything back. */
    Uni<Void> leave(String replica) {
        return statements.execute(LEAVE, Tuple.of(replica)).replaceWithVoid();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS;
    }

    private static List<Lease> leases(RowSet<Row> rows) {
        List<Lease> leases = new ArrayList<>(rows.size());
        rows.forEach(row -> leases.add(new Lease(row.getString(0), row.getLong(1))));
        return leases;
    }

    private static Map<String, Set<String>> wanted(RowSet<Row> rows) {
        Map<String, Set<String>> wanted = new HashMap<>();
        rows.forEach(row -> wanted.put(row.getString(0), Set.of(row.getArrayOfStrings(1))));
        return wanted;
    }

    private static Map<String, String> owners(RowSet<Row> rows) {
        Map<String, String> owners = new HashMap<>();
        rows.forEach(row -> owners.put(row.getString(0), row.getString(1)));
        return owners;
    }
}
