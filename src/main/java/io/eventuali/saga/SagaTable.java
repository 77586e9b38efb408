package io.eventuali.saga;

import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Statements;
import io.eventuali.store.EventStoreException;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The rows of sagas: an index over their streams. Failures are {@link EventStoreException.Unavailable}. */
@Singleton
class SagaTable {
    private static final double MILLIS = 1_000;
    private static final int GONE_AT_ONCE = 5_000;

    private static final String CLAIM = "INSERT INTO saga"
            + " (type, saga_id, partition, version, business_key, claimed_key, status, after, due_at, request)"
            + " VALUES ($1, $2, $3, $4, $5, $5, 'started', $6, clock_timestamp() + interval '2 seconds', $7)"
            + " ON CONFLICT DO NOTHING RETURNING saga_id";
    private static final String CLAIMED = "SELECT saga_id FROM saga WHERE type = $1 AND claimed_key = $2";
    private static final String UNCLAIM = "DELETE FROM saga WHERE type = $1 AND saga_id = $2 AND position = 0";
    private static final String REQUEST =
            "SELECT request FROM saga WHERE type = $1 AND saga_id = $2 AND position = 0 AND request IS NOT NULL";
    // One row at least, which tells the time.
    private static final String DUE = "SELECT t.now, s.saga_id, s.position, s.request"
            + " FROM (SELECT clock_timestamp() AS now) AS t"
            + " LEFT JOIN LATERAL (SELECT saga_id, position, request, due_at FROM saga"
            + " WHERE type = $1 AND partition = ANY ($2) AND due_at <= t.now"
            + " AND (halted IS NULL OR version = ANY ($3)) ORDER BY due_at LIMIT $4) AS s ON true ORDER BY s.due_at";

    private static final String DECLARE =
            "INSERT INTO saga_intake (type, position) VALUES ($1, $2) ON CONFLICT (type) DO NOTHING";
    private static final String DECLARE_STARTS = "INSERT INTO saga_start (type, event_type, after)"
            + " SELECT $1, e.type, $3 FROM unnest($2::text[]) AS e (type) ON CONFLICT DO NOTHING RETURNING event_type";
    // A reader whose code has not the rule passes such events by: should the rule come back, it begins anew.
    private static final String FORGET_STARTS = "DELETE FROM saga_start WHERE type = $1 AND event_type <> ALL ($2)"
            + " AND EXISTS (SELECT FROM saga_intake i WHERE i.type = $1 AND i.epoch = $3)";
    private static final String STARTS = "SELECT event_type, after FROM saga_start WHERE type = $1";
    // The row lock makes a former reader that writes meanwhile either come before this, or find another epoch.
    private static final String ADOPT =
            "UPDATE saga_intake SET epoch = $2 WHERE type = $1 AND epoch <= $2 AND log_follows($3)"
                    + " RETURNING position";
    private static final String FOLLOW = "WITH reader AS (SELECT type FROM saga_intake"
            + " WHERE type = $1 AND epoch = $2 AND log_follows($6) FOR UPDATE),"
            + " written AS (INSERT INTO saga (type, saga_id, partition, version, business_key, status, step, failure,"
            + " halted, position, after, due_at, started_at, updated_at, finished_at, started_by)"
            + " SELECT c.type, r.\"sagaId\", r.partition, r.version, r.\"businessKey\", r.status, r.step, r.failure,"
            + " r.halted, r.position, r.after, r.\"dueAt\", r.\"startedAt\", r.\"updatedAt\", r.\"finishedAt\","
            + " r.\"startedBy\""
            + " FROM reader c, jsonb_to_recordset($3::text::jsonb) AS r (\"sagaId\" text, partition integer,"
            + " version integer, \"businessKey\" text, status text, step text, failure text, halted text,"
            + " position bigint, after bigint, \"dueAt\" timestamptz, \"startedAt\" timestamptz,"
            + " \"updatedAt\" timestamptz, \"finishedAt\" timestamptz, \"startedBy\" text)"
            + " ON CONFLICT (type, saga_id) DO UPDATE SET status = EXCLUDED.status, step = EXCLUDED.step,"
            + " failure = EXCLUDED.failure, halted = EXCLUDED.halted, position = EXCLUDED.position,"
            + " due_at = EXCLUDED.due_at, updated_at = EXCLUDED.updated_at, finished_at = EXCLUDED.finished_at,"
            + " started_by = EXCLUDED.started_by, request = NULL,"
            + " claimed_key = CASE WHEN EXCLUDED.finished_at IS NULL THEN saga.claimed_key END"
            + " WHERE saga.position < EXCLUDED.position),"
            + " gone AS (DELETE FROM saga_await a USING reader c, jsonb_to_recordset($4::text::jsonb)"
            + " AS r (\"sagaId\" text, step text)"
            + " WHERE a.type = c.type AND a.saga_id = r.\"sagaId\" AND a.step = r.step),"
            + " waiting AS (INSERT INTO saga_await (type, saga_id, step, key, after)"
            + " SELECT c.type, r.\"sagaId\", r.step, r.key, r.after FROM reader c,"
            + " jsonb_to_recordset($5::text::jsonb) AS r (\"sagaId\" text, step text, key text, after bigint)"
            + " ON CONFLICT (type, saga_id, step) DO NOTHING)"
            + " SELECT type FROM reader";
    private static final String ADVANCE = "WITH reader AS (UPDATE saga_intake SET position = $3"
            + " WHERE type = $1 AND epoch = $2 AND position = $6 AND log_follows($7) RETURNING type),"
            + " heard AS (INSERT INTO saga_signal (type, step, key, position)"
            + " SELECT c.type, r.step, r.key, r.position FROM reader c, jsonb_to_recordset($4::text::jsonb)"
            + " AS r (step text, key text, position bigint) ON CONFLICT DO NOTHING),"
            + " started AS (INSERT INTO saga"
            + " (type, saga_id, partition, version, business_key, claimed_key, status, after, due_at, request)"
            + " SELECT c.type, r.\"sagaId\", r.partition, r.version, r.\"businessKey\", r.\"businessKey\", 'started',"
            + " r.after, clock_timestamp() + interval '2 seconds', r.request"
            + " FROM reader c, jsonb_to_recordset($5::text::jsonb) AS r (\"sagaId\" text, partition integer,"
            + " version integer, \"businessKey\" text, after bigint, request text)"
            + " ON CONFLICT DO NOTHING RETURNING saga_id)"
            + " SELECT c.type, s.saga_id FROM reader c LEFT JOIN started s ON true";

