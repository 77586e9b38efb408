package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.SlowReader;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G7: a slow subscriber costs bounded memory and never delays another; what no longer fits the live buffer is read from the
 * store.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G07LagIsNeverLossIT {
    private static final int EVENTS = 20_000;
    private static final int RING_BYTES = 1 << 20;
    private static final int CACHE_BYTES = 2 << 20;

    @Test
    void a_reader_of_one_KiB_a_second_delays_nobody_and_ends_with_the_complete_sequence() throws Exception {
        try (Cluster cluster = new Cluster(
                        1,
                        "-Deventuali.streamer.capacity=1000",
                        "-Deventuali.streamer.capacity-bytes=" + RING_BYTES,
                        "-Deventuali.streamer.cache-bytes=" + CACHE_BYTES);
                SlowReader slow = new SlowReader(cluster.replica(0).port(), 1024)) {
            List<Follower> fast = IntStream.range(0, 5)
                    .mapToObj(i -> new Follower(cluster.replica(0)::uri, "from=start"))
                    .toList();
            cluster.startWriters(16, EVENTS, 100, 7);
            cluster.joinWriters();
            fast.forEach(follower -> cluster.awaitEnd(follower, EVENTS));

            assertThat(slow.lastId()).as("the slow one is still far behind").isLessThan(EVENTS / 2);
            assertThat(cluster.replica(0).metric("eventuali_live_buffer_bytes")).isLessThanOrEqualTo(RING_BYTES);
            assertThat(cluster.replica(0).metric("eventuali_live_buffer_events"))
                    .isLessThanOrEqualTo(1024);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(cluster.replica(0).metric("eventuali_page_cache_bytes"))
                            .isLessThanOrEqualTo(CACHE_BYTES));

            slow.hurry();
            await().atMost(Duration.ofMinutes(2)).until(() -> slow.lastId() >= EVENTS);
            cluster.history().delivered("slow", 0, event -> true, slow.positions());
            for (Follower follower : fast) {
                assertThat(follower.connections()).isEqualTo(1);
                cluster.history().delivered("fast", 0, event -> true, follower.positions());
                follower.close();
            }
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
        }
    }
}
