package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A backup, or a forgotten session, holds a snapshot while events are appended: the head of the log stays as cheap to find as it was. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HeldSnapshotIT {
    private static final int APPENDS = 3_000;
    private static final Pattern PAGES = Pattern.compile("shared hit=(\\d+)(?: read=(\\d+))?");

    @Test
    void the_head_of_the_log_costs_the_same_few_pages_and_the_holder_is_named() throws Exception {
        try (Cluster cluster = new Cluster(1, "-Deventuali.database.snapshot-warning=1s");
                Connection holder = cluster.database().connect();
                Connection reader = cluster.database().connect()) {
            holder.setAutoCommit(false);
            holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            one(holder, "SET application_name = 'nightly-dump'; SELECT 1");
            String pid = one(holder, "SELECT pg_backend_pid()");

            cluster.startWriters(3, APPENDS, 5, 21);
            cluster.joinWriters();

            // With a row for the head it is one page more for 155 batches, and append_batch looks at each of them.
            assertThat(pages(reader, "SELECT position FROM log_head")).isLessThan(8);
            // The versions of a row lie close together, so a page is passed for every seventy or so; see
            // docs/limits.md.
            assertThat(pagesOfAnUpdate(reader, "lease SET owner = owner WHERE name = 'projection/event-statistics/1'"))
                    .isLessThan(12);
            assertThat(pagesOfAnUpdate(reader, "projection SET version = version WHERE name = 'event-statistics'"))
                    .isLessThan(12 + APPENDS / 50);
            await().until(() -> cluster.replica(0)
                    .log()
                    .contains(
                            "an old snapshot keeps the database from cleaning up, so it becomes slower until it is let"
                                    + " go: session pid=" + pid + " application=nightly-dump user=postgres age="));
            assertThat(cluster.replica(0).metric("eventuali_database_oldest_snapshot_seconds"))
                    .isPositive();

            holder.rollback();
            await().until(() -> cluster.replica(0).log().contains("the old snapshot was let go: session pid=" + pid));
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
        }
    }

    /** Pages that a statement looks at, planning left out. */
    private static int pages(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet plan = statement.executeQuery(
                        "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, FORMAT TEXT) " + sql)) {
            while (plan.next()) {
                MatchResult found =
                        PAGES.matcher(plan.getString(1)).results().findFirst().orElse(null);
                if (found != null) {
                    return Integer.parseInt(found.group(1))
                            + (found.group(2) == null ? 0 : Integer.parseInt(found.group(2)));
                }
            }
            throw new IllegalStateException("no pages in the plan of " + sql);
        }
    }

    /** The same of an update that is not kept. */
    private static int pagesOfAnUpdate(Connection connection, String update) throws SQLException {
        connection.setAutoCommit(false);
        try {
            one(connection, "SET LOCAL enable_seqscan = off; SELECT 1");
            return pages(connection, "UPDATE " + update);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            while (statement.getResultSet() == null) {
                statement.getMoreResults();
            }
            ResultSet rows = statement.getResultSet();
            rows.next();
            return rows.getString(1);
        }
    }
}
