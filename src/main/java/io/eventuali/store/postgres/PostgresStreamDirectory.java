package io.eventuali.store.postgres;

import io.eventuali.event.StreamId;
import io.eventuali.identity.LogIdentity;
import io.eventuali.sql.Statements;
import io.eventuali.store.StoreConfig;
import io.eventuali.store.engine.Damages;
import io.eventuali.store.engine.StreamDirectory;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/** The table {@code stream}, which has a row for each of them, and the first and last events of those that are asked for. */
@Singleton
class PostgresStreamDirectory implements StreamDirectory {
    static final String PAGE = Marked.row("SELECT s.stream_id, s.aggregate_id, s.event_types,"
                    + " coalesce(l.stream_position, 0), f.recorded_at, l.recorded_at FROM (SELECT stream_id, aggregate_id,"
                    + " event_types FROM stream WHERE aggregate_type = $1 AND aggregate_id > $2 AND aggregate_id >= $3"
                    + " AND aggregate_id < $4 ORDER BY aggregate_id LIMIT $5) AS s LEFT JOIN LATERAL (SELECT"
                    + " e.stream_position, e.recorded_at FROM events e WHERE e.stream_id = s.stream_id ORDER BY"
                    + " e.stream_position DESC LIMIT 1) AS l ON true LEFT JOIN LATERAL (SELECT e.recorded_at FROM events e"
                    + " WHERE e.global_position = s.stream_id LIMIT 1) AS f ON true")
            + " ORDER BY answer.aggregate_id";
    static final String TYPE = Marked.row("SELECT aggregate_type, stream_id FROM stream WHERE aggregate_type > $1"
            + " ORDER BY aggregate_type, aggregate_id LIMIT 1");
    private static final String STREAM =
            Marked.row("SELECT aggregate_type, aggregate_id FROM stream WHERE stream_id = $1");

    /** Comes after every name: no name has so many characters. */
    private static final String END =
            Character.toString(Character.MAX_CODE_POINT).repeat(301);

    private final LogReader reader;

    PostgresStreamDirectory(
            Statements statements, StoreConfig config, StoreMeters meters, LogIdentity identity, Damages damages) {
        this.reader = new LogReader(statements, config.read(), meters, identity, damages);
    }

    @Override
    public Uni<List<Entry>> page(String aggregateType, String after, String prefix, int limit) {
        return reader.query(PAGE, Tuple.of(aggregateType, after, prefix, end(prefix), limit))
                .map(rows -> rows.stream().map(row -> entry(aggregateType, row)).toList());
    }

    /** What comes after all names that begin so. */
    static String end(String prefix) {
        int[] characters = prefix.codePoints().toArray();
        for (int i = characters.length - 1; i >= 0; i--) {
            if (characters[i] < Character.MAX_CODE_POINT) {
                // Surrogates are no characters.
                int next =
                        characters[i] + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : characters[i] + 1;
                return new String(characters, 0, i) + Character.toString(next);
            }
        }
        return END;
    }

    private static Entry entry(String aggregateType, Row row) {
        return new Entry(
                row.getLong(0),
                new StreamId(aggregateType, row.getString(1)),
                row.getLong(3),
                instant(row, 4),
                instant(row, 5),
                LogReader.types(row.getString(2)));
    }

    private static Optional<Instant> instant(Row row, int column) {
        return Optional.ofNullable(row.getOffsetDateTime(column)).map(OffsetDateTime::toInstant);
    }

    @Override
    public Uni<Optional<Type>> typeAfter(String aggregateType) {
        return reader.query(TYPE, Tuple.of(aggregateType)).map(rows -> rows.stream()
                .map(row -> new Type(row.getString(0), row.getLong(1)))
                .findFirst());
    }

    @Override
    public Uni<Optional<StreamId>> stream(long number) {
        return reader.query(STREAM, Tuple.of(number)).map(rows -> rows.stream()
                .map(row -> new StreamId(row.getString(0), row.getString(1)))
                .findFirst());
    }
}
