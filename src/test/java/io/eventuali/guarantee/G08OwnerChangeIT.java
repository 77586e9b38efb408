package io.eventuali.guarantee;

import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Replica;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G8: a projection goes on at another replica in time. Not among the tests that run side by side, since it takes the time. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G08OwnerChangeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

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
}
