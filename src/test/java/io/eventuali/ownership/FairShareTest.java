package io.eventuali.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FairShareTest {

    @Test
    void a_replica_alone_claims_everything_it_wants() {
        var view = new LeaseView(Map.of("a", Set.of("x", "y", "z")), Map.of());

        assertThat(FairShare.of("a", view)).isEqualTo(new FairShare(List.of("x", "y", "z"), List.of()));
    }

    @Test
    void replicas_that_start_together_claim_different_leases() {
        var view = new LeaseView(Map.of("a", Set.of("x", "y", "z"), "b", Set.of("x", "y", "z")), Map.of());

        assertThat(FairShare.of("a", view).claim()).containsExactly("x", "z");
        assertThat(FairShare.of("b", view).claim()).containsExactly("y");
    }

    @Test
    void a_lease_goes_to_those_only_who_want_it() {
        var view = new LeaseView(Map.of("a", Set.of("x"), "b", Set.of("x", "new")), Map.of("x", "b"));

        assertThat(FairShare.of("b", view)).isEqualTo(new FairShare(List.of("new"), List.of("x")));
        assertThat(FairShare.of("a", view)).isEqualTo(new FairShare(List.of(), List.of()));
    }

    @Test
    void a_difference_of_one_moves_nothing() {
        var view = new LeaseView(
                Map.of("a", Set.of("x", "y", "z"), "b", Set.of("x", "y", "z")), Map.of("x", "a", "y", "a", "z", "b"));

        assertThat(FairShare.of("a", view).giveBack()).isEmpty();
    }

    @Test
    void whatever_comes_and_goes_all_leases_are_soon_spread_and_then_stay() {
        Seed seed = Seed.next();
        var random = seed.random();
        for (int round = 0; round < 200; round++) {
            Set<String> names = IntStream.range(0, random.nextInt(1, 12))
                    .mapToObj(i -> "lease-" + i)
                    .collect(Collectors.toSet());
            Map<String, String> held = new HashMap<>();
            for (int change = 0; change < 4; change++) {
                Map<String, Set<String>> living = IntStream.range(0, random.nextInt(1, 5))
                        .mapToObj(i -> "replica-" + i)
                        .collect(Collectors.toMap(name -> name, name -> names));
                held.values().retainAll(living.keySet());
                settle(living, held);
                settle(living, held);

                assertThat(held.keySet()).as("%s", seed).isEqualTo(names);
                var loads = living.keySet().stream()
                        .map(replica ->
                                held.values().stream().filter(replica::equals).count())
                        .collect(Collectors.summarizingLong(Long::longValue));
                assertThat(loads.getMax() - loads.getMin())
                        .as("%s %s", seed, held)
                        .isLessThanOrEqualTo(1);
                Map<String, String> before = Map.copyOf(held);
                settle(living, held);
                assertThat(held).as("%s", seed).isEqualTo(before);
            }
        }
    }

    /** Lets every replica act once, one after the other. */
    private static void settle(Map<String, Set<String>> living, Map<String, String> held) {
        living.keySet().stream().sorted().forEach(replica -> {
            FairShare share = FairShare.of(replica, new LeaseView(living, held));
            share.giveBack().forEach(held::remove);
            share.claim().forEach(name -> held.put(name, replica));
        });
    }
}
