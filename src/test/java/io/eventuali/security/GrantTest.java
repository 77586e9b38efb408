package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.stream.EventFilter;
import io.eventuali.stream.NamePattern;
import io.eventuali.support.Seed;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class GrantTest {
    /** Patterns with blanks between them. */
    @ParameterizedTest
    @CsvSource({
        "*, *, true",
        "*, Order, true",
        "Order*, Order, true",
        "Order*, OrderLine* Order, true",
        "Order* Cart, Cart Order*, true",
        "Order, '', true",
        "'', '', true",
        "Order, Order*, false",
        "Order*, *, false",
        "Order*, Cart, false",
        "Order*, Order* Cart, false",
        "*Line, Order*, false",
        "'', Order, false"
    })
    void a_grant_covers_another_one_if_nothing_was_taken(String now, String before, boolean covers) {
        List<NamePattern> one = List.of(NamePattern.of("*"));

        assertThat(new Grant(patterns(now), one, one).covers(new Grant(patterns(before), one, one)))
                .isEqualTo(covers);
        assertThat(new Grant(one, patterns(now), one).covers(new Grant(one, patterns(before), one)))
                .isEqualTo(covers);
        assertThat(new Grant(one, one, patterns(now)).covers(new Grant(one, one, patterns(before))))
                .isEqualTo(covers);
    }

    /** Patterns of types of aggregates and events; an empty list of a filter lets everything through. */
    @ParameterizedTest
    @CsvSource({
        "*, *, '', '', true",
        "Order*, *, OrderLine Order, '', true",
        "Order*, *, '', '', false",
        "Order*, *, Order Cart, '', false",
        "*, OrderPlaced, Order, OrderPlaced, true",
        "*, OrderPlaced, Order, '', false",
        "*, OrderPlaced, Order, Order*, false",
        "'', *, Order, '', false"
    })
    void a_grant_covers_a_filter_if_all_that_it_lets_through_is_granted(
            String aggregates, String events, String ofAggregates, String ofEvents, boolean covers) {
        Grant grant = new Grant(patterns(aggregates), patterns(events), List.of());
        EventFilter filter =
                new EventFilter(patterns(ofAggregates), List.of(NamePattern.of("alice")), patterns(ofEvents));

        assertThat(grant.covers(filter)).isEqualTo(covers);
    }

    @Test
    void what_is_covered_accepts_no_name_that_the_other_does_not() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        int covered = 0;
        for (int round = 0; round < 2_000; round++) {
            Grant now = grant(random);
            Grant before = grant(random);
            if (!now.covers(before)) {
                continue;
            }
            covered++;
            for (int i = 0; i < 50; i++) {
                String name = text(random, "ab", 4);
                assertThat(now.accepts(name, name) || !before.accepts(name, name))
                        .as("%s: %s is accepted by %s and not by %s", seed, name, before, now)
                        .isTrue();
            }
        }
        assertThat(covered).as(seed.toString()).isPositive();
    }

    private static Grant grant(RandomGenerator random) {
        List<NamePattern> patterns = IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> NamePattern.of(text(random, "ab*", 3)))
                .toList();
        return new Grant(patterns, List.of(NamePattern.of("*")), List.of());
    }

    private static String text(RandomGenerator random, String alphabet, int longest) {
        StringBuilder text = new StringBuilder();
        for (int i = 0, length = 1 + random.nextInt(longest); i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private static List<NamePattern> patterns(String words) {
        return Stream.of(words.split(" "))
                .filter(word -> !word.isEmpty())
                .map(NamePattern::of)
                .toList();
    }
}
