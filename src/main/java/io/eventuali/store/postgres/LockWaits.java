package io.eventuali.store.postgres;

import io.eventuali.sql.Connections;
import io.eventuali.sql.Statements;
import io.eventuali.store.engine.Backend;
import io.eventuali.store.engine.Blocker;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Finds the sessions of the database for whose locks this replica waits: an append for that of the head, a read for one that somebody has on a
 * table. The database is asked only while an answer is late, on another connection, so no append and no read is slower for it.
 */
@Singleton
class LockWaits {
    private static final Logger LOG = Logger.getLogger(LockWaits.class);
    private static final Duration LATE = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** Names of prepared transactions are the user's; this much of them is enough to find them. */
    private static final int MAX_GIDS = 200;

    // What the role may not see of other roles' sessions is null, or a text in angle brackets.
    private static final String BACKEND =
            ", coalesce(a.usename, ''), coalesce(host(a.client_addr), ''), coalesce(a.state, ''),"
                    + " extract(epoch FROM clock_timestamp() - a.xact_start)::float8";

    // Sessions of this role are those of all replicas. Who waits may wait for one that waits itself: named is the one
    // at the end.
    private static final String BLOCKERS =
            "WITH RECURSIVE waiting AS (SELECT l.pid, min(l.waitstart) AS since, min(w.application_name) AS application"
                    + " FROM pg_locks l JOIN pg_stat_activity w ON w.pid = l.pid"
                    + " WHERE NOT l.granted AND l.waitstart < clock_timestamp() - interval '1 second'"
                    + " AND w.datname = current_database() AND w.usename = current_user"
                    + " AND ($1::int[] IS NULL OR l.pid = ANY ($1)) GROUP BY l.pid),"
                    + " chain (waiting, pid) AS (SELECT w.pid, b.pid FROM waiting w"
                    + " CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)"
                    + " UNION SELECT c.waiting, b.pid FROM chain c"
                    + " CROSS JOIN LATERAL unnest(pg_blocking_pids(c.pid)) AS b (pid) WHERE c.pid <> 0)"
                    + " SELECT c.pid, CASE WHEN c.pid = 0 THEN 'prepared transaction ' || left((SELECT string_agg(gid, ', ')"
                    + " FROM pg_prepared_xacts WHERE database = current_database()), " + MAX_GIDS
                    + ") ELSE coalesce(a.application_name, '') END" + BACKEND
                    + ", w.application, extract(epoch FROM clock_timestamp() - w.since)::float8"
                    + " FROM chain c JOIN waiting w ON w.pid = c.waiting LEFT JOIN pg_stat_activity a ON a.pid = c.pid"
                    + " WHERE c.pid = 0 OR pg_blocking_pids(c.pid) = '{}' ORDER BY c.pid, w.since";

    // As lock_log_head has it.
    private static final String HOLDER =
            "SELECT coalesce(l.pid, 0), coalesce(a.application_name, 'prepared transaction')"
                    + BACKEND + " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
                    + " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 1702260340 AND l.objsubid = 2"
                    + " AND l.objid = 'events'::regclass::oid"
                    + " AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())";

    private final Statements statements;
    private final Connections connections;
    private final Tasks tasks;
    private final MultiGauge named;
    private volatile Set<Integer> told = Set.of();
    private volatile double longest;
    private Cancellable ticker = () -> {};

    LockWaits(Statements statements, Connections connections, Tasks tasks, MeterRegistry meters) {
        this.statements = statements;
        this.connections = connections;
        this.tasks = tasks;
        named = MultiGauge.builder("eventuali.database.blocker.age.seconds")
                .description("Age of the transaction of a session for whose lock this replica waits")
                .register(meters);
        Gauge.builder("eventuali.database.blocked.seconds", () -> longest)
                .description("For how long this replica has waited for a lock of another session of the database")
                .register(meters);
    }

    void start(@Observes StartupEvent started) {
        ticker = tasks.every("lock-waits", Rhythm.every(LOOK), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    private Uni<Void> look() {
        Set<Integer> late = connections.waitedFor(LATE);
        if (late.isEmpty()) {
            tell(List.of());
            return Uni.createFrom().voidItem();
        }
        return find(late.toArray(Integer[]::new)).invoke(this::tell).replaceWithVoid();
    }

    /** For whose locks any replica has waited for more than a second. */
    Uni<List<Blocker>> blockers() {
        return find(null);
    }

    /** @param waiting sessions of this role; null for all of them */
    private Uni<List<Blocker>> find(Integer[] waiting) {
        return statements
                .execute(BLOCKERS, Tuple.tuple().addArrayOfInteger(waiting), TIMEOUT)
                .map(LockWaits::blockers);
    }

    private static List<Blocker> blockers(RowSet<Row> rows) {
        Map<Integer, List<Row>> byBackend = new LinkedHashMap<>();
        rows.forEach(row -> byBackend
                .computeIfAbsent(row.getInteger(0), pid -> new ArrayList<>())
                .add(row));
        return byBackend.values().stream()
                .map(waits -> new Blocker(
                        backend(waits.get(0)),
                        waits.stream().map(row -> row.getString(6)).distinct().toList(),
                        waits.get(0).getDouble(7)))
                .toList();
    }

    /** Who has the lock of the head at this moment. */
    Uni<Optional<Backend>> holder() {
        return statements
                .execute(HOLDER, Tuple.tuple(), TIMEOUT)
                .map(rows -> rows.stream().map(LockWaits::backend).findFirst());
    }

    private static Backend backend(Row row) {
        Double age = row.getDouble(5);
        return new Backend(
                row.getInteger(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                age == null ? OptionalDouble.empty() : OptionalDouble.of(age));
    }

    private void tell(List<Blocker> blockers) {
        longest = blockers.stream().mapToDouble(Blocker::waited).max().orElse(0);
        Set<Integer> found = new LinkedHashSet<>();
        for (Blocker blocker : blockers) {
            Backend backend = blocker.backend();
            found.add(backend.pid());
            if (!told.contains(backend.pid())) {
                LOG.warnf(
                        "a session of the database holds up %s waited=%s pid=%d application=%s user=%s"
                                + " client=%s state=%s age=%s",
                        String.join(", ", blocker.waiting()),
                        seconds(OptionalDouble.of(blocker.waited())),
                        backend.pid(),
                        printable(backend.application()),
                        printable(backend.user()),
                        printable(backend.client()),
                        printable(backend.state()),
                        seconds(backend.age()));
            }
        }
        for (Integer pid : told) {
            if (!found.contains(pid)) {
                LOG.infof("a session of the database holds up nothing any more pid=%d", pid);
            }
        }
        if (!found.isEmpty() || !told.isEmpty()) {
            named.register(
                    blockers.stream()
                            .map(Blocker::backend)
                            .map(LockWaits::gauge)
                            .toList(),
                    true);
        }
        told = found;
    }

    private static MultiGauge.Row<Number> gauge(Backend backend) {
        return MultiGauge.Row.of(
                Tags.of(
                        "pid", Integer.toString(backend.pid()),
                        "application", backend.application(),
                        "user", backend.user(),
                        "client", backend.client(),
                        "state", backend.state()),
                backend.age().orElse(Double.NaN));
    }

    private static String seconds(OptionalDouble seconds) {
        return seconds.isPresent() ? String.format(Locale.ROOT, "%.1fs", seconds.getAsDouble()) : "unknown";
    }

    /** One line of a log, whatever name somebody gave a session. */
    private static String printable(String text) {
        return text.isEmpty() ? "unknown" : text.replaceAll("\\p{C}", "?");
    }
}
