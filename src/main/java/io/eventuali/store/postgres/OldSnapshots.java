package io.eventuali.store.postgres;

import io.eventuali.sql.Statements;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Looks for the oldest snapshot that is held in the database, by a session, a prepared transaction or a replication slot. What changed since
 * cannot be cleaned up, so rows that change often become slow to find. A warning names the holder, once.
 */
@Singleton
class OldSnapshots {
    private static final Logger LOG = Logger.getLogger(OldSnapshots.class);
    private static final Duration LOOK = Duration.ofSeconds(30);
    // Of a slot it is not known since when it holds what it holds; this replica measures that.
    private static final String HOLDERS =
            "SELECT 'session pid=' || pid || ' application=' || coalesce(application_name, '')"
                    + " || ' user=' || coalesce(usename, '') || ' state=' || coalesce(state, ''),"
                    + " extract(epoch FROM clock_timestamp() - xact_start)::float8"
                    + " FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND xact_start IS NOT NULL"
                    + " AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'"
                    + " AND (datname = current_database() OR datname IS NULL)"
                    + " UNION ALL SELECT 'prepared transaction gid=' || gid || ' user=' || owner,"
                    + " extract(epoch FROM clock_timestamp() - prepared)::float8"
                    + " FROM pg_prepared_xacts WHERE database = current_database()"
                    + " UNION ALL SELECT 'replication slot name=' || slot_name || ' active=' || active"
                    + " || ' xmin=' || xmin, NULL FROM pg_replication_slots WHERE xmin IS NOT NULL";

    private final Statements statements;
    private final Tasks tasks;
    private final Duration limit;
    private Map<String, Long> slots = new HashMap<>();
    private String told = "";
    private volatile double oldest;
    private Cancellable ticker = () -> {};

    OldSnapshots(Statements statements, Tasks tasks, DatabaseConfig config, MeterRegistry meters) {
        this.statements = statements;
        this.tasks = tasks;
        this.limit = config.database().snapshotWarning();
        Gauge.builder("eventuali.database.oldest.snapshot.seconds", () -> oldest)
                .description("Age of the oldest snapshot that somebody holds in the database")
                .register(meters);
    }

    void start(@Observes StartupEvent started) {
        Duration period = limit.compareTo(LOOK) < 0 ? limit : LOOK;
        ticker = tasks.every("old-snapshots", Rhythm.every(period), this::look);
    }

    void stop(@Observes ShutdownEvent stopping) {
        ticker.cancel();
    }

    private Uni<Void> look() {
        return statements
                .execute(HOLDERS, Tuple.tuple())
                .invoke(rows -> tell(oldest(rows)))
                .replaceWithVoid();
    }

    private Optional<Holder> oldest(RowSet<Row> rows) {
        long now = System.nanoTime();
        Map<String, Long> still = new HashMap<>();
        Holder found = null;
        for (Row row : rows) {
            String who = row.getString(0);
            Double age = row.getDouble(1);
            if (age == null) {
                still.put(who, slots.getOrDefault(who, now));
                age = (now - still.get(who)) / 1e9;
            }
            if (found == null || age > found.seconds()) {
                found = new Holder(who, age);
            }
        }
        slots = still;
        return Optional.ofNullable(found);
    }

    private void tell(Optional<Holder> holder) {
        oldest = holder.map(Holder::seconds).orElse(0.0);
        String who =
                oldest > limit.toMillis() / 1_000.0 ? holder.map(Holder::name).orElse("") : "";
        if (!who.isEmpty() && !who.equals(told)) {
            LOG.warnf(
                    "an old snapshot keeps the database from cleaning up, so it becomes slower until it is let go: %s"
                            + " age=%ds",
                    who, (long) oldest);
        } else if (who.isEmpty() && !told.isEmpty()) {
            LOG.infof("the old snapshot was let go: %s", told);
        }
        told = who;
    }

    /** Who holds a snapshot, and for how long already. A name does not change while it is the same one. */
    private record Holder(String description, double seconds) {
        /** Without the state, which changes. */
        String name() {
            return description.replaceFirst(" state=.*", "");
        }
    }
}
