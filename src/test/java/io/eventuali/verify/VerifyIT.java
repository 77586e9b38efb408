package io.eventuali.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.SseProbe;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class VerifyIT {
    private static final int EVENTS = 30;

    @Test
    void a_recount_finds_nothing_in_a_sound_log_and_everything_in_a_damaged_one() throws Exception {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database)) {
            LogClient log = new LogClient(replica.uri("/"));
            assertThat(log.tryGet("/v1/log/verify").statusCode()).isEqualTo(404);
            for (int i = 0; i < EVENTS; i++) {
                log.append("Order", "s" + i % 3, LogClient.event("E", "{\"n\":" + i + "}"));
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> LogClient.json(log.get("/v1/projections/event-statistics")
                                            .body())
                                    .path("position")
                                    .asLong()
                            == EVENTS);

            theDailyOneIsDueOnceADay(database);
            JsonNode sound = verify(replica, log);
            assertThat(sound.path("status").asText()).as("%s", sound).isEqualTo("sound");
            assertThat(sound.path("position").asLong()).isEqualTo(EVENTS);
            assertThat(command(database)).isEqualTo(0);

            execute(database, "UPDATE projection_state SET state = '{\"total\":7}'");
            assertThat(checks(verify(replica, log))).containsOnly("projections");

            execute(
                    database,
                    "ALTER TABLE events DROP CONSTRAINT events_event_id",
                    "CREATE INDEX ON events (event_id)",
                    "UPDATE events SET recorded_at = recorded_at - interval '1 hour' WHERE global_position = 3",
                    "DELETE FROM events WHERE global_position IN (5, 6)",
                    "UPDATE events SET data = '{\"n\":' WHERE global_position = 10",
                    "UPDATE events SET stream_position = 99 WHERE global_position = 15",
                    "UPDATE events SET event_id = (SELECT event_id FROM events WHERE global_position = 20)"
                            + " WHERE global_position = 21",
                    "UPDATE events SET aggregate_id = 'other' WHERE global_position = 25");
            JsonNode damaged = verify(replica, log);

            assertThat(damaged.path("status").asText()).isEqualTo("damaged");
            assertThat(damaged.path("findings"))
                    .extracting(finding -> finding.path("check").asText() + " "
                            + finding.path("firstPosition").asLong() + "-"
                            + finding.path("lastPosition").asLong())
                    .contains(
                            "times 3-3", "positions 5-6", "json 10-10", "streams 15-15", "ids 20-21", "streams 25-25");
            assertThat(command(database)).isEqualTo(1);
            assertThat(command(database, "25", "30")).isEqualTo(0);
            assertThat(command(database, "x")).isEqualTo(2);

            try (SseProbe probe =
                    SseProbe.to(replica.uri("/v1/log/verify/stream")).open()) {
                probe.awaitEnd();
                assertThat(LogClient.json(probe.frames("ended").get(0).data())
                                .path("allFindings")
                                .asLong())
                        .isEqualTo(damaged.path("allFindings").asLong());
            }
        }
    }

    private static void theDailyOneIsDueOnceADay(DatabaseServer database) {
        assertThat(lastTime(database, "03:00")).isEqualTo("2026-11-30 03:00:00");
        assertThat(lastTime(database, "12:00")).isEqualTo("2026-11-30 12:00:00");
        assertThat(lastTime(database, "23:00")).isEqualTo("2026-11-29 23:00:00");
    }

    private static String lastTime(DatabaseServer database, String time) {
        return database.value("SELECT to_char("
                + VerificationTable.lastTime("'2026-11-30 12:00:00+00'::timestamptz", "'" + time + "'")
                + " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')");
    }

    private static JsonNode verify(Replica replica, LogClient log) throws IOException, InterruptedException {
        HttpResponse<String> begun = Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri("/v1/log/verify"))
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String id = LogClient.json(begun.body()).path("id").asText();
        return await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> LogClient.json(log.get("/v1/log/verify").body()),
                        last -> last.path("id").asText().equals(id)
                                && !last.path("status").asText().equals("running"));
    }

    private static List<String> checks(JsonNode verification) {
        List<String> checks = new ArrayList<>();
        verification
                .path("findings")
                .forEach(finding -> checks.add(finding.path("check").asText()));
        return checks;
    }

    private static void execute(DatabaseServer database, String... statements) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The program without a service. */
    private static int command(DatabaseServer database, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                System.getProperty("test.runner"),
                "verify"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("EVENTUALI_DATABASE_URL", database.url());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assertThat(output).as("exit code %d", code).contains(code == 2 ? "usage" : "events looked at");
        return code;
    }
}
