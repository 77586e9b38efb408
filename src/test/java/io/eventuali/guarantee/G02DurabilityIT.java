package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.History.Stored;
import io.eventuali.support.Rounds;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G2: an acknowledged append is on disk. G4: an append retried with the same event ids returns the first result and writes
 * nothing. Tried by killing, in the middle of load, what could forget.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G02DurabilityIT {
    private static final int ROUNDS = Rounds.of(4, "kills");
    private static final int WRITERS = 16;
    private static final int PROGRESS = 300;

    @Test
    void every_append_ends_in_one_copy_when_a_replica_is_killed() {
        try (Cluster cluster = new Cluster(2);
                Follower follower = new Follower(cluster.anyReplica(), "from=start")) {
            cluster.startWriters(WRITERS, Integer.MAX_VALUE, 50, 2);
            for (int round = 0; round < ROUNDS; round++) {
                cluster.awaitProgress(PROGRESS);
                cluster.replica(round % 2).kill();
                cluster.replica(round % 2).restart();
            }

            assertNothingIsLost(cluster, follower);
        }
    }

    @Test
    void every_append_ends_in_one_copy_when_the_database_is_killed() {
        try (Cluster cluster = new Cluster(2);
                Follower follower = new Follower(cluster.anyReplica(), "from=start")) {
            cluster.startWriters(WRITERS, Integer.MAX_VALUE, 50, 3);
            for (int round = 0; round < ROUNDS; round++) {
                cluster.awaitProgress(PROGRESS);
                cluster.database().kill();
                cluster.database().start();
            }

            assertNothingIsLost(cluster, follower);
            assertThat(cluster.replica(0).isAlive() && cluster.replica(1).isAlive())
                    .as("a replica outlives its database")
                    .isTrue();
            assertThat(follower.connections())
                    .as("subscribers stay connected while the database is away")
                    .isEqualTo(1);
        }
    }

    private static void assertNothingIsLost(Cluster cluster, Follower follower) {
        cluster.awaitProgress(PROGRESS);
        cluster.stopWriters();
        cluster.joinWriters();
        List<Stored> log = cluster.stored();
        cluster.awaitEnd(follower, log.size());
        cluster.history().delivered("subscriber", 0, event -> true, follower.positions());
        assertThat(cluster.history().violations(log)).isEmpty();
        assertThat(cluster.history().acknowledgedCount()).isEqualTo(log.size());
    }
}
