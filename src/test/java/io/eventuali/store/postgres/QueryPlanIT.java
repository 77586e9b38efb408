package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Each read of the log by the index that is meant for it, in the plan that a prepared statement keeps, at a log of some size. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class QueryPlanIT {
    private static final int EVENTS = 50_000;
    private static DatabaseServer database;

    @BeforeAll
    static void fill() throws SQLException {
        database = new DatabaseServer();
        Replica.start(database).close();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            fill(statement);
        }
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void the_first_and_the_last_event_of_each_kind_are_found_where_they_are() throws Exception {
        String edges =
                PostgresEventTypeDirectory.EDGES.replace("$1::integer[]", "(SELECT array_agg(kind) FROM event_kind)");
        String dense = database.value("SELECT count(DISTINCT kind) FROM kind_positions WHERE offsets IS NULL");
        String right = database.value("SELECT count(*) FROM (" + edges + ") AS found (kind, first, at, last, last_at,"
                + " mark) JOIN (SELECT k.kind, min(e.global_position) AS first, max(e.global_position) AS last FROM"
                + " event_kind k JOIN events e USING (aggregate_type, event_type) WHERE e.global_position <= (SELECT"
                + " position FROM log_index) GROUP BY 1) AS really USING (kind, first, last)");

        assertThat(Integer.parseInt(dense)).isPositive();
        assertThat(right).isEqualTo(database.value("SELECT count(*) FROM event_kind"));
    }

    @Test
    void every_kind_of_read_uses_its_index_and_scans_no_table() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            assertThat(plan(statement, LogReader.PAGE, "bigint, bigint, bigint", "7000, 7512, 2000000"))
                    .contains("events_pkey")
                    .doesNotContain("Seq Scan on events");
            assertThat(plan(statement, LogReader.FORWARD, "bigint, bigint, bigint, bigint", "1, 1, 100, 2000000"))
                    .contains("events_stream_position")
                    .doesNotContain("Seq Scan on events");
            assertThat(plan(
                            statement,
                            StreamIndex.STREAMS,
                            "text[], text[], bigint, bigint, bigint",
                            "'{Order,Cart}', '{a1,a2}', 4096, 5000, 50000"))
                    .contains("stream_aggregate_type_aggregate_id_key", "kind_positions_pkey")
                    .doesNotContain("Seq Scan on");
            assertThat(plan(statement, BackwardReader.PAGE, "bigint, bigint, bigint", "50001, 49489, 2000000"))
                    .contains("Index Scan Backward using events_pkey")
                    .doesNotContain("Seq Scan on events");
            assertThat(plan(
                            statement,
                            PostgresStreamDirectory.PAGE,
                            "text, text, text, text, integer",
                            "'Order', 'a1', 'a', 'b', 101"))
                    .contains("stream_aggregate_type_aggregate_id_key", "events_stream_position", "events_pkey")
                    .doesNotContain("Seq Scan on");
            assertThat(plan(statement, PostgresStreamDirectory.TYPE, "text", "'Cart'"))
                    .contains("stream_aggregate_type_aggregate_id_key")
                    .doesNotContain("Seq Scan on stream");
            assertThat(plan(statement, PostgresEventTypeDirectory.RECENT, "", ""))
                    .contains("events_pkey")
                    .doesNotContain("Seq Scan on events");
            assertThat(plan(statement, PostgresEventTypeDirectory.EDGES, "integer[]", "'{1,2,3}'"))
                    .contains("kind_positions_pkey", "events_pkey")
                    .doesNotContain("Seq Scan on events", "Seq Scan on kind_positions");
            assertThat(plan(statement, StreamIndex.TYPES, "", ""))
                    .contains("stream_aggregate_type_aggregate_id_key")
                    .doesNotContain("Seq Scan on");
            assertThat(plan(
                            statement,
                            StreamIndex.POSITIONS,
                            "bigint[], bigint[], bigint[], integer",
                            "'{1,2}', '{0,0}', '{9,9}', 100"))
                    .contains("events_stream_position")
                    .doesNotContain("Seq Scan on");
            assertThat(plan(
                            statement,
                            KindIndex.RANGES,
                            "integer[], bigint, bigint, integer, bigint",
                            "'{1,0,-1}', 4096, 50000, 42, 512"))
                    .contains("kind_positions_pkey")
                    .doesNotContain("Seq Scan on kind_positions");
            assertThat(plan(statement, SelectiveReader.EVENTS, "bigint[], bigint", "'{5,6,9000}', 2000000"))
                    .contains("events_pkey")
                    .doesNotContain("Seq Scan on events");
        }
    }

    private static void fill(Statement statement) throws SQLException {
        statement.execute("INSERT INTO stream (stream_id, aggregate_type, aggregate_id) SELECT s, (ARRAY['Order',"
                + " 'Cart', 'User'])[s % 3 + 1], 'a' || s FROM generate_series(1, 5000) s");
        statement.execute("INSERT INTO events SELECT p, (p - 1) % 5000 + 1, (p - 1) / 5000 + 1, now(),"
                + " gen_random_uuid(), (ARRAY['Order', 'Cart', 'User'])[((p - 1) % 5000 + 1) % 3 + 1], 'a' || ((p - 1)"
                + " % 5000 + 1), 'E' || least(p % 80, 39), '{}', '{}' FROM generate_series(1, " + EVENTS + ") p");
        statement.execute("SELECT index_log(100)");
        statement.execute("VACUUM ANALYZE");
    }

    private static String plan(Statement statement, String sql, String types, String arguments) throws SQLException {
        statement.execute("SET plan_cache_mode = force_generic_plan");
        statement.execute("PREPARE asked" + (types.isEmpty() ? "" : "(" + types + ")") + " AS " + sql);
        StringBuilder plan = new StringBuilder();
        try (ResultSet lines = statement.executeQuery(
                "EXPLAIN (COSTS OFF) EXECUTE asked" + (arguments.isEmpty() ? "" : "(" + arguments + ")"))) {
            while (lines.next()) {
                plan.append(lines.getString(1)).append('\n');
            }
        }
        statement.execute("DEALLOCATE asked");
        return plan.toString();
    }
}
