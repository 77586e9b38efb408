package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.History.Stored;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G6 and G7 for many: subscribers of mixed filters and speeds over three replicas, cut at random, while a replica is killed and
 * comes back and the notifications of all replicas are interrupted. Each sees exactly what the log holds for it.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BroadcastIT {
    private static final int SUBSCRIBERS = 200;
    private static final Seed SEED = Seed.next();
    private static final int EVENTS = Rounds.of(3_000, "events", SEED);
    private static final String[] TIGHT = {
        "-Deventuali.streamer.capacity=256",
        "-Deventuali.streamer.shared-bytes=256K",
        "-Deventuali.store.read.page-events=64",
        "-Deventuali.subscription.batch-events=20",
        "-Deventuali.subscription.checkpoint-events=50",
        "-Deventuali.subscription.heartbeat=1s"
    };
    private static final List<Interest> INTERESTS = List.of(
            new Interest("", event -> true),
            new Interest("&eventType=OrderPaid", event -> event.eventType().equals("OrderPaid")),
            new Interest("&eventType=Stock*&eventType=*Placed", event -> !event.eventType()
                    .equals("OrderPaid")),
            new Interest("&aggregateId=order-7", event -> event.aggregateId().equals("order-7")),
            new Interest("&aggregateId=order-1*", event -> event.aggregateId().startsWith("order-1")),
            new Interest(
                    "&aggregateId=*3&aggregateType=Order&eventType=OrderPlaced",
                    event -> event.aggregateId().endsWith("3")
                            && event.eventType().equals("OrderPlaced")),
            new Interest("&aggregateType=Nothing", event -> false));

    private final RandomGenerator random = SEED.random();

    @Test
    void two_hundred_subscribers_see_exactly_what_is_theirs_while_replicas_and_connections_fail() throws Exception {
        List<Follower> followers = new ArrayList<>();
        try (Cluster cluster = new Cluster(3, TIGHT);
                Connection connection = cluster.database().connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < SUBSCRIBERS; i++) {
                // Every tenth takes its time.
                int pause = i % 10 == 0 ? 20 + random.nextInt(100) : 0;
                followers.add(new Follower(
                        cluster.anyReplica(), "from=start" + interest(i).query(), pause));
            }
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> followers.stream().allMatch(follower -> follower.connections() > 0));

            cluster.startWriters(8, EVENTS, 40, SEED.value());
            int restarts = 0;
            while (!cluster.writersDone()) {
                int before = cluster.history().acknowledgedCount();
                followers.get(random.nextInt(SUBSCRIBERS)).cut();
                if (random.nextInt(5) == 0) {
                    statement.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
                }
                if (restarts == 0 && before > EVENTS / 3) {
                    restarts++;
                    Replica victim = cluster.replica(1);
                    victim.kill();
                    victim.restart();
                }
                await().atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> cluster.history().acknowledgedCount() > before || cluster.writersDone());
            }
            cluster.joinWriters();
            // A slow one takes a piece at a look, and a piece may be one event: what it still has to take could last
            // for minutes.
            followers.forEach(Follower::hurry);
            assertThat(restarts).isEqualTo(1);

            List<Stored> log = cluster.stored();
            assertThat(log).hasSize(EVENTS);
            for (int i = 0; i < SUBSCRIBERS; i++) {
                Follower follower = followers.get(i);
                cluster.awaitEnd(follower, log.size());
                cluster.history()
                        .delivered(
                                "subscriber %d%s, %s".formatted(i, interest(i).query(), SEED),
                                0,
                                interest(i).wanted(),
                                follower.positions());
            }
            assertThat(cluster.history().violations(log)).isEmpty();
        } finally {
            followers.forEach(Follower::close);
        }
    }

    private static Interest interest(int subscriber) {
        return INTERESTS.get(subscriber % INTERESTS.size());
    }

    private record Interest(String query, Predicate<Stored> wanted) {}
}
