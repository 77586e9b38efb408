package io.eventuali.projection;

import io.eventuali.ownership.ReplicaId;
import io.eventuali.task.Failure;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** When projections started and stopped, and what operators did with them. A line that cannot be written is lost; the log has it. */
@Singleton
class ProjectionHistory {
    private static final Logger LOG = Logger.getLogger(ProjectionHistory.class);
    private static final int KEPT = 100;

    private static final String ADD = "WITH old AS (DELETE FROM projection_history WHERE projection = $1 AND id <="
            + " (SELECT id FROM projection_history WHERE projection = $1 ORDER BY id DESC OFFSET $8 LIMIT 1))"
            + " INSERT INTO projection_history (projection, what, replica, version, position, detail, principal)"
            + " VALUES ($1, $2, $3, $4, $5, $6, $7)";
    private static final String LAST =
            "SELECT at, what, replica, version, position, detail, principal FROM projection_history"
                    + " WHERE projection = $1 ORDER BY id DESC LIMIT $2";

    private final ProjectionTable table;
    private final String replica;

    ProjectionHistory(ProjectionTable table, ReplicaId replica) {
        this.table = table;
        this.replica = replica.value();
    }

    /** Adds a line about something that nobody asked for, in the background. */
    void add(String projection, HistoryEntry.What what, int version, long position, String detail) {
        add(projection, what, version, position, detail, Optional.empty());
    }

    /** Adds a line, in the background. */
    void add(
            String projection, HistoryEntry.What what, int version, long position, String detail, Optional<String> by) {
        Tuple line = Tuple.tuple()
                .addString(projection)
                .addString(what.name())
                .addString(replica)
                .addInteger(version)
                .addLong(position)
                .addString(detail)
                .addString(by.orElse(null))
                .addInteger(KEPT - 2);
        table.execute(ADD, line)
                .subscribe()
                .with(added -> {}, failure -> LOG.debugf("history not written: %s", failure.getMessage()));
    }

    /** The newest lines, newest first. */
    Uni<List<HistoryEntry>> last(String projection, int limit) {
        return table.execute(LAST, Tuple.of(projection, limit))
                .map(rows -> ProjectionTable.list(rows, ProjectionHistory::entry));
    }

    private static HistoryEntry entry(Row row) {
        HistoryEntry.What what = HistoryEntry.What.valueOf(row.getString(1));
        Optional<String> detail = Optional.ofNullable(row.getString(5));
        boolean stopped = what == HistoryEntry.What.STOPPED;
        return new HistoryEntry(
                row.getOffsetDateTime(0).toInstant(),
                what,
                row.getString(2),
                row.getInteger(3),
                row.getLong(4),
                detail.filter(text -> !stopped),
                detail.filter(text -> stopped).map(Failure::read),
                Optional.ofNullable(row.getString(6)));
    }
}
