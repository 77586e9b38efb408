package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.support.Cluster;
import io.eventuali.support.History;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.Seed;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G8: a projection's state and checkpoint change in one transaction, by the current owner only. Owners are killed and frozen
 * while writers run; in the end the documents have to be what a fold of the log gives, so each event counted exactly once.
 * {@code -Dtest.rounds=100} for a longer run.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G08CheckpointWithEffectIT {
    private static final int ROUNDS = Integer.getInteger("test.rounds", 3);
    private static final int APPENDS = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String[] SHORT_LEASES = {
        "-Deventuali.ownership.duration=2s", "-Deventuali.ownership.renew=200ms"
    };

    @Test
    void documents_equal_a_fold_of_the_log_though_their_owners_are_killed() {
        survive(2, random -> G08CheckpointWithEffectIT::killTheOwner);
    }

    @Test
    void a_former_owner_that_was_frozen_while_another_took_over_writes_nothing() {
        survive(2, random -> G08CheckpointWithEffectIT::freezeTheOwner);
    }

    @Test
    void documents_equal_a_fold_of_the_log_though_the_database_is_killed() {
        survive(1, random -> G08CheckpointWithEffectIT::killTheDatabase);
    }

    @Test
    void documents_equal_a_fold_of_the_log_whatever_fails_while_they_are_rebuilt_again_and_again() {
        List<Consumer<Cluster>> faults = List.of(
                G08CheckpointWithEffectIT::killTheOwner,
                G08CheckpointWithEffectIT::freezeTheOwner,
                G08CheckpointWithEffectIT::stopTheOwner,
                G08CheckpointWithEffectIT::killTheDatabase);
        survive(2, random -> cluster -> {
            rebuild(cluster.replica(random.nextInt(2)));
            faults.get(random.nextInt(faults.size())).accept(cluster);
        });
    }

    /** Rounds of a fault each, while writers run; in the end the documents have to be what a fold of the log gives. */
    private static void survive(int replicas, Function<RandomGenerator, Consumer<Cluster>> fault) {
        Seed seed = Seed.next();
        var random = seed.random();
        try (Cluster cluster = new Cluster(replicas, SHORT_LEASES)) {
            cluster.startWriters(4, Integer.MAX_VALUE, 100, seed.value());
            for (int round = 0; round < ROUNDS; round++) {
                cluster.awaitProgress(random.nextInt(50, 500));
                fault.apply(random).accept(cluster);
            }
            cluster.awaitProgress(50);
            cluster.stopWriters();
            cluster.joinWriters();

            assertThat(counted(cluster)).as("%s", seed).isEqualTo(folded(cluster));
        }
    }

    private static void killTheOwner(Cluster cluster) {
        Replica owner = owner(cluster);
        owner.kill();
        Replica other = other(cluster, owner);
        await().atMost(PATIENCE).until(() -> isOwner(other));
        owner.restart();
    }

    private static void freezeTheOwner(Cluster cluster) {
        Replica owner = owner(cluster);
        Replica other = other(cluster, owner);
        owner.freeze();
        try {
            await().atMost(PATIENCE).until(() -> isOwner(other));
        } finally {
            owner.thaw();
        }
        await().atMost(PATIENCE).until(() -> !(isOwner(owner) && isOwner(other)));
    }

    private static void stopTheOwner(Cluster cluster) {
        Replica owner = owner(cluster);
        owner.stop();
        owner.restart();
    }

    private static void killTheDatabase(Cluster cluster) {
        cluster.database().kill();
        cluster.database().start();
    }

    private static void rebuild(Replica replica) {
        try {
            Replica.HTTP.send(
                    HttpRequest.newBuilder(replica.uri("/v1/projections/event-statistics/rebuild"))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException notNow) {
            // One of the faults; the next round tries again.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
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

    @Test
    void a_crashed_owner_is_followed_within_ten_seconds_and_one_that_stops_within_three() {
        try (Cluster cluster = new Cluster(2)) {
            Replica first = owner(cluster);
            Replica second = other(cluster, first);
            first.kill();
            await().atMost(Duration.ofSeconds(10)).until(() -> isOwner(second));

            first.restart();
            Thread stop = new Thread(second::stop);
            stop.start();

            await().atMost(Duration.ofSeconds(3)).until(() -> isOwner(first));
            await().atMost(PATIENCE).until(() -> !stop.isAlive());
        }
    }

    private static Replica owner(Cluster cluster) {
        await().atMost(PATIENCE).until(() -> isOwner(cluster.replica(0)) || isOwner(cluster.replica(1)));
        return isOwner(cluster.replica(0)) ? cluster.replica(0) : cluster.replica(1);
    }

    private static Replica other(Cluster cluster, Replica replica) {
        return cluster.replica(replica == cluster.replica(0) ? 1 : 0);
    }

    private static boolean isOwner(Replica replica) {
        return replica.metric("eventuali_projection_owned") == 1;
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
