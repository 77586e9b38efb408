package io.eventuali.store.postgres;

import io.eventuali.identity.LogIdentity;
import io.eventuali.identity.LogMark;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.engine.Backend;
import io.eventuali.store.engine.Blocker;
import io.eventuali.store.engine.LogInspection;
import io.eventuali.store.engine.LogOverview;
import io.eventuali.store.engine.LogOverview.Contents;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Asks first who holds what, which needs no lock of a table, and then for what is in the tables, which may be what somebody holds. */
@Singleton
class PostgresLogInspection implements LogInspection {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final String CONTENTS = "SELECT log_mark(), i.origin, i.since,"
            + " (SELECT e.recorded_at FROM events e ORDER BY e.global_position LIMIT 1),"
            + " (SELECT e.recorded_at FROM events e ORDER BY e.global_position DESC LIMIT 1),"
            + " pg_total_relation_size('events') FROM log_identity i";

    private final Statements statements;
    private final LockWaits waits;
    private final LogIdentity identity;

    PostgresLogInspection(Statements statements, LockWaits waits, LogIdentity identity) {
        this.statements = statements;
        this.waits = waits;
        this.identity = identity;
    }

    @Override
    public Uni<LogOverview> overview() {
        return Uni.combine()
                .all()
                .unis(waits.holder(), waits.blockers())
                .asTuple()
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer a read", cause))
                .chain(locks -> contents()
                        .map(row -> known(row, locks.getItem1(), locks.getItem2()))
                        .onFailure()
                        .recoverWithItem(() -> unknown(locks.getItem1(), locks.getItem2())));
    }

    private Uni<Row> contents() {
        return statements.execute(CONTENTS, Tuple.tuple(), TIMEOUT).map(rows -> rows.iterator()
                .next());
    }

    private static LogOverview known(Row row, Optional<Backend> holder, List<Blocker> blockers) {
        LogMark mark = LogMark.parse(row.getString(0));
        Contents contents = new Contents(
                row.getString(1),
                row.getOffsetDateTime(2).toInstant(),
                instant(row, 3),
                instant(row, 4),
                row.getLong(5));
        return new LogOverview(mark.head(), mark.epoch(), Optional.of(contents), holder, blockers);
    }

    private LogOverview unknown(Optional<Backend> holder, List<Blocker> blockers) {
        LogMark seen = identity.seen();
        return new LogOverview(seen.head(), seen.epoch(), Optional.empty(), holder, blockers);
    }

    private static Optional<Instant> instant(Row row, int column) {
        return Optional.ofNullable(row.getOffsetDateTime(column)).map(time -> time.toInstant());
    }
}
