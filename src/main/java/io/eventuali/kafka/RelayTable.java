package io.eventuali.kafka;

import io.eventuali.sql.Statements;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.OptionalLong;

/** The checkpoints of relays. What a former owner writes changes nothing. */
@Singleton
class RelayTable {
    private static final String OPEN = "INSERT INTO kafka_relay AS r (name, position, epoch) VALUES ($1, $3, $2)"
            + " ON CONFLICT (name) DO UPDATE SET epoch = $2 WHERE r.epoch <= $2 RETURNING position";
    private static final String MOVE =
            "UPDATE kafka_relay SET position = $3, moved_at = clock_timestamp() WHERE name = $1 AND epoch = $2";

    private static final String PLACE = "SELECT (SELECT position FROM kafka_relay WHERE name = $1),"
            + " EXISTS (SELECT FROM lease_held WHERE name = $2)";

    private final Statements statements;

    RelayTable(Statements statements) {
        this.statements = statements;
    }

    /**
     * Takes a relay over.
     *
     * @param initial its checkpoint, if it has none
     * @return its checkpoint; empty if a later owner was here
     */
    Uni<OptionalLong> open(String name, long epoch, long initial) {
        return statements
                .execute(OPEN, Tuple.of(name, epoch, initial))
                .map(rows -> rows.size() == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(rows.iterator().next().getLong(0)));
    }

    /** Moves the checkpoint. False if a later owner was here. */
    Uni<Boolean> move(String name, long epoch, long position) {
        return statements.execute(MOVE, Tuple.of(name, epoch, position)).map(rows -> rows.rowCount() == 1);
    }

    /** How far a relay has come, whoever runs it. */
    Uni<Place> place(String name, String lease) {
        return statements.execute(PLACE, Tuple.of(name, lease)).map(rows -> {
            Row row = rows.iterator().next();
            Long position = row.getLong(0);
            return new Place(position == null ? OptionalLong.empty() : OptionalLong.of(position), row.getBoolean(1));
        });
    }

    /**
     * How far a relay has come.
     *
     * @param position its checkpoint; empty if it has none
     * @param owned whether a replica has its lease
     */
    record Place(OptionalLong position, boolean owned) {}
}
