package io.eventuali.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.identity.LogIdentity;
import io.eventuali.support.Configs;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Several keepers on one database: each lease has one owner, work is spread, and it moves when an owner goes. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class LeaseKeeperIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final OwnershipConfig CONFIG = Configs.of(
            OwnershipConfig.class, Map.of("eventuali.ownership.duration", "2s", "eventuali.ownership.renew", "200ms"));

    @Inject
    LeaseTable table;

    @Inject
    LogIdentity identity;

    @Inject
    @ReactiveDataSource("eventuali")
    Pool pool;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Tasks tasks = new Tasks(meters);

    private final String prefix = "test-" + UUID.randomUUID() + "-";
    private final List<Worker> workers = new ArrayList<>();

    @AfterEach
    void everybodyLeaves() {
        workers.forEach(worker -> worker.keeper.leave().await().atMost(PATIENCE));
    }

    @Test
    void work_is_spread_and_moves_to_a_replica_that_comes_later() {
        Set<String> names = names(6);
        Worker first = work(names);
        await().atMost(PATIENCE).until(() -> first.leases.size() == 6);

        Worker second = work(names);

        await().atMost(PATIENCE).until(() -> first.leases.size() == 3 && second.leases.size() == 3);
        assertThat(first.leases.keySet()).doesNotContainAnyElementsOf(second.leases.keySet());
    }

    @Test
    void a_replica_that_leaves_is_followed_at_once_and_by_a_higher_epoch() {
        Worker first = work(names(1));
        await().atMost(PATIENCE).until(() -> first.leases.size() == 1);
        long epoch = first.leases.values().iterator().next();
        Worker second = work(names(1));

        first.keeper.leave().await().atMost(PATIENCE);

        // Far less than the lease would have lasted.
        await().atMost(LEASE.dividedBy(2)).until(() -> second.leases.size() == 1);
        assertThat(second.leases.values()).containsExactly(epoch + 1);
        assertThat(first.leases).isEmpty();
    }

    @Test
    void a_lease_that_nobody_renews_is_claimed_after_it_expired_and_not_before() {
        String dead = "dead-" + UUID.randomUUID();
        String name = prefix + "0";
        table.declare(List.of(name)).await().atMost(PATIENCE);
        Lease lease = table.claim(dead, List.of(name), Map.of(), LEASE)
                .await()
                .atMost(PATIENCE)
                .get(0);
        assertThat(table.claim("other", List.of(name), Map.of(), LEASE).await().atMost(PATIENCE))
                .isEmpty();

        Worker worker = work(Set.of(name));

        await().atMost(PATIENCE).until(() -> worker.leases.size() == 1);
        assertThat(worker.leases.get(name)).isEqualTo(lease.epoch() + 1);
        // The dead one comes back and finds that it owns nothing.
        assertThat(table.renew(dead, LEASE).await().atMost(PATIENCE)).isEmpty();
        table.leave(dead).await().atMost(PATIENCE);
    }

    @Test
    void of_many_that_claim_at_once_one_gets_the_lease() {
        String name = prefix + "0";
        table.declare(List.of(name)).await().atMost(PATIENCE);

        List<Lease> claimed = Uni.join()
                .all(IntStream.range(0, 8)
                        .mapToObj(i -> table.claim("claimant-" + i, List.of(name), Map.of(), LEASE))
                        .toList())
                .andFailFast()
                .await()
                .atMost(PATIENCE)
                .stream()
                .flatMap(List::stream)
                .toList();

        assertThat(claimed).hasSize(1);
    }

    @Test
    void an_owner_whose_lease_was_taken_is_told() {
        Worker worker = work(names(1));
        await().atMost(PATIENCE).until(() -> worker.leases.size() == 1);

        pool.preparedQuery("UPDATE lease SET owner = 'thief', epoch = epoch + 1, expires_at = clock_timestamp()"
                        + " + interval '1 minute' WHERE name = $1")
                .execute(Tuple.of(prefix + "0"))
                .toCompletionStage()
                .toCompletableFuture()
                .join();

        await().atMost(PATIENCE).until(worker.leases::isEmpty);
    }

    private Set<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).collect(Collectors.toSet());
    }

    private Worker work(Set<String> names) {
        Worker worker = new Worker(new LeaseKeeper(table, CONFIG, tasks, meters, new ReplicaId(), identity));
        workers.add(worker);
        worker.keeper.keep(names, worker);
        return worker;
    }

    /** Remembers the epochs of what it owns. */
    private record Worker(LeaseKeeper keeper, Map<String, Long> leases) implements LeaseListener {
        Worker(LeaseKeeper keeper) {
            this(keeper, new ConcurrentHashMap<>());
        }

        @Override
        public void acquired(Lease lease) {
            leases.put(lease.name(), lease.epoch());
        }

        @Override
        public void lost(Lease lease) {
            leases.remove(lease.name(), lease.epoch());
        }
    }
}
