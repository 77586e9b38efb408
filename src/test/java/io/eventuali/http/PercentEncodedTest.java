package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Seed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PercentEncodedTest {
    @Test
    void bytes_are_utf_8_whether_they_are_percent_encoded_or_not() {
        assertThat(PercentEncoded.decode("Gr%C3%B6%c3%9Fe 100%25")).hasValue("Größe 100%");
        assertThat(PercentEncoded.decode(latin("Größe łódź €"))).hasValue("Größe łódź €");
        // Half of a character in each way is a character, too.
        assertThat(PercentEncoded.decode("%C3\u00B6")).hasValue("ö");
        assertThat(PercentEncoded.decode("a+b")).hasValue("a+b");
    }

    @Test
    void what_is_not_utf_8_is_not_decoded_into_something_else() {
        for (String text : List.of(
                "%FF",
                "%FE",
                "%C3",
                "%C3x",
                "caf%E9",
                "%ED%A0%80",
                "%C0%AF",
                "%F4%90%80%80",
                "\u00FF",
                "%",
                "%4",
                "%zz",
                "%4g",
                "%-1",
                "%+1",
                "100%",
                "\u20AC")) {
            assertThat(PercentEncoded.decode(text)).as(text).isEmpty();
        }
    }

    @Test
    void any_text_comes_back_from_any_mixture_of_both_ways() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        for (int i = 0; i < 2_000; i++) {
            String text = random.ints(random.nextInt(12), 1, 0x2_0000)
                    .filter(c -> c < 0xD800 || c > 0xDFFF)
                    .filter(c -> c != '%')
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            StringBuilder sent = new StringBuilder();
            for (char b : latin(text).toCharArray()) {
                sent.append(random.nextBoolean() ? "%%%02x".formatted((int) b) : String.valueOf(b));
            }
            assertThat(PercentEncoded.decode(sent.toString()))
                    .as("%s: %s", seed, sent)
                    .hasValue(text);
        }
    }

    /** As the server hands over bytes beyond ASCII. */
    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