    private static final String MATCH =
            "SELECT a.saga_id, a.step, (SELECT min(s.position) FROM saga_signal s WHERE s.type = a.type"
                    + " AND s.step = a.step AND s.key = a.key AND s.position > a.after) AS position FROM saga_await a ";
    private static final String MATCH_ALL = MATCH + "WHERE a.type = $1";
    private static final String MATCH_SAGAS = MATCH + "WHERE a.type = $1 AND a.saga_id = ANY ($2)";
    private static final String MATCH_HEARD =
            "SELECT a.saga_id, a.step, min(h.position) FROM jsonb_to_recordset($2::text::jsonb)"
                    + " AS h (step text, key text, position bigint)"
                    + " JOIN saga_await a ON a.type = $1 AND a.step = h.step"
                    + " AND a.key = h.key AND h.position > a.after GROUP BY a.saga_id, a.step";

    private static final String COLUMNS = "type, saga_id, version, business_key, status, step, failure, halted, due_at,"
            + " started_at, updated_at, finished_at, started_by";
    private static final String LIST = "SELECT " + COLUMNS + " FROM saga WHERE ($1::text IS NULL OR type = $1)"
            + " AND (cardinality($2::text[]) = 0 OR status = ANY ($2)) AND ($3::text IS NULL OR business_key = $3)"
            + " AND ($4::float8 IS NULL OR started_at < clock_timestamp() - make_interval(secs => $4))"
            + " AND ($5::timestamptz IS NULL OR (started_at, saga_id) < ($5, $6))"
            + " ORDER BY started_at DESC, saga_id DESC LIMIT $7";
    private static final String STUCK = "SELECT " + COLUMNS + " FROM saga"
            + " WHERE type = ANY ($1) AND (status = 'compensation_failed' OR halted IS NOT NULL) LIMIT $2";
    private static final String COUNT = "SELECT type, status, count(*) FROM saga"
            + " WHERE type = ANY ($1) AND finished_at IS NULL GROUP BY type, status";
    private static final String COUNT_STUCK = "SELECT type, count(*) FROM saga"
            + " WHERE type = ANY ($1) AND (status = 'compensation_failed' OR halted IS NOT NULL) GROUP BY type";

