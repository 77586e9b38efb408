package io.eventuali.kafka;

import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Statements;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The checkpoints of relays. What a former owner writes changes nothing. */
@Singleton
class RelayTable {
    private static final String OPEN = "INSERT INTO kafka_relay AS r (name, position, epoch) VALUES ($1, $3, $2)"
            + " ON CONFLICT (name) DO UPDATE SET epoch = $2 WHERE r.epoch <= $2 AND log_follows($4)"
            + " RETURNING position, (SELECT origin FROM log_identity), accepted, log_epochs()";
    private static final String MOVE =
            "UPDATE kafka_relay SET position = $3, moved_at = clock_timestamp() WHERE name = $1 AND epoch = $2"
                    + " AND position = $4 AND log_follows($5)";

    private static final String HALT =
            "WITH halted AS (UPDATE kafka_relay SET halted = $4 WHERE name = $1 AND epoch = $2"
                    + " AND log_follows($3) AND halted IS DISTINCT FROM $4 RETURNING name)"
                    + " INSERT INTO log_incident_effect (incident, kind, name, position, detail)"
                    + " SELECT (SELECT max(id) FROM log_incident), 'kafka', name, $5, $4 FROM halted"
                    + " WHERE EXISTS (SELECT FROM log_incident)"
                    + " ON CONFLICT (incident, kind, name) DO UPDATE SET position = EXCLUDED.position, detail = EXCLUDED.detail";
    private static final String GOES_ON = "UPDATE kafka_relay SET halted = NULL WHERE name = $1 AND epoch = $2"
            + " AND log_follows($3) AND halted IS NOT NULL";
    private static final String ACCEPT =
            "UPDATE kafka_relay SET accepted = log_epoch() WHERE name = $1 AND halted IS NOT NULL";

    private static final String PLACE = "SELECT r.position, EXISTS (SELECT FROM lease_held WHERE name = $2), r.halted"
            + " FROM (SELECT 1) AS one LEFT JOIN kafka_relay r ON r.name = $1";

    private final Statements statements;
    private final LogIdentity identity;

    RelayTable(Statements statements, LogIdentity identity) {
        this.statements = statements;
        this.identity = identity;
    }

    /**
     * Takes a relay over.
     *
     * @param log epoch of the log that it sends
     * @param initial its checkpoint, if it has none
     * @return its checkpoint; empty if a later owner was here, or it is another log
     */
    Uni<Optional<Opened>> open(String name, long epoch, String log, long initial) {
        return statements
                .execute(OPEN, Tuple.of(name, epoch, initial, identity.guard(log)))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(opened(rows.iterator().next(), log)));
    }

    private static Opened opened(Row row, String log) {
        return new Opened(
                row.getLong(0), row.getString(1), row.getString(2).equals(log), List.of(row.getArrayOfStrings(3)));
    }

    /** Writes why it does not go on. */
    Uni<Void> halt(String name, long epoch, String log, String reason, long position) {
        return statements
                .execute(HALT, Tuple.of(name, epoch, identity.guard(log), reason, position))
                .replaceWithVoid();
    }

    /** Forgets why it did not go on. */
    Uni<Void> goesOn(String name, long epoch, String log) {
        return statements
                .execute(GOES_ON, Tuple.of(name, epoch, identity.guard(log)))
                .replaceWithVoid();
    }

    /** Has it go on with the log that there is. False if nothing holds it up. */
    Uni<Boolean> accept(String name) {
        return statements.execute(ACCEPT, Tuple.of(name)).map(rows -> rows.rowCount() == 1);
    }

    /** Moves the checkpoint. False if a later owner was here, it is somewhere else, or it is another log. */
    Uni<Boolean> move(String name, long epoch, String log, long from, long to) {
        return statements
                .execute(MOVE, Tuple.of(name, epoch, to, from, identity.guard(log)))
                .map(rows -> rows.rowCount() == 1);
    }

    /** How far a relay has come, whoever runs it. */
    Uni<Place> place(String name, String lease) {
        return statements.execute(PLACE, Tuple.of(name, lease)).map(rows -> {
            Row row = rows.iterator().next();
            Long position = row.getLong(0);
            return new Place(
                    position == null ? OptionalLong.empty() : OptionalLong.of(position),
                    row.getBoolean(1),
                    Optional.ofNullable(row.getString(2)));
        });
    }

    /**
     * How far a relay has come.
     *
     * @param position its checkpoint; empty if it has none
     * @param owned whether a replica has its lease
     * @param halted why it does not go on; empty while it does
     */
    record Place(OptionalLong position, boolean owned, Optional<String> halted) {}

    /**
     * A relay that was taken over.
     *
     * @param position its checkpoint
     * @param origin of the log, whatever became of it since
     * @param accepted whether an operator let it go on with this log, whatever the topic has
     * @param epochs of the log and of those before it, the newest first
     */
    record Opened(long position, String origin, boolean accepted, List<String> epochs) {}
}
