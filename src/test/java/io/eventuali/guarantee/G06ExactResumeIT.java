package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.History.Stored;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G6: a subscription resumed with {@code Last-Event-ID: p} gets every matching event after p once, in order: through
 * reconnects, replica changes and catch-up/live hand-over.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G06ExactResumeIT {
    private static final Seed SEED = Seed.next();
    private static final int DISCONNECTS = Rounds.of(60, "disconnections", SEED);
    // A ring and pages so small that subscribers fall off the one and turn the other all the time.
    private static final String[] TIGHT = {
        "-Deventuali.streamer.capacity=32",
        "-Deventuali.store.read.page-events=16",
        "-Deventuali.subscription.batch-events=5",
        "-Deventuali.subscription.checkpoint-events=7"
    };

    @Test
    void a_subscriber_that_is_cut_many_times_and_changes_replicas_sees_each_matching_event_once() {
        Random random = new Random(SEED.value());
        try (Cluster cluster = new Cluster(2, TIGHT);
                Follower all = new Follower(cluster.anyReplica(), "from=start");
                Follower paid = new Follower(cluster.anyReplica(), "from=start&eventType=OrderPaid&eventType=Stock*")) {
            cluster.startWriters(4, Integer.MAX_VALUE, 100, SEED.value());
            await().until(() -> all.connections() == 1 && paid.connections() == 1);
            for (int cut = 0; cut < DISCONNECTS; cut++) {
                int connections = all.connections();
                long target = all.lastId() + random.nextInt(40);
                await().atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> all.lastId() >= target);
                all.cut();
                paid.cut();
                await().atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> all.connections() > connections);
            }
            cluster.stopWriters();
            cluster.joinWriters();

            List<Stored> log = cluster.stored();
            cluster.awaitEnd(all, log.size());
            cluster.awaitEnd(paid, log.size());
            cluster.history().delivered("all, " + SEED, 0, event -> true, all.positions());
            cluster.history()
                    .delivered(
                            "filtered, " + SEED,
                            0,
                            event -> !event.eventType().equals("OrderPlaced"),
                            paid.positions());
            assertThat(cluster.history().violations(log)).isEmpty();
            assertThat(all.connections()).isGreaterThan(DISCONNECTS);
        }
    }
}