    private static final String INTAKE_PLACES =
            "SELECT i.type, i.position, EXISTS (SELECT FROM lease_held h WHERE h.name = w.lease)"
                    + " FROM unnest($1::text[], $2::text[]) AS w (type, lease) JOIN saga_intake i ON i.type = w.type";

    private static final String FORGET = "DELETE FROM saga WHERE (type, saga_id) IN (SELECT type, saga_id FROM saga"
            + " WHERE type = $1 AND finished_at < clock_timestamp() - make_interval(secs => $2) LIMIT $3)";
    private static final String FORGET_SIGNALS = "DELETE FROM saga_signal WHERE type = $1 AND position <="
            + " (SELECT least(i.position, (SELECT min(s.after) FROM saga s WHERE s.type = $1"
            + " AND s.finished_at IS NULL AND s.status IN ('started', 'in_progress')))"
            + " FROM saga_intake i WHERE i.type = $1)";

    private final Statements statements;
    private final LogIdentity identity;

    SagaTable(Statements statements, LogIdentity identity) {
        this.statements = statements;
        this.identity = identity;
    }

    /** Epoch of the log that this replica works on. What is written under it changes nothing in another log. */
    String log() {
        return identity.epoch();
    }

    /** Takes an id and a business key for a new saga. False if one of them is taken. */
    Uni<Boolean> claim(String type, String sagaId, StartRequest request) {
        return execute(
                        CLAIM,
                        Tuple.of(
                                type,
                                sagaId,
                                Partition.number(sagaId),
                                request.started().version(),
                                request.started().businessKey(),
                                request.started().after(),
                                SagaJson.write(request)))
                .map(rows -> rows.size() > 0);
    }

    /** Which saga has taken a business key. */
    Uni<Optional<String>> claimed(String type, String businessKey) {
        return execute(CLAIMED, Tuple.of(type, businessKey))
                .map(rows -> list(rows, row -> row.getString(0)).stream().findFirst());
    }

    /** Gives back what was claimed, unless the saga has begun. */
    Uni<Void> unclaim(String type, String sagaId) {
        return execute(UNCLAIM, Tuple.of(type, sagaId)).replaceWithVoid();
    }

    /** What the first event of a saga is to be that has not begun as far as is known. */
    Uni<Optional<StartRequest>> request(String type, String sagaId) {
        return execute(REQUEST, Tuple.of(type, sagaId))
                .map(rows -> list(rows, row -> SagaJson.read(row.getString(0), StartRequest.class)).stream()
                        .findFirst());
    }

    /** Sagas that somebody has to look at, those that wait longest first. */
    Uni<DueSagas> due(String type, Collection<Integer> partitions, Collection<Integer> versions, int limit) {
        return execute(DUE, Tuple.of(type, partitions.toArray(Integer[]::new), versions.toArray(Integer[]::new), limit))
                .map(rows -> {
                    List<DueSagas.Due> due = new ArrayList<>();
                    Instant now = null;
                    for (Row row : rows) {
                        now = row.getOffsetDateTime(0).toInstant();
                        if (row.getString(1) != null) {
                            due.add(new DueSagas.Due(
                                    row.getString(1),
                                    row.getLong(2),
                                    Optional.ofNullable(row.getString(3))
                                            .map(text -> SagaJson.read(text, StartRequest.class))));
                        }
                    }
                    return new DueSagas(now, due);
                });
    }

    /** Makes a type known; its events are read from this position on. */
    Uni<Void> declare(String type, long position) {
        return execute(DECLARE, Tuple.of(type, position)).replaceWithVoid();
    }

    /**
     * Makes known which events start sagas of a type.
     *
     * @param after position after which those that are new here count
     * @return those that are new here
     */
    Uni<List<String>> declareStarts(String type, Collection<String> eventTypes, long after) {
        return execute(DECLARE_STARTS, Tuple.of(type, eventTypes.toArray(String[]::new), after))
                .map(rows -> list(rows, row -> row.getString(0)));
    }

