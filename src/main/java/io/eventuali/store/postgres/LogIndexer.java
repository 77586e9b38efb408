package io.eventuali.store.postgres;

import io.eventuali.sql.Statements;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Has the index of kinds follow the log. Each replica tries; who holds the lock of the index does it, in transactions of a tenth of a second,
 * so a replica that dies leaves nothing half done.
 */
@Singleton
class LogIndexer {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int RANGES = 16;
    /** Statements in one go: an index that is far behind comes closer within the time that one go of a task has. */
    private static final int STATEMENTS = 50;

    private static final String INDEX = "SELECT indexed, added FROM index_log($1)";

    private final Statements statements;
    private final StoreMeters meters;
    private final Tasks tasks;
    private Cancellable look = () -> {};

    LogIndexer(Statements statements, StoreMeters meters, Tasks tasks) {
        this.statements = statements;
        this.meters = meters;
        this.tasks = tasks;
    }

    void start(@Observes StartupEvent started) {
        look = tasks.every("log-index", Rhythm.every(LOOK), () -> index(STATEMENTS));
    }

    void stop(@Observes ShutdownEvent stopping) {
        look.cancel();
    }

    private Uni<Void> index(int left) {
        return statements.execute(INDEX, Tuple.of(RANGES)).chain(rows -> {
            Row row = rows.iterator().next();
            meters.indexed(row.getLong(0));
            boolean more = row.getInteger(1) == RANGES && left > 1;
            return more ? index(left - 1) : Uni.createFrom().voidItem();
        });
    }
}
