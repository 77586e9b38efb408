package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.fault.parcel.HeapTally;
import io.eventuali.fault.parcel.StoredTally;
import io.eventuali.fault.parcel.TableTally;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.SseProbe;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Rows of the log that are damaged in each way there is: readers are told exactly these positions, and get everything else once and in order. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DamagedLogIT {
    private static final int EVENTS = 40;
    private static final List<String> DAMAGED = List.of(
            "5-5 missing",
            "10-10 not-json",
            "15-15 repeated",
            "20-20 out-of-order",
            "25-25 out-of-order",
            "30-32 missing");
    private static final Set<Long> LOST = new TreeSet<>(List.of(5L, 10L, 15L, 20L, 25L, 30L, 31L, 32L));

    @Test
    void every_reader_is_told_what_is_damaged_and_loses_nothing_else() throws Exception {
        try (DatabaseServer database = new DatabaseServer()) {
            try (Replica replica = Replica.start(database)) {
                LogClient log = new LogClient(replica.uri("/"));
                for (int i = 0; i < EVENTS; i++) {
                    log.append("Order", "s" + i % 4, LogClient.event("E", "{\"n\":" + i + "}"));
                }
            }
            damage(database);
            // A page is shorter than the log, so that damage is at its start, in it and at its end.
            try (Replica replica = Replica.startJar(
                    PackagedApp.with("io.eventuali.fault.parcel", TableTally.SETTINGS),
                    database,
                    "-Deventuali.store.read.page-events=8",
                    "-Deventuali.projection.event-statistics.retry.max-delay=1s",
                    "-Deventuali.projection.stored-tally.retry.max-delay=1s",
                    "-Deventuali.projection.heap-tally.retry.max-delay=1s",
                    "-Deventuali.projection.table-tally.retry.max-delay=1s")) {
                LogClient log = new LogClient(replica.uri("/"));
                subscribersGoOnIfTheyAsk(log);
                subscribersEndIfTheyDoNot(log);
                pagesAndStreamsSayIt(log);
                projectionsSayIt(replica, log);
                aHoleAtTheHeadIsPassedOnce(database, replica, log);
                assertThat(replica.get("/q/health/ready")).contains("position 5 is damaged: missing");
                assertThat(replica.metric("eventuali_log_damaged")).isEqualTo(DAMAGED.size() + 1.0);
                assertThat(replica.log().lines().filter(line -> line.contains("log damaged first=5")))
                        .hasSize(1);
                incidentsSayIt(log);
                enginesGoOnWhenAnOperatorSaysSo(database, replica, log);
            }
        }
    }

    private static void damage(DatabaseServer database) throws SQLException {
        try (Connection connection = database.connect();
                Statement sql = connection.createStatement()) {
            sql.execute("ALTER TABLE events DROP CONSTRAINT events_pkey, DROP CONSTRAINT events_event_id,"
                    + " DROP CONSTRAINT events_stream_position");
            sql.execute("CREATE INDEX ON events (global_position)");
            sql.execute("CREATE INDEX ON events (stream_id, stream_position)");
            sql.execute("DELETE FROM events WHERE global_position IN (5, 30, 31, 32)");
            sql.execute("UPDATE events SET data = '{\"n\":' WHERE global_position = 10");
            sql.execute("INSERT INTO events SELECT * FROM events WHERE global_position = 15");
            sql.execute("UPDATE events SET stream_position = 99 WHERE global_position = 20");
            sql.execute("UPDATE events SET global_position = 54 - global_position WHERE global_position IN (25, 29)");
        }
    }

    private static List<Long> sound() {
        return LongStream.rangeClosed(1, EVENTS)
                .boxed()
                .filter(position -> !LOST.contains(position))
                .toList();
    }

    private static void subscribersGoOnIfTheyAsk(LogClient log) {
        for (String filter : List.of("", "&eventType=E", "&conflate=aggregate&maxRate=100")) {
            try (SseProbe probe =
                    log.follow("from=start&onDamage=skip" + filter).open()) {
                probe.await("caught-up");
                assertThat(probe.frames("damaged").stream()
                                .map(frame -> text(LogClient.json(frame.data())))
                                .toList())
                        .as(filter)
                        .isEqualTo(DAMAGED);
                if (!filter.contains("conflate")) {
                    assertThat(probe.positions()).isEqualTo(sound());
                }
                assertThat(probe.lastEventId()).isEqualTo("40");
            }
        }
    }

    private static void subscribersEndIfTheyDoNot(LogClient log) {
        try (SseProbe probe = log.follow("from=start").open()) {
            probe.awaitEnd();
            assertThat(probe.positions()).containsExactly(1L, 2L, 3L, 4L);
            assertThat(probe.frames("damaged")).hasSize(1);
            assertThat(LogClient.json(probe.frames("closing").get(0).data())
                            .path("reason")
                            .asText())
                    .isEqualTo("log-damaged");
            assertThat(probe.lastEventId()).isEqualTo("4");
        }
        try (SseProbe probe = log.follow("from=32").open()) {
            probe.await("caught-up");
            assertThat(probe.positions().get(0)).isEqualTo(33);
        }
    }

    private static void pagesAndStreamsSayIt(LogClient log) {
        List<Long> seen = new ArrayList<>();
        List<String> damaged = new ArrayList<>();
        long from = 0;
        while (from < EVENTS) {
            JsonNode page = LogClient.json(
                    log.tryGet("/v1/events?limit=1000&from=" + from).body());
            if (page.path("type").asText().equals("/problems/log-damaged")) {
                damaged.add(text(page));
                from = page.path("lastPosition").asLong();
            } else {
                page.path("events")
                        .forEach(event -> seen.add(event.path("globalPosition").asLong()));
                from = page.path("nextFrom").asLong();
            }
        }
        assertThat(damaged).isEqualTo(DAMAGED);
        assertThat(seen).isEqualTo(sound());

        backwardPagesSayIt(log);

        JsonNode stream = LogClient.json(log.get("/v1/streams/Order/s0/events").body());
        assertThat(stream.path("events")).hasSize(1);
        assertThat(stream.path("next").asLong()).isEqualTo(2);
        JsonNode hole =
                LogClient.json(log.tryGet("/v1/streams/Order/s0/events?from=2").body());
        assertThat(hole.path("type").asText()).isEqualTo("/problems/log-damaged");
        assertThat(hole.path("streamPosition").asLong()).isEqualTo(2);
        assertThat(log.tryGet("/v1/events/10").body()).contains("/problems/log-damaged");
        assertThat(log.tryGet("/v1/events?from=4", "Accept", "application/x-ndjson")
                        .statusCode())
                .isNotEqualTo(200);
        assertThat(log.get("/v1/events?onDamage=skip", "Accept", "application/x-ndjson")
                        .body()
                        .lines()
                        .map(line -> LogClient.json(line).path("globalPosition").asLong()))
                .isEqualTo(sound());
        assertThat(LogClient.json(log.get("/v1/events?from=4&onDamage=skip").body())
                        .path("nextFrom")
                        .asLong())
                .isEqualTo(5);
    }

    private static void incidentsSayIt(LogClient log) {
        List<String> expected = new ArrayList<>(DAMAGED);
        expected.add("41-41 missing");
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(incidents(log).stream()
                        .map(incident -> text(incident.path("damage")))
                        .toList())
                .containsAll(expected));
        assertThat(incidents(log)).allSatisfy(incident -> {
            assertThat(incident.path("reason").asText()).isEqualTo("damaged");
            assertThat(incident.path("damage").path("skippedAt").isNull()).isTrue();
        });
    }

    private static List<JsonNode> incidents(LogClient log) {
        List<JsonNode> incidents = new ArrayList<>();
        LogClient.json(log.get("/v1/log/incidents?limit=100").body())
                .path("incidents")
                .forEach(incidents::add);
        return incidents;
    }

    /** Projections in the database, in memory and in a table of their own, and sagas. */
    private static void enginesGoOnWhenAnOperatorSaysSo(DatabaseServer database, Replica replica, LogClient log)
            throws Exception {
        for (String projection : List.of(StoredTally.NAME, HeapTally.NAME, TableTally.NAME)) {
            await().atMost(Duration.ofSeconds(15)).until(() -> projectionAt(log, projection) == 4);
        }
        assertThat(skip(replica, 1).statusCode()).isEqualTo(404);
        for (long position : List.of(5L, 10L, 15L, 20L, 25L, 31L, 41L)) {
            HttpResponse<String> skipped = skip(replica, position);
            assertThat(skipped.statusCode()).as(skipped.body()).isEqualTo(200);
            assertThat(LogClient.json(skipped.body())
                            .path("damage")
                            .path("skippedBy")
                            .asText())
                    .isNotEmpty();
        }
        assertThat(skip(replica, 5).statusCode()).isEqualTo(200);
        assertThat(log.get("/v1/streams/Eventuali.Log/incidents/events").body().split("LogDamageSkipped", -1))
                .hasSize(8);
        long last = log.append("Parcel", "p1", LogClient.event("ParcelSent", "{\"weight\":1}"));

        for (String projection : List.of("event-statistics", StoredTally.NAME, HeapTally.NAME, TableTally.NAME)) {
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(projectionAt(log, projection))
                    .as(projection)
                    .isGreaterThanOrEqualTo(last));
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> database.value("SELECT count(*) FROM saga").equals("1"));
        assertThat(database.value("SELECT sum(events) FROM table_tally"))
                .isEqualTo(Integer.toString(EVENTS + 2 - LOST.size()));
    }

    private static long projectionAt(LogClient log, String name) {
        return LogClient.json(log.get("/v1/projections/" + name).body())
                .path("position")
                .asLong();
    }

    private static HttpResponse<String> skip(Replica replica, long position) throws Exception {
        return Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri("/v1/log/damages/" + position + "/skip"))
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private static void backwardPagesSayIt(LogClient log) {
        for (int limit : List.of(1, 3, 1000)) {
            List<String> damaged = new ArrayList<>();
            assertThat(readBackward(log, "&limit=" + limit, damaged)).isEqualTo(sound());
            assertThat(damaged).isEqualTo(DAMAGED);
        }
        List<String> damaged = new ArrayList<>();
        assertThat(readBackward(log, "&onDamage=skip", damaged)).isEqualTo(sound());
        assertThat(damaged).isEmpty();
    }

    /** What it has read, the oldest first, as it is in the lists of what is expected. */
    private static List<Long> readBackward(LogClient log, String query, List<String> damaged) {
        List<Long> seen = new ArrayList<>();
        long from = EVENTS + 1;
        while (from > 1) {
            JsonNode page = LogClient.json(log.tryGet("/v1/events?direction=backward&eventType=E&from=" + from + query)
                    .body());
            if (page.path("type").asText().equals("/problems/log-damaged")) {
                damaged.add(0, text(page));
                from = page.path("firstPosition").asLong();
            } else {
                page.path("events")
                        .forEach(event ->
                                seen.add(0, event.path("globalPosition").asLong()));
                from = page.path("nextFrom").asLong();
            }
        }
        return seen;
    }

    private static void projectionsSayIt(Replica replica, LogClient log) throws Exception {
        Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri("/v1/projections/event-statistics/rebuild"))
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        await().atMost(Duration.ofSeconds(15))
                .until(() -> log.get("/v1/tasks").body().contains("position 5 is damaged: missing"));
    }

    private static void aHoleAtTheHeadIsPassedOnce(DatabaseServer database, Replica replica, LogClient log)
            throws SQLException {
        try (SseProbe probe = log.follow("from=40&onDamage=skip").open()) {
            probe.await("caught-up");
            try (Connection connection = database.connect();
                    Statement sql = connection.createStatement()) {
                sql.execute("INSERT INTO events SELECT global_position + 2, stream_id, stream_position + 1,"
                        + " recorded_at, gen_random_uuid(), aggregate_type, aggregate_id, event_type, data, metadata"
                        + " FROM events WHERE global_position = 40");
            }
            assertThat(log.append("Order", "s1", LogClient.event("E", "1"))).isEqualTo(43);
            probe.await("the event behind the hole", found -> found.positions().contains(43L));
            assertThat(probe.positions()).containsExactly(42L, 43L);
            assertThat(probe.frames("damaged")).hasSize(1);
            assertThat(text(LogClient.json(probe.frames("damaged").get(0).data())))
                    .isEqualTo("41-41 missing");
        }
        assertThat(replica.log().lines().filter(line -> line.contains("\"level\":\"ERROR\"")))
                .allMatch(line -> line.contains("log damaged first="));
    }

    private static String text(JsonNode damage) {
        return "%d-%d %s"
                .formatted(
                        damage.path("firstPosition").asLong(),
                        damage.path("lastPosition").asLong(),
                        damage.path("reason").asText());
    }
}
