package io.eventuali.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.eventuali.verify.Verification.Status;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table {@code log_verification}: one recount at a time, whichever replica does it. */
@Singleton
class VerificationTable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<List<Finding>> FINDINGS = new TypeReference<>() {};
    /** A replica that runs one says so every second. */
    private static final String SILENT = "updated_at < now() - interval '30 s'";

    private static final String CLAIM = "INSERT INTO log_verification AS v (id, replica, status, from_position,"
            + " to_position, position) VALUES ($1, $2, 'running', $3, $4, $3) ON CONFLICT (only_row) DO UPDATE SET id ="
            + " excluded.id, replica = excluded.replica, status = 'running', started_at = now(), updated_at = now(),"
            + " from_position = excluded.from_position, to_position = excluded.to_position, position ="
            + " excluded.position, all_findings = 0, findings = '[]', reason = NULL WHERE (v.status <> 'running' OR v."
            + SILENT + ") AND ($5::time IS NULL OR v.started_at < " + lastTime("now()", "$5") + ") RETURNING id";
    private static final String MOVE = "UPDATE log_verification SET updated_at = now(), position = $2, all_findings ="
            + " $3, findings = $4, status = $5, reason = $6 WHERE id = $1 AND status = 'running'";
    private static final String READ = "SELECT id, replica, CASE WHEN status = 'running' AND " + SILENT
            + " THEN 'failed' ELSE status END, started_at, updated_at, from_position, to_position, position,"
            + " all_findings, findings, reason FROM log_verification";

    /** The last time that a time of the day came, in UTC, by the clock that wrote when the last recount began. */
    static String lastTime(String now, String time) {
        return "(date_trunc('day', %1$s AT TIME ZONE 'UTC' - %2$s::time) + %2$s::time) AT TIME ZONE 'UTC'"
                .formatted(now, time);
    }

    private final Statements statements;

    VerificationTable(Statements statements) {
        this.statements = statements;
    }

    /**
     * Begins a recount, unless one is under way.
     *
     * @param daily nor if one began since this time of the day, in UTC, came the last time; null for any time
     */
    Uni<Boolean> claim(UUID id, String replica, long from, long to, LocalTime daily) {
        return statements.execute(CLAIM, Tuple.of(id, replica, from, to, daily)).map(rows -> rows.size() > 0);
    }

    /** Says how far it is; false if it is not this one that is under way. */
    Uni<Boolean> move(UUID id, long position, Findings findings, Status status, String reason) {
        return statements
                .execute(MOVE, Tuple.of(id, position, findings.count(), write(findings.list()), status.text(), reason))
                .map(rows -> rows.rowCount() > 0);
    }

    /** The last one; empty if there was none. */
    Uni<Optional<Verification>> read() {
        return statements
                .execute(READ, Tuple.tuple())
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer a read", cause))
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(verification(row));
                    }
                    return Optional.empty();
                });
    }

    private static Verification verification(Row row) {
        return new Verification(
                row.getUUID(0).toString(),
                row.getString(1),
                Status.of(row.getString(2)),
                row.getOffsetDateTime(3).toInstant(),
                row.getOffsetDateTime(4).toInstant(),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                findings(row.getString(9)),
                Optional.ofNullable(row.getString(10)));
    }

    private static String write(List<Finding> findings) {
        try {
            return JSON.writeValueAsString(findings);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static List<Finding> findings(String json) {
        try {
            return JSON.readValue(json, FINDINGS);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
