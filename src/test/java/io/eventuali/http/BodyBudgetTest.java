package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BodyBudgetTest {
    private final BodyBudget budget = new BodyBudget(100, 60);
    private final List<String> broken = new ArrayList<>();

    @Test
    void a_small_body_makes_the_largest_unfinished_one_go() {
        BodyBudget.Hold large = open("a", "large");
        BodyBudget.Hold middle = open("b", "middle");
        BodyBudget.Hold small = open("c", "small");
        assertThat(large.grow(50)).isTrue();
        assertThat(middle.grow(45)).isTrue();

        assertThat(small.grow(20)).isTrue();

        assertThat(broken).containsExactly("large");
        assertThat(budget.used()).isEqualTo(65);
        assertThat(large.grow(1)).as("after it had to go").isFalse();
    }

    @Test
    void the_largest_body_goes_itself_when_it_asks_for_more() {
        BodyBudget.Hold large = open("a", "large");
        BodyBudget.Hold other = open("b", "other");
        assertThat(large.grow(50)).isTrue();
        assertThat(other.grow(45)).isTrue();

        assertThat(large.grow(10)).isFalse();

        assertThat(broken).isEmpty();
    }

    @Test
    void one_principal_takes_its_share_and_makes_room_among_its_own() {
        BodyBudget.Hold own = open("a", "own");
        BodyBudget.Hold others = open("b", "others");
        assertThat(own.grow(30)).isTrue();
        assertThat(others.grow(35)).isTrue();
        assertThat(open("a", "next").grow(25)).isTrue();

        assertThat(open("a", "more").grow(10)).isTrue();
        assertThat(broken).containsExactly("own");
        assertThat(open("a", "beyond").grow(61)).isFalse();
        assertThat(broken).containsExactly("own");
    }

    @Test
    void a_whole_body_is_kept_until_it_is_released() {
        BodyBudget.Hold whole = open("a", "whole");
        assertThat(whole.grow(60)).isTrue();
        whole.complete(50);
        BodyBudget.Hold more = open("a", "more");

        assertThat(more.grow(20)).isFalse();
        whole.release();
        whole.release();

        assertThat(more.grow(20)).isTrue();
        assertThat(budget.used()).isEqualTo(20);
    }

    @Test
    void whatever_happens_nothing_is_beyond_the_bounds_and_all_comes_back() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        List<BodyBudget.Hold> holds = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            if (holds.isEmpty() || random.nextInt(3) == 0) {
                holds.add(open("p" + random.nextInt(3), "some"));
            }
            BodyBudget.Hold hold = holds.get(random.nextInt(holds.size()));
            switch (random.nextInt(4)) {
                case 0 -> hold.complete(0);
                case 1 -> hold.release();
                default -> hold.grow(1 + random.nextInt(40));
            }
            assertThat(budget.used()).as("%s, step %d", seed, i).isBetween(0L, 100L);
        }
        holds.forEach(BodyBudget.Hold::release);
        assertThat(budget.used()).as("%s", seed).isZero();
    }

    private BodyBudget.Hold open(String principal, String name) {
        return budget.open(principal, () -> broken.add(name));
    }
}
