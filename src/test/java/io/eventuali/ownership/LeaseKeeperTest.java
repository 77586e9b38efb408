package io.eventuali.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.ownership.LeaseView.LeaseRow;
import io.eventuali.ownership.LeaseView.ReplicaRow;
import io.eventuali.ownership.LeaseView.Rows;
import io.eventuali.ownership.LeaseView.Term;
import io.eventuali.support.Configs;
import io.eventuali.support.Seed;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * Two keepers on a database of which the test decides when it answers, what time it has and how long anything takes. A listener that is
 * called may be overtaken by anything: the test does something else in the middle of its calls.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LeaseKeeperTest {
    private static final OwnershipConfig CONFIG = Configs.of(
            OwnershipConfig.class, Map.of("eventuali.ownership.duration", "8s", "eventuali.ownership.renew", "1s"));
    private static final Duration YEAR = Duration.ofDays(400);
    private static final int STEPS = 400;
    private static final int LEASES = 3;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Tasks tasks = new Tasks(meters);
    private long nanos = 1;

    @Test
    void calls_never_overlap_and_come_in_order_whatever_hangs_and_whenever_it_answers() {
        for (int run = 0; run < 300; run++) {
            new Turns(Seed.next()).play();
        }
    }

    @Test
    void an_answer_that_comes_while_the_loss_is_told_is_told_after_it() {
        Database database = new Database();
        List<String> told = new ArrayList<>();
        LeaseKeeper[] keeper = new LeaseKeeper[1];
        keeper[0] = keeper(database);
        keeper[0].want(List.of("a"), new LeaseListener() {
            @Override
            public void acquired(Lease lease) {
                told.add("acquired");
            }

            @Override
            public void lost(Lease lease) {
                told.add("losing");
                round(keeper[0], database);
                told.add("lost");
            }
        });
        round(keeper[0], database);

        pass(Duration.ofSeconds(7));
        keeper[0].expire();

        assertThat(told).containsExactly("acquired", "losing", "lost", "acquired");
    }

    @Test
    void a_listener_that_cannot_begin_is_offered_the_lease_again_and_keeps_no_other_from_working() {
        Database database = new Database();
        Listener good = new Listener(() -> {});
        int[] tries = {0};
        LeaseKeeper keeper = keeper(database);
        keeper.want(List.of("bad"), new LeaseListener() {
            @Override
            public void acquired(Lease lease) {
                if (++tries[0] < 3) {
                    throw new LinkageError("no class");
                }
            }

            @Override
            public void lost(Lease lease) {}
        });
        keeper.want(List.of("good"), good);

        round(keeper, database);
        assertThat(good.working).containsOnlyKeys("good");
        assertThat(tasks.list()).filteredOn(task -> task.failing()).hasSize(1);
        round(keeper, database);
        round(keeper, database);

        assertThat(tries[0]).isEqualTo(3);
        assertThat(tasks.list()).noneMatch(task -> task.failing());
    }

    @Test
    void a_lease_that_a_dead_owner_left_until_tomorrow_is_taken_after_one_duration() {
        Database database = new Database();
        LeaseKeeper dead = keeper(database);
        dead.want(List.of("a"), new Listener(() -> {}));
        round(dead, database);
        database.leases.get("a").end += Duration.ofDays(1).toSeconds();
        database.replicas.values().forEach(row -> row.end += Duration.ofDays(1).toSeconds());
        Listener next = new Listener(() -> {});
        LeaseKeeper keeper = keeper(database);
        keeper.want(List.of("a"), next);

        round(keeper, database);
        pass(Duration.ofSeconds(7));
        round(keeper, database);
        assertThat(next.working).isEmpty();
        pass(Duration.ofSeconds(2));
        round(keeper, database);

        assertThat(next.working).containsEntry("a", 2L);
        assertThat(meters.counter("eventuali.leases.void").count()).isEqualTo(1);
    }

    @Test
    void a_living_owner_keeps_its_lease_when_the_clock_is_set_back_or_ahead() {
        for (Duration jump : List.of(YEAR, YEAR.negated(), Duration.ofSeconds(20), Duration.ofSeconds(-20))) {
            Database database = new Database();
            Listener owner = new Listener(() -> {});
            Listener other = new Listener(() -> {});
            LeaseKeeper first = keeper(database);
            first.want(List.of("a"), owner);
            round(first, database);
            LeaseKeeper second = keeper(database);
            second.want(List.of("a"), other);
            round(second, database);
            double before = meters.counter("eventuali.clock.jumps").count();

            database.skew += jump.toSeconds();
            for (int i = 0; i < 30; i++) {
                // The one without the lease looks first.
                round(second, database);
                round(first, database);
                pass(Duration.ofSeconds(1));
                first.expire();
                second.expire();
            }

            assertThat(owner.working).as("jump %s", jump).containsEntry("a", 1L);
            assertThat(other.working).isEmpty();
            assertThat(meters.counter("eventuali.clock.jumps").count() - before).isEqualTo(2);
        }
    }

    @Test
    void the_lease_of_an_owner_that_dies_as_the_clock_jumps_is_taken_soon() {
        for (Duration jump : List.of(YEAR, YEAR.negated())) {
            Database database = new Database();
            Listener other = new Listener(() -> {});
            LeaseKeeper dead = keeper(database);
            dead.want(List.of("a"), new Listener(() -> {}));
            round(dead, database);
            LeaseKeeper second = keeper(database);
            second.want(List.of("a"), other);
            round(second, database);

            database.skew += jump.toSeconds();
            int seconds = 0;
            while (other.working.isEmpty() && seconds < 60) {
                round(second, database);
                pass(Duration.ofSeconds(1));
                seconds++;
            }

            assertThat(seconds).as("seconds after a jump by %s", jump).isLessThanOrEqualTo(10);
        }
    }

    private LeaseKeeper keeper(Database database) {
        return new LeaseKeeper(database, CONFIG, tasks, meters, new ReplicaId(), () -> nanos);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    /** A round that is answered at once. */
    private static void round(LeaseKeeper keeper, Database database) {
        keeper.round().subscribe().with(done -> {}, failure -> {});
        while (!database.waiting.isEmpty()) {
            database.waiting.remove(0).run();
        }
    }

    /** Random turns. */
    private final class Turns {
        private final Seed seed;
        private final RandomGenerator random;
        private final Database database = new Database();
        private final List<Listener> listeners = new ArrayList<>();
        private final List<LeaseKeeper> keepers = new ArrayList<>();
        private final List<Boolean> busy = new ArrayList<>();
        private int depth;

        Turns(Seed seed) {
            this.seed = seed;
            this.random = seed.random();
            for (int i = 0; i < 2; i++) {
                Listener listener = new Listener(this::meanwhile);
                LeaseKeeper keeper = keeper(database);
                keeper.want(List.of("a", "b", "c"), listener);
                listeners.add(listener);
                keepers.add(keeper);
                busy.add(false);
            }
        }

        void play() {
            for (int step = 0; step < STEPS; step++) {
                turn();
            }
            // Everything is answered, and nothing happens any more: then what is held is worked on.
            for (int i = 0; i < 40; i++) {
                for (LeaseKeeper keeper : keepers) {
                    round(keeper, database);
                    keeper.expire();
                }
                pass(Duration.ofSeconds(1));
            }
            Map<String, Long> working = new HashMap<>();
            listeners.forEach(listener -> {
                assertThat(listener.violations).as("%s", seed).isEmpty();
                working.putAll(listener.working);
            });
            assertThat(working.keySet()).as("%s", seed).hasSize(LEASES);
            working.forEach((name, epoch) ->
                    assertThat(database.leases.get(name).epoch).as("%s", seed).isEqualTo(epoch));
        }

        /** What other threads do while a listener is being called. */
        private void meanwhile() {
            if (depth < 3 && random.nextInt(3) == 0) {
                depth++;
                turn();
                depth--;
            }
        }

        private void turn() {
            int who = random.nextInt(2);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> begin(who);
                case 3, 4, 5 -> answer();
                case 6 -> pass(Duration.ofMillis(random.nextInt(4_000)));
                case 7, 8 -> keepers.get(who).expire();
                default -> {
                    if (random.nextInt(20) == 0) {
                        database.skew += (random.nextBoolean() ? 1 : -1) * random.nextInt(40_000_000);
                    }
                }
            }
        }

        private void begin(int who) {
            if (!busy.get(who)) {
                busy.set(who, true);
                keepers.get(who)
                        .round()
                        .subscribe()
                        .with(done -> busy.set(who, false), failure -> busy.set(who, false));
            }
        }

        private void answer() {
            if (!database.waiting.isEmpty()) {
                database.waiting.remove(random.nextInt(database.waiting.size())).run();
            }
        }
    }

    /** Knows what it works on, and what it was told out of turn. */
    private static final class Listener implements LeaseListener {
        private final Runnable meanwhile;
        private final Map<String, Long> working = new HashMap<>();
        private final List<String> violations = new ArrayList<>();
        private boolean called;

        Listener(Runnable meanwhile) {
            this.meanwhile = meanwhile;
        }

        @Override
        public void acquired(Lease lease) {
            call(() -> {
                if (working.put(lease.name(), lease.epoch()) != null) {
                    violations.add("acquired twice " + lease);
                }
            });
        }

        @Override
        public void lost(Lease lease) {
            call(() -> {
                if (!working.remove(lease.name(), lease.epoch())) {
                    violations.add("lost what it did not have " + lease + " " + working);
                }
            });
        }

        private void call(Runnable what) {
            if (called) {
                violations.add("overlap");
            }
            called = true;
            meanwhile.run();
            what.run();
            meanwhile.run();
            called = false;
        }
    }

    /** Leases in memory. A statement is executed when the test lets it, and answered then. */
    private final class Database extends LeaseTable {
        private final Map<String, Row> leases = new LinkedHashMap<>();
        private final Map<String, Row> replicas = new LinkedHashMap<>();
        private final List<Runnable> waiting = new ArrayList<>();
        private double skew;

        Database() {
            super(null, null);
        }

        private double now() {
            return nanos / 1e9 + skew;
        }

        private <T> Uni<T> later(Supplier<T> statement) {
            return Uni.createFrom()
                    .emitter((UniEmitter<? super T> answer) -> waiting.add(() -> answer.complete(statement.get())));
        }

        @Override
        Uni<Void> declare(Collection<String> names) {
            return later(() -> {
                names.forEach(name -> leases.putIfAbsent(name, new Row()));
                return null;
            });
        }

        @Override
        Uni<Double> beat(String replica, Collection<String> wanted, Duration duration) {
            return later(() -> {
                Row row = replicas.computeIfAbsent(replica, id -> new Row());
                row.wanted = Set.copyOf(wanted);
                row.end = now() + duration.toSeconds();
                return now();
            });
        }

        @Override
        Uni<List<Lease>> renew(String replica, Duration duration) {
            return later(() -> {
                List<Lease> renewed = new ArrayList<>();
                leases.forEach((name, row) -> {
                    if (replica.equals(row.owner)) {
                        row.end = now() + duration.toSeconds();
                        renewed.add(new Lease(name, row.epoch));
                    }
                });
                return renewed;
            });
        }

        @Override
        Uni<Rows> view() {
            return later(() -> {
                List<ReplicaRow> living = new ArrayList<>();
                replicas.forEach((id, row) -> {
                    if (row.end > now()) {
                        living.add(new ReplicaRow(id, row.wanted, new Term(row.end, now(), 8)));
                    }
                });
                List<LeaseRow> held = new ArrayList<>();
                leases.forEach((name, row) -> {
                    if (row.owner != null && row.end > now()) {
                        held.add(new LeaseRow(new Lease(name, row.epoch), row.owner, new Term(row.end, now(), 8)));
                    }
                });
                return new Rows(living, held);
            });
        }

        @Override
        Uni<List<Lease>> claim(
                String replica, Collection<String> names, Map<String, LeaseRow> voids, Duration duration) {
            return later(() -> {
                List<Lease> claimed = new ArrayList<>();
                for (String name : names) {
                    Row row = leases.get(name);
                    LeaseRow seen = voids.get(name);
                    boolean isVoid = seen != null
                            && seen.lease().epoch() == row.epoch
                            && seen.term().end() == row.end;
                    if (row.owner == null || row.end < now() || isVoid) {
                        row.owner = replica;
                        row.epoch++;
                        row.end = now() + duration.toSeconds();
                        claimed.add(new Lease(name, row.epoch));
                    }
                }
                return claimed;
            });
        }

        @Override
        Uni<Void> release(String replica, Collection<String> names) {
            return later(() -> {
                for (String name : names) {
                    if (replica.equals(leases.get(name).owner)) {
                        leases.get(name).owner = null;
                    }
                }
                return null;
            });
        }
    }

    private static final class Row {
        private String owner;
        private long epoch;
        private double end = Double.NEGATIVE_INFINITY;
        private Set<String> wanted = Set.of();
    }
}
