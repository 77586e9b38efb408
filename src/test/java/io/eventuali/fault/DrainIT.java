package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A replica that is told to stop, as in a rolling update, says so to its subscribers, and gives away what it owns. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DrainIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Long enough to see what a replica does while it drains; tests that do not look on end it themselves. */
    private static final String LONG_DELAY = "-Dquarkus.shutdown.delay=60s";

    @Test
    void subscribers_of_a_replica_that_stops_are_told_where_they_are_and_when_to_come_back() {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database);
                SseProbe first = SseProbe.to(replica.uri("/v1/events/stream")).open();
                SseProbe second =
                        SseProbe.to(replica.uri("/v1/events/stream?from=start")).open()) {
            first.await("caught-up");
            second.await("caught-up");

            replica.terminate();

            for (SseProbe probe : new SseProbe[] {first, second}) {
                SseFrame closing = probe.awaitEnd().frames("closing").get(0);
                assertThat(closing.data()).isEqualTo("{\"reason\":\"draining\",\"position\":0}");
                assertThat(closing.id()).isEqualTo("0");
                assertThat(closing.retry()).isPositive();
                assertThat(probe.failure()).isNull();
            }
            replica.awaitExit();
        }
    }

    @Test
    void each_subscriber_has_a_moment_of_its_own_within_the_window_to_come_back() {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database, "-Deventuali.drain.window=60s")) {
            List<SseProbe> probes = IntStream.range(0, 40)
                    .mapToObj(i ->
                            SseProbe.to(replica.uri("/v1/events/stream")).open().await("caught-up"))
                    .toList();

            replica.terminate();

            List<Long> moments = probes.stream()
                    .map(probe -> probe.awaitEnd().frames("closing").get(0).retry())
                    .toList();
            assertThat(moments).allMatch(retry -> retry >= 1 && retry <= 60_000);
            assertThat(moments).anyMatch(retry -> retry <= 30_000).anyMatch(retry -> retry > 30_000);
            probes.forEach(SseProbe::close);
        }
    }

    @Test
    void a_replica_that_stops_is_not_ready_at_once_and_still_answers_what_it_is_asked() throws Exception {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database, LONG_DELAY, "-Deventuali.drain.window=60s")) {
            replica.terminate();
            await().atMost(Duration.ofSeconds(30)).until(() -> replica.status("/q/health/ready") == 503);

            // A browser would never come back after an error.
            try (SseProbe late = SseProbe.to(replica.uri("/v1/events/stream"))
                    .lastEventId("0")
                    .open()) {
                assertThat(late.status()).isEqualTo(200);
                assertThat(late.awaitEnd().frames()).singleElement().satisfies(frame -> {
                    assertThat(frame.event()).isEqualTo("closing");
                    assertThat(frame.data()).isEqualTo("{\"reason\":\"draining\",\"position\":null}");
                    assertThat(frame.id()).isNull();
                    assertThat(frame.retry()).isBetween(1L, 60_000L);
                });
            }
            assertThat(append(replica)).isEqualTo(201);
            replica.kill();
        }
    }

    @Test
    void what_a_replica_owns_is_another_ones_before_it_has_ended() throws Exception {
        // By themselves, leases would end in ten minutes.
        String lease = "-Deventuali.ownership.duration=10m";
        try (DatabaseServer database = new DatabaseServer();
                Replica owner = Replica.start(database, lease, LONG_DELAY);
                Replica heir = launchAfterOwned(database, owner, lease)) {
            String before = projectionOwner(heir);

            owner.terminate();

            await().atMost(Duration.ofSeconds(30)).until(() -> {
                String now = projectionOwner(heir);
                return !now.isEmpty() && !now.equals(before);
            });
            assertThat(owner.isAlive()).isTrue();
            owner.kill();
        }
    }

    private static Replica launchAfterOwned(DatabaseServer database, Replica owner, String... options) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !projectionOwner(owner).isEmpty());
        return Replica.start(database, options);
    }

    private static String projectionOwner(Replica replica) throws Exception {
        JsonNode owner =
                JSON.readTree(replica.get("/v1/projections/event-statistics")).get("owner");
        return owner == null ? "" : owner.asText("");
    }

    private static int append(Replica replica) throws Exception {
        return Replica.HTTP
                .send(
                        HttpRequest.newBuilder(replica.uri("/v1/streams/Order/late/events"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("[{\"eventType\":\"OrderPlaced\",\"data\":{}}]"))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }
}
