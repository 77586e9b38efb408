package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Audience;
import io.eventuali.support.Cluster;
import io.eventuali.support.History.Stored;
import io.eventuali.support.LoadBalancer;
import io.eventuali.support.Replica;
import io.eventuali.support.Writer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Each of three replicas is stopped and started again, one after the other, as an update of the service does it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RollingRestartIT {
    private static final int SUBSCRIBERS = 500;
    private static final long WINDOW_MILLIS = 4_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void five_hundred_subscribers_miss_nothing_and_get_nothing_twice_while_three_replicas_are_restarted_in_turn()
            throws Exception {
        try (Cluster cluster = new Cluster(
                        3, "-Deventuali.drain.window=" + WINDOW_MILLIS + "ms", "-Dquarkus.shutdown.delay=1s");
                LoadBalancer balancer = new LoadBalancer(
                        IntStream.range(0, 3).mapToObj(cluster::replica).toList());
                Audience audience = new Audience(SUBSCRIBERS, balancer.uri("/v1/events/stream?from=start"))) {
            AtomicBoolean stop = new AtomicBoolean();
            CompletableFuture<Void> writer = steadyAppends(new Writer(cluster.history(), balancer::uri, 71, 20), stop);
            await().atMost(PATIENCE).until(() -> audience.connected() == SUBSCRIBERS);

            for (int i = 0; i < 3; i++) {
                Replica replica = cluster.replica(i);
                replica.terminate();
                replica.awaitExit();
                replica.restart();
                await().atMost(PATIENCE).until(() -> balancer.sees(replica));
            }
            await().atMost(PATIENCE).until(() -> audience.connected() == SUBSCRIBERS);
            cluster.awaitProgress(10);
            stop.set(true);
            writer.join();

            List<Stored> log = cluster.stored();
            await().atMost(PATIENCE).until(() -> audience.allReached(log.size()));
            assertThat(audience.refusals()).isEmpty();
            audience.positions().forEach(seen -> cluster.history().delivered("subscriber", 0, event -> true, seen));
            assertThat(cluster.history().violations(log)).isEmpty();
            assertSpread(audience.closings());
        }
    }

    /** One event after the other, with a pause: what is tested is the change of replicas, not load. */
    private static CompletableFuture<Void> steadyAppends(Writer writer, AtomicBoolean stop) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                while (!stop.get()) {
                    writer.append();
                    Thread.sleep(40);
                }
                done.complete(null);
            } catch (Throwable failure) {
                done.completeExceptionally(failure);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    /** Every quarter of the window is somebody's moment to come back. */
    private static void assertSpread(List<Audience.Closing> closings) {
        assertThat(closings)
                .hasSizeGreaterThanOrEqualTo(SUBSCRIBERS)
                .allMatch(closing -> closing.data().contains("\"reason\":\"draining\""))
                .allMatch(closing -> closing.retry() > 0 && closing.retry() <= WINDOW_MILLIS);
        long quarter = WINDOW_MILLIS / 4;
        assertThat(closings.stream()
                        .map(closing -> (closing.retry() - 1) / quarter)
                        .distinct())
                .containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
    }
}
