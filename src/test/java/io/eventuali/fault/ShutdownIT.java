package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.History.Stored;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A replica that is told to stop says so to its subscribers, who go on elsewhere. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ShutdownIT {
    @Test
    void subscribers_are_told_to_come_back_and_miss_nothing_when_replicas_are_restarted_under_load() {
        try (Cluster cluster = new Cluster(2);
                Follower follower = new Follower(cluster.anyReplica(), "from=start")) {
            cluster.startWriters(4, Integer.MAX_VALUE, 50, 41);
            await().until(() -> follower.count() > 0);
            for (int replica = 0; replica < 2; replica++) {
                cluster.awaitProgress(100);
                cluster.replica(replica).stop();
                cluster.replica(replica).restart();
            }
            cluster.awaitProgress(100);
            cluster.stopWriters();
            cluster.joinWriters();

            List<Stored> log = cluster.stored();
            cluster.awaitEnd(follower, log.size());
            assertThat(follower.closings()).isNotEmpty().allMatch(data -> data.contains("\"reason\":\"draining\""));
            cluster.history().delivered("subscriber", 0, event -> true, follower.positions());
            assertThat(cluster.history().violations(log)).isEmpty();
        }
    }
}
