package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.projection.app.OrderChains;
import io.eventuali.support.Cluster;
import io.eventuali.support.History;
import io.eventuali.support.LogClient;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G8: a projection's state and checkpoint change in one transaction, by the current owner only. Whatever can fail does while writers
 * run; each document has to be what a fold of the log up to its last event gives at any time, so each event counted exactly once.
 * {@code -Drounds=10} for a longer run.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G08CheckpointWithEffectIT {
    private static final Seed SEED = Seed.next();
    private static final int ROUNDS = Rounds.of(6, "faults", SEED);
    private static final int CHECKED_EVERY = 6;
    private static final int APPENDS = Rounds.of(300, "appends");
    private static final int PARTITIONS = 3;
    /** Of the projections that are run by their owners, and one that each replica runs for itself. */
    private static final int RUN_BY_ONE_REPLICA = PARTITIONS + 2;

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void documents_equal_a_fold_of_the_log_whatever_fails_while_they_are_written_and_rebuilt() {
        var random = SEED.random();
        List<Consumer<Cluster>> faults = new ArrayList<>(List.of(
                cluster -> kill(cluster, random.nextInt(2)),
                cluster -> freeze(cluster, random.nextInt(2)),
                cluster -> stop(cluster, random.nextInt(2)),
                G08CheckpointWithEffectIT::killTheDatabase,
                G08CheckpointWithEffectIT::loseLeases,
                cluster -> rebuild(cluster, random.nextInt(2))));
        try (Cluster cluster = new Cluster(
                PackagedApp.with("io.eventuali.projection.app"),
                2,
                "-Deventuali.ownership.duration=2s",
                "-Deventuali.ownership.renew=200ms",
                "-Deventuali.projection.order-chains.partitions=" + PARTITIONS)) {
            cluster.startWriters(4, Integer.MAX_VALUE, 100, SEED.value());
            for (int round = 0; round < ROUNDS; round++) {
                if (round % faults.size() == 0) {
                    Collections.shuffle(faults, new Random(random.nextLong()));
                }
                cluster.awaitProgress(random.nextInt(50, 500));
                faults.get(round % faults.size()).accept(cluster);
                if (round % CHECKED_EVERY == CHECKED_EVERY - 1) {
                    cluster.replica(0).awaitReady();
                    assertThat(OrderChainsRead.wrong(cluster.replica(0), cluster.stored()))
                            .as("round %d, %s", round, SEED)
                            .isEmpty();
                }
            }
            cluster.awaitProgress(50);
            cluster.stopWriters();
            cluster.joinWriters();
            cluster.replica(0).awaitReady();
            cluster.replica(1).awaitReady();

            List<History.Stored> log = cluster.stored();
            assertThat(counted(cluster)).as("%s", SEED).isEqualTo(folded(cluster));
            assertThat(OrderChainsRead.all(cluster.replica(1), log.size()))
                    .as("%s", SEED)
                    .isEqualTo(OrderChainsRead.folded(log));
        }
    }

    private static void kill(Cluster cluster, int victim) {
        cluster.replica(victim).kill();
        awaitOwner(cluster.replica(1 - victim));
        cluster.replica(victim).relaunch();
    }

    private static void freeze(Cluster cluster, int victim) {
        Replica other = cluster.replica(1 - victim);
        other.awaitReady();
        cluster.replica(victim).freeze();
        try {
            awaitOwner(other);
        } finally {
            cluster.replica(victim).thaw();
        }
    }

    private static void stop(Cluster cluster, int victim) {
        cluster.replica(victim).stop();
        cluster.replica(victim).relaunch();
    }

    private static void killTheDatabase(Cluster cluster) {
        cluster.database().kill();
        cluster.database().start();
    }

    /** As if all owners had been too late with their renewals. */
    private static void loseLeases(Cluster cluster) {
        try (Connection connection = cluster.database().connect();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE lease SET owner = NULL");
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static void rebuild(Cluster cluster, int replica) {
        for (String projection : List.of("event-statistics", OrderChains.NAME)) {
            try {
                Replica.HTTP.send(
                        HttpRequest.newBuilder(
                                        cluster.replica(replica).uri("/v1/projections/" + projection + "/rebuild"))
                                .timeout(PATIENCE)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
            } catch (IOException notNow) {
                // One of the faults; a later round tries again.
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void awaitOwner(Replica replica) {
        replica.awaitReady();
        await().atMost(PATIENCE).until(() -> replica.metric("eventuali_projection_owned") == RUN_BY_ONE_REPLICA);
    }

    @Test
    void a_reader_of_its_own_writes_sees_each_of_them_at_whichever_replica_it_asks() {
        try (Cluster cluster = new Cluster(2)) {
            LogClient first = new LogClient(cluster.replica(0).uri("/"));
            LogClient second = new LogClient(cluster.replica(1).uri("/"));
            for (int i = 1; i <= APPENDS; i++) {
                LogClient writer = i % 3 == 0 ? first : second;
                LogClient reader = i % 2 == 0 ? first : second;
                long position = writer.append("Own", "writes", LogClient.event("Written", "{}"));

                JsonNode state = json(
                        reader.get("/v1/projections/event-statistics/state/Own%2FWritten?timeout=20s&after=" + position)
                                .body());

                assertThat(state.get("count").asLong()).isEqualTo(i);
                assertThat(state.get("lastPosition").asLong()).isEqualTo(position);
            }
        }
    }

    /** What the projection has counted once it has seen the whole log. */
    private static Map<String, Long> counted(Cluster cluster) {
        long last = cluster.stored().size();
        JsonNode page =
                json(cluster.replica(0).get("/v1/projections/event-statistics/state?timeout=30s&after=" + last));
        Map<String, Long> counted = new TreeMap<>();
        page.get("states")
                .forEach(state -> counted.put(
                        state.get("key").asText(), state.at("/state/count").asLong()));
        return counted;
    }

    private static Map<String, Long> folded(Cluster cluster) {
        return cluster.stored().stream().collect(Collectors.groupingBy(key(), TreeMap::new, Collectors.counting()));
    }

    private static Function<History.Stored, String> key() {
        return event -> event.aggregateType() + "/" + event.eventType();
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(text, malformed);
        }
    }
}
