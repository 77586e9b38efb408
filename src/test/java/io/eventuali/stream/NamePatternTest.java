package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.InvalidEventException;
import io.eventuali.support.NaiveGlob;
import io.eventuali.support.Seed;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NamePatternTest {
    @Test
    void a_star_matches_any_run_of_characters_and_the_empty_one() {
        var pattern = NamePattern.of("Order*");

        assertThat(List.of("Order", "OrderPlaced", "PreOrder", "order"))
                .filteredOn(pattern::matches)
                .containsExactly("Order", "OrderPlaced");
    }

    @Test
    void without_a_star_the_whole_name_has_to_be_equal() {
        var pattern = NamePattern.of("Order");

        assertThat(List.of("Order", "Orders", "AnOrder", "ORDER"))
                .filteredOn(pattern::matches)
                .containsExactly("Order");
    }

    @Test
    void characters_with_a_meaning_in_expressions_stand_for_themselves() {
        assertThat(NamePattern.of("a.b*").matches("axb")).isFalse();
        assertThat(NamePattern.of("a.b*").matches("a.b+")).isTrue();
        assertThat(NamePattern.of("(\\Q*\\E)[").matches("(\\Q…\\E)[")).isTrue();
        assertThat(NamePattern.of("*?").matches("a")).isFalse();
    }

    @Test
    void a_star_matches_characters_beyond_the_basic_plane() {
        assertThat(NamePattern.of("*𝄞*").matches("clef 𝄞 of 𝄢")).isTrue();
    }

    @Test
    void random_patterns_match_what_a_naive_matcher_matches() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        int matches = 0;
        for (int round = 0; round < 20_000; round++) {
            String pattern = text(random, "ab.*\\", 1, 8);
            String name = text(random, "ab.\\", 1, 8);

            boolean expected = NaiveGlob.matches(pattern, name);

            assertThat(NamePattern.of(pattern).matches(name))
                    .as("%s against %s, %s", pattern, name, seed)
                    .isEqualTo(expected);
            matches += expected ? 1 : 0;
        }
        // Otherwise the generator has lost its bite.
        assertThat(matches).isBetween(200, 19_800);
    }

    @Test
    void a_pattern_that_would_make_a_backtracking_matcher_run_for_ever_is_answered() {
        var pattern = NamePattern.of("a*".repeat(16) + "b");
        String name = "a".repeat(300);

        // The limit only turns "for ever" into a failure.
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(1), () -> assertThat(pattern.matches(name)).isFalse());
    }

    @Test
    void a_pattern_that_is_empty_too_long_or_full_of_stars_is_refused() {
        for (String bad : List.of("", "a".repeat(301), "*".repeat(17))) {
            assertThatThrownBy(() -> NamePattern.of(bad)).isInstanceOf(InvalidEventException.class);
        }
        assertThat(NamePattern.of("a".repeat(300)).matches("a".repeat(300))).isTrue();
        assertThat(NamePattern.of("*".repeat(16)).matches("")).isTrue();
    }

    @Test
    void patterns_are_equal_when_their_text_is() {
        assertThat(NamePattern.of("a*")).isEqualTo(NamePattern.of("a*")).isNotEqualTo(NamePattern.of("a"));
        assertThat(NamePattern.of("a*")).hasToString("a*").hasSameHashCodeAs(NamePattern.of("a*"));
    }

    private static String text(RandomGenerator random, String alphabet, int min, int max) {
        int length = random.nextInt(min, max + 1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
