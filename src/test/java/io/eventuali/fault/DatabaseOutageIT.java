package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.Replica;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What clients see while the database is away. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DatabaseOutageIT {
    private static final int BEFORE = 1_500;

    @Test
    void appends_are_refused_and_subscribers_stay_until_the_database_is_back() throws Exception {
        try (Cluster cluster = new Cluster(
                        1,
                        "-Deventuali.store.append.timeout=1s",
                        "-Deventuali.subscription.heartbeat=300ms",
                        "-Deventuali.streamer.capacity=64");
                Follower live = new Follower(cluster.replica(0)::uri, "from=start")) {
            cluster.startWriters(4, BEFORE, 10, 31);
            cluster.joinWriters();
            cluster.awaitEnd(live, BEFORE);

            cluster.database().kill();
            UUID eventId = UUID.randomUUID();
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                HttpResponse<String> refused = append(cluster, eventId);
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(refused.headers().firstValue("Retry-After")).isPresent();
                assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
                assertThat(refused.body()).contains("/problems/store-unavailable");
            });
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> cluster.replica(0).status("/q/health/ready") == 503);
            assertThat(cluster.replica(0).status("/q/health/live")).isEqualTo(200);
            // After a 503 a browser would not come back.
            for (String path : List.of("/v1/log/verify/stream", "/v1/projections/event-statistics/rebuild/stream")) {
                assertThat(cluster.replica(0).get(path))
                        .as(path)
                        .contains("retry:", "event: closing", "\"unavailable\"");
            }
            int heartbeats = live.checkpoints();
            await().until(() -> live.checkpoints() > heartbeats + 2);
            // Behind the live buffer there is nothing to read now: this one has to wait, too.
            try (Follower behind = new Follower(cluster.replica(0)::uri, "from=start")) {
                await().until(() -> behind.checkpoints() > 2);

                cluster.database().start();
                cluster.replica(0).awaitReady();
                assertThat(append(cluster, eventId).statusCode()).isIn(200, 201);
                cluster.awaitEnd(live, BEFORE + 1);
                cluster.awaitEnd(behind, BEFORE + 1);
                assertThat(behind.connections()).isEqualTo(1);
                assertThat(behind.positions()).isEqualTo(live.positions());
            }
            assertThat(live.connections()).isEqualTo(1);
            assertThat(live.positions()).hasSize(BEFORE + 1).isSorted().doesNotHaveDuplicates();
        }
    }

    private static HttpResponse<String> append(Cluster cluster, UUID eventId) throws Exception {
        return Replica.HTTP.send(
                HttpRequest.newBuilder(cluster.replica(0).uri("/v1/streams/Order/late/events"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "[{\"eventId\":\"%s\",\"eventType\":\"OrderPlaced\",\"data\":{}}]".formatted(eventId)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
