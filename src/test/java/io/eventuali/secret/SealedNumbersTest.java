package io.eventuali.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SealedNumbersTest {
    private final SealedNumbers numbers = new SealedNumbers(new byte[32]);

    @Test
    void a_number_comes_back_from_its_text_and_from_that_of_another_key_does_not() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        byte[] other = new byte[32];
        random.nextBytes(other);
        for (int i = 0; i < 1_000; i++) {
            long number = random.nextLong();
            String text = numbers.seal(number);
            assertThat(text).as("%s", seed).matches("[A-Za-z0-9_-]{22}");
            assertThat(numbers.open(text)).as("%s", seed).hasValue(number);
            assertThat(new SealedNumbers(other).open(text)).as("%s", seed).isEmpty();
        }
    }

    @Test
    void what_was_made_up_is_no_number() {
        for (String text :
                List.of("", "1", "A".repeat(22), "ä".repeat(22), "=".repeat(22), "A".repeat(23), "/".repeat(22))) {
            assertThat(numbers.open(text)).as(text).isEmpty();
        }
    }
}