    /** Forgets all events that start sagas but these. Does nothing if there is a newer reader. */
    Uni<Void> forgetStarts(String type, long epoch, Collection<String> but) {
        return execute(FORGET_STARTS, Tuple.of(type, but.toArray(String[]::new), epoch))
                .replaceWithVoid();
    }

    /** Which events start sagas of a type, each with the position after which it does. */
    Uni<Map<String, Long>> starts(String type) {
        return execute(STARTS, Tuple.of(type)).map(rows -> list(rows, row -> row).stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getLong(1))));
    }

    /** Becomes the reader of the log for a type. Empty if there is a newer one, or another log. */
    Uni<Optional<Long>> adopt(String type, Reader reader) {
        return execute(ADOPT, Tuple.of(type, reader.epoch(), identity.guard(reader.log())))
                .map(rows -> list(rows, row -> row.getLong(0)).stream().findFirst());
    }

    /** Writes what became of sagas. False if there is a newer reader, and then nothing was written. */
    Uni<Boolean> follow(
            String type,
            Reader reader,
            List<SagaRow> sagas,
            List<SagaRow.Await> noLongerAwaited,
            List<SagaRow.Await> awaited) {
        return execute(
                        FOLLOW,
                        Tuple.of(
                                type,
                                reader.epoch(),
                                SagaJson.write(sagas),
                                SagaJson.write(noLongerAwaited),
                                SagaJson.write(awaited),
                                identity.guard(reader.log())))
                .map(rows -> rows.size() > 0);
    }

    /**
     * Moves the checkpoint, with what was found up to there.
     *
     * @param from where the checkpoint is expected
     * @return ids of the sagas that were not known; empty if there is a newer reader, another checkpoint or another log, and then nothing was
     *     written
     */
    Uni<Optional<List<String>>> advance(
            String type, Reader reader, long from, long to, List<SagaRow.Signal> signals, List<SagaRow.Start> starts) {
        return execute(
                        ADVANCE,
                        Tuple.of(
                                type,
                                reader.epoch(),
                                to,
                                SagaJson.write(signals),
                                SagaJson.write(starts),
                                from,
                                identity.guard(reader.log())))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(list(rows, row -> row.getString(1)).stream()
                                .filter(id -> id != null)
                                .toList()));
    }

    /** Steps that wait for an event that was heard, whenever that was. */
    Uni<List<Match>> matches(String type) {
        return execute(MATCH_ALL, Tuple.of(type)).map(SagaTable::matches);
    }

    /** Steps of these sagas that wait for an event that was heard before. */
    Uni<List<Match>> matchesOf(String type, Collection<String> sagaIds) {
        return execute(MATCH_SAGAS, Tuple.of(type, (Object) sagaIds.toArray(String[]::new)))
                .map(SagaTable::matches);
    }

    /** Steps that wait for one of these events. */
    Uni<List<Match>> matches(String type, List<SagaRow.Signal> signals) {
        return execute(MATCH_HEARD, Tuple.of(type, SagaJson.write(signals))).map(SagaTable::matches);
    }

    Uni<List<SagaSummary>> list(SagaQuery query) {
        Tuple arguments = Tuple.tuple()
                .addString(query.type().orElse(null))
                .addArrayOfString(
                        query.statuses().stream().map(SagaStatus::wireName).toArray(String[]::new))
                .addString(query.businessKey().orElse(null))
                .addDouble(query.olderThan().map(SagaTable::seconds).orElse(null))
                .addOffsetDateTime(query.after()
                        .map(cursor -> cursor.startedAt().atOffset(ZoneOffset.UTC))
                        .orElse(null))
                .addString(query.after().map(SagaQuery.Cursor::sagaId).orElse(null))
                .addInteger(query.limit());
        return execute(LIST, arguments).map(rows -> list(rows, SagaTable::summary));
    }

    /** Sagas that wait for an operator or for other code. */
    Uni<List<SagaSummary>> stuck(Collection<String> types, int limit) {
        return execute(STUCK, Tuple.of(types.toArray(String[]::new), limit))
                .map(rows -> list(rows, SagaTable::summary));
    }

    /** Unfinished sagas by type and status. */
    Uni<List<StatusCount>> counts(Collection<String> types) {
        return execute(COUNT, Tuple.of((Object) types.toArray(String[]::new)))
                .map(rows ->
                        list(rows, row -> new StatusCount(row.getString(0), status(row.getString(1)), row.getLong(2))));
    }

    /** Sagas that wait for an operator or for other code, by type. */
    Uni<List<StatusCount>> stuckCounts(Collection<String> types) {
        return execute(COUNT_STUCK, Tuple.of((Object) types.toArray(String[]::new)))
                .map(rows -> list(
                        rows,
                        row -> new StatusCount(row.getString(0), SagaStatus.COMPENSATION_FAILED, row.getLong(1))));
    }

    /** How far the log was read for these types. */
    Uni<Map<String, IntakePlace>> intakePlaces(Collection<String> types) {
        List<String> ordered = List.copyOf(types);
        String[] leases = ordered.stream()
                .map(type -> new Partition(type, Partition.INTAKE).leaseName())
                .toArray(String[]::new);
        return execute(INTAKE_PLACES, Tuple.of(ordered.toArray(String[]::new), (Object) leases))
                .map(rows -> list(rows, row -> row).stream()
                        .collect(Collectors.toMap(
                                row -> row.getString(0), row -> new IntakePlace(row.getLong(1), row.getBoolean(2)))));
    }

    /** Removes rows of sagas that were finished so long ago, and signals that nobody can wait for any more. */
    Uni<Void> forget(String type, Duration age) {
        return execute(FORGET, Tuple.of(type, seconds(age), GONE_AT_ONCE))
                .chain(() -> execute(FORGET_SIGNALS, Tuple.of(type)))
                .replaceWithVoid();
    }

    private Uni<RowSet<Row>> execute(String sql, Tuple arguments) {
        return statements
                .execute(sql, arguments)
                .onFailure()
                .transform(cause -> new EventStoreException.Unavailable("the database did not answer", cause));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS;
    }

    private static SagaStatus status(String name) {
        return SagaStatus.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static <T> List<T> list(RowSet<Row> rows, Function<Row, T> reader) {
        List<T> list = new ArrayList<>(rows.size());
        rows.forEach(row -> list.add(reader.apply(row)));
        return list;
    }

    private static List<Match> matches(RowSet<Row> rows) {
        return list(rows, row -> row).stream()
                .filter(row -> row.getLong(2) != null)
                .map(row -> new Match(row.getString(0), row.getString(1), row.getLong(2)))
                .toList();
    }

    private static SagaSummary summary(Row row) {
        return new SagaSummary(
                row.getString(0),
                row.getString(1),
                row.getInteger(2),
                Optional.ofNullable(row.getString(3)),
                status(row.getString(4)),
                Optional.ofNullable(row.getString(5)),
                Optional.ofNullable(row.getString(6)),
                Optional.ofNullable(row.getString(7)),
                instant(row, 8),
                row.getOffsetDateTime(9).toInstant(),
                row.getOffsetDateTime(10).toInstant(),
                instant(row, 11),
                Optional.ofNullable(row.getString(12)));
    }

    private static Optional<Instant> instant(Row row, int column) {
        return Optional.ofNullable(row.getOffsetDateTime(column)).map(OffsetDateTime::toInstant);
    }

    /**
     * Sagas that somebody has to look at.
     *
     * @param now the time by the clock of the database
     */
    record DueSagas(Instant now, List<Due> sagas) {

        /** One of them; with what its first event is to be, if it has none. */
        record Due(String sagaId, long position, Optional<StartRequest> request) {}
    }

    /**
     * Who reads the log for a type.
     *
     * @param epoch of its lease
     * @param log epoch of the log that it reads
     */
    record Reader(long epoch, String log) {}

    /** A step that waits, and the event that came. */
    record Match(String sagaId, String step, long position) {}

    /** Up to where the log was read for a type, and whether a replica owns the reading. */
    record IntakePlace(long position, boolean owned) {}

    /** How many sagas of a type are in a status. */
    record StatusCount(String type, SagaStatus status, long count) {}
}
