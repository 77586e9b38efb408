package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.projection.app.Chain;
import io.eventuali.projection.app.OrderChains;
import io.eventuali.support.Cluster;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.History;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.Seed;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G8 for each partition of a projection: they move between replicas, and another number of them is built, without an event that counts twice. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G08PartitionsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String PROJECTION = "/v1/projections/" + OrderChains.NAME;
    private static final String[] SHORT_LEASES = {
        "-Deventuali.ownership.duration=2s", "-Deventuali.ownership.renew=200ms"
    };

    private final Path app = PackagedApp.with("io.eventuali.projection.app");

    @Test
    void partitions_are_spread_over_the_replicas_that_there_are_and_each_event_counts_once() {
        Seed seed = Seed.next();
        try (Cluster cluster = new Cluster(
                app,
                3,
                SHORT_LEASES[0],
                SHORT_LEASES[1],
                // The only other lease, so that all have the same to do.
                "-Deventuali.projection.event-statistics.enabled=false",
                "-Deventuali.projection.order-chains.partitions=6")) {
            cluster.startWriters(4, Integer.MAX_VALUE, 100, seed.value());
            awaitSpread(cluster.replica(0), 2, 2, 2);
            cluster.awaitProgress(300);

            cluster.replica(2).kill();
            awaitSpread(cluster.replica(0), 3, 3);
            cluster.awaitProgress(300);
            cluster.replica(2).restart();
            awaitSpread(cluster.replica(0), 2, 2, 2);
            cluster.awaitProgress(300);

            cluster.replica(1).freeze();
            try {
                awaitSpread(cluster.replica(0), 3, 3);
            } finally {
                cluster.replica(1).thaw();
            }
            awaitSpread(cluster.replica(1), 2, 2, 2);
            cluster.awaitProgress(300);
            cluster.stopWriters();
            cluster.joinWriters();

            List<History.Stored> log = cluster.stored();
            Map<String, Chain> chains = OrderChainsRead.all(cluster.replica(2), log.size());
            assertThat(chains).as("%s", seed).isEqualTo(OrderChainsRead.folded(log));
            JsonNode status = status(cluster.replica(0));
            assertThat(status.get("partitions")).hasSize(6);
            assertThat(status.get("position").asLong()).isEqualTo(log.size());
            assertThat(status.get("owner").isNull()).isTrue();
        }
    }

    @Test
    void a_reader_of_its_own_writes_waits_for_the_partition_of_its_key_at_whichever_replica_it_asks() {
        try (Cluster cluster = new Cluster(app, 2, "-Deventuali.projection.order-chains.partitions=4")) {
            LogClient first = new LogClient(cluster.replica(0).uri("/"));
            LogClient second = new LogClient(cluster.replica(1).uri("/"));
            for (int i = 1; i <= 300; i++) {
                String order = "order-" + i % 10;
                long position = first.append("Order", order, LogClient.event("OrderPlaced", "{}"));

                JsonNode state = json((i % 2 == 0 ? first : second)
                        .get(PROJECTION + "/state/" + order + "?timeout=20s&after=" + position)
                        .body());

                assertThat(state.get("last").asLong()).isEqualTo(position);
            }
        }
    }

    @Test
    void another_number_of_partitions_counts_from_a_rebuild_on_which_no_reader_notices() {
        try (DatabaseServer database = new DatabaseServer();
                Replica one = Replica.startJar(app, database, SHORT_LEASES)) {
            LogClient writer = new LogClient(one.uri("/"));
            long last = 0;
            for (int i = 0; i < 500; i++) {
                last = writer.append("Order", "order-" + i % 20, LogClient.event("OrderPlaced", "{}"));
            }
            Map<String, Chain> before = OrderChainsRead.all(one, last);
            one.stop();
            try (Replica other = Replica.startJar(
                    app,
                    database,
                    SHORT_LEASES[0],
                    SHORT_LEASES[1],
                    "-Deventuali.projection.order-chains.partitions=5")) {
                await().atMost(PATIENCE)
                        .until(() -> status(other).get("status").asText().equals("live"));
                assertThat(status(other).get("partitions")).hasSize(1);

                post(other, PROJECTION + "/rebuild");
                await().atMost(PATIENCE).until(() -> {
                    assertThat(OrderChainsRead.all(other, 0)).isEqualTo(before);
                    return status(other).get("partitions").size() == 5;
                });
                LogClient later = new LogClient(other.uri("/"));
                for (int i = 0; i < 20; i++) {
                    last = later.append("Order", "order-" + i, LogClient.event("OrderPaid", "{}"));
                }

                assertThat(OrderChainsRead.all(other, last).values())
                        .hasSize(20)
                        .allSatisfy(chain -> assertThat(chain.count()).isEqualTo(26));
            }
        }
    }

    /** Waits until as many replicas as there are numbers run so many partitions each, and nobody else runs any. */
    private static void awaitSpread(Replica asked, Integer... partitions) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(byOwner(asked)).containsExactlyInAnyOrder(partitions));
    }

    private static Collection<Integer> byOwner(Replica asked) {
        Map<String, Integer> owners = new TreeMap<>();
        status(asked)
                .get("partitions")
                .forEach(partition -> owners.merge(partition.get("owner").asText(), 1, Integer::sum));
        return owners.values();
    }

    private static JsonNode status(Replica replica) {
        return json(replica.get(PROJECTION));
    }

    private static void post(Replica replica, String path) {
        try {
            HttpResponse<String> answer = Replica.HTTP.send(
                    HttpRequest.newBuilder(replica.uri(path))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(text, malformed);
        }
    }
}
