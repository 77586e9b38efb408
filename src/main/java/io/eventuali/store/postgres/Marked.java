package io.eventuali.store.postgres;

import io.eventuali.identity.LogMark;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Statements whose answer tells, in its last column, of which log it is. That is there also if there is no other answer. */
final class Marked {
    /** No right, no such function, not supported, not in this state. */
    private static final Set<String> NOT_TOLD = Set.of("42501", "42883", "0A000", "55000");

    private Marked() {}

    /** A statement with the columns of {@link EventRows}: one row with the mark and nothing else comes before its rows, which keep their order. */
    static String rows(String sql) {
        return "(SELECT " + EventRows.NOTHING + ", log_mark()) UNION ALL (SELECT page.*, NULL FROM (" + sql
                + ") AS page)";
    }

    /** A statement with few rows, whose first column is never null. */
    static String row(String sql) {
        return "SELECT answer.*, here.mark FROM (SELECT log_mark() AS mark) AS here LEFT JOIN (" + sql
                + ") AS answer ON true";
    }

    /** Of which log the answer is. */
    static LogMark mark(RowSet<Row> rows) {
        Row first = rows.iterator().next();
        return LogMark.parse(first.getString(first.size() - 1));
    }

    /** The rows that the statement itself has. */
    static List<Row> answer(RowSet<Row> rows) {
        List<Row> answer = new ArrayList<>(rows.size());
        for (Row row : rows) {
            if (row.getValue(0) != null) {
                answer.add(row);
            }
        }
        return answer;
    }

    /** Whether the server may have refused the mark, since it no longer tells what it told before. Then it has to be asked what it tells. */
    static boolean isRefused(Throwable failure) {
        return failure instanceof PgException refusal && NOT_TOLD.contains(String.valueOf(refusal.getSqlState()));
    }
}
