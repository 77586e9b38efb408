package io.eventuali.verify;

import io.eventuali.event.InvalidEventException;
import io.eventuali.event.Names;
import io.eventuali.store.engine.StoredJson;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.function.LongPredicate;

/**
 * Reads the log row by row, in memory that does not grow with it, and holds it against what it promises: positions without gaps (G1), each
 * once, streams without gaps in the same order, ids that are unique, times that do not go back, JSON that is some. Appends go on beside it;
 * it looks as far as the log goes when it begins. Blocks.
 */
final class LogVerification {
    private static final int CHUNK = 2_000;
    /** Rows that the driver holds: an event may have 2 MiB. */
    private static final int FETCHED = 16;

    private static final String FOLLOWS = "(e.stream_position = 1 OR EXISTS (SELECT FROM events p WHERE p.stream_id ="
            + " e.stream_id AND p.stream_position = e.stream_position - 1 AND p.global_position < e.global_position))"
            + " AND NOT EXISTS (SELECT FROM events d WHERE d.stream_id = e.stream_id AND d.stream_position ="
            + " e.stream_position AND d.global_position < e.global_position)";
    private static final String IS_UNIQUE =
            "NOT EXISTS (SELECT FROM events d WHERE d.event_id = e.event_id AND d.ctid <> e.ctid)";
    private static final String ROWS = "SELECT e.global_position, e.stream_position, e.aggregate_type, e.aggregate_id,"
            + " e.event_type, e.recorded_at, e.data, e.metadata, e.event_id, %s, %s, EXISTS (SELECT FROM stream s WHERE"
            + " s.stream_id = e.stream_id AND s.aggregate_type = e.aggregate_type AND s.aggregate_id = e.aggregate_id)"
            + " FROM events e WHERE e.global_position > ? AND e.global_position <= ? ORDER BY e.global_position";
    // Without an index each row would be a scan of the table.
    private static final String HAS_INDEX = "SELECT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid ="
            + " i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = 'events'::regclass AND i.indisvalid AND"
            + " a.attname = ?)";
    private static final String HEAD =
            "SELECT (SELECT position FROM log_head), coalesce((SELECT max(global_position)" + " FROM events), 0)";
    private static final String NEXT = "SELECT min(global_position) FROM events WHERE global_position > ?";

    private final Connection connection;
    private final Findings findings;
    private long expected;
    private Timestamp before;

    /** @param connection for this alone; its settings are changed */
    LogVerification(Connection connection, Findings findings) {
        this.connection = connection;
        this.findings = findings;
    }

    /** Where the log ends now. */
    static long head(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(HEAD)) {
            row.next();
            return row.getLong(1);
        }
    }

    /**
     * Looks at the events after {@code from}.
     *
     * @param to inclusive; at most the head of the log
     * @param goOn told after each chunk how far it has come; false ends it
     * @return whether it came to its end
     */
    boolean run(long from, long to, LongPredicate goOn) throws SQLException {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        try {
            return read(from, to, goOn);
        } finally {
            if (!connection.isClosed()) {
                // Others get it after this.
                connection.rollback();
                connection.setAutoCommit(true);
                connection.setReadOnly(false);
            }
        }
    }

    private boolean read(long from, long to, LongPredicate goOn) throws SQLException {
        String sql = ROWS.formatted(indexed("stream_id", "streams", FOLLOWS), indexed("event_id", "ids", IS_UNIQUE));
        expected = from + 1;
        try (PreparedStatement rows = connection.prepareStatement(sql)) {
            rows.setFetchSize(FETCHED);
            for (long after = from; after < to; after = Math.max(expected - 1, Math.min(to, after + CHUNK))) {
                long end = Math.min(to, after + CHUNK);
                rows.setLong(1, after);
                rows.setLong(2, end);
                boolean empty = lookAt(rows);
                long next = empty ? next(end) : 0;
                // No snapshot is held longer than for a chunk.
                connection.commit();
                missingUpTo(empty ? Math.min(to, Math.max(end, next - 1)) : end);
                if (!goOn.test(expected - 1)) {
                    return false;
                }
            }
        }
        headIsTheLastRow();
        return true;
    }

    private String indexed(String column, String check, String condition) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HAS_INDEX)) {
            statement.setString(1, column);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (row.getBoolean(1)) {
                    return condition;
                }
            }
        }
        findings.add(check, 0, 0, "the table events has no index on " + column + ": this could not be looked at");
        return "true";
    }

    private long next(long after) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NEXT)) {
            statement.setLong(1, after);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Returns whether there was no row. */
    private boolean lookAt(PreparedStatement rows) throws SQLException {
        boolean empty = true;
        try (ResultSet row = rows.executeQuery()) {
            while (row.next()) {
                empty = false;
                long position = row.getLong(1);
                if (position < expected) {
                    findings.add("positions", position, position, "the position is there more than once");
                } else {
                    missingUpTo(position - 1);
                    expected = position + 1;
                }
                lookAt(row, position);
            }
        }
        return empty;
    }

    private void lookAt(ResultSet row, long position) throws SQLException {
        Timestamp time = row.getTimestamp(6);
        if (before != null && time.before(before)) {
            findings.add("times", position, position, "recorded at %s, after an event of %s".formatted(time, before));
        }
        before = time;
        for (int column = 3; column <= 5; column++) {
            try {
                Names.check("name", row.getString(column));
            } catch (InvalidEventException invalid) {
                findings.add("names", position, position, invalid.getMessage());
            }
        }
        if (!StoredJson.isWellFormed(row.getString(7))) {
            findings.add("json", position, position, "data is not JSON");
        }
        if (!StoredJson.isObject(row.getString(8))) {
            findings.add("json", position, position, "metadata is not a JSON object");
        }
        if (!row.getBoolean(10)) {
            findings.add(
                    "streams",
                    position,
                    position,
                    "no event %d of its stream comes before event %d, or another one is there"
                            .formatted(row.getLong(2) - 1, row.getLong(2)));
        }
        if (!row.getBoolean(11)) {
            findings.add(
                    "ids", position, position, "the event id %s is there more than once".formatted(row.getString(9)));
        }
        if (!row.getBoolean(12)) {
            findings.add("streams", position, position, "the stream that the row names is another one, or none");
        }
    }

    private void missingUpTo(long last) {
        if (last >= expected) {
            findings.add("positions", expected, last, "there is no row");
            expected = last + 1;
        }
    }

    private void headIsTheLastRow() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(HEAD)) {
            row.next();
            if (row.getLong(1) != row.getLong(2)) {
                findings.add("head", row.getLong(2), row.getLong(1), "the head of the log is not its last row");
            }
        }
        connection.commit();
    }
}
