package io.eventuali.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class JsonTextTest {
    @Test
    void text_is_kept_to_the_last_digit_and_key() {
        for (String text :
                List.of("1.10", "1e400", "{\"b\":1, \"a\" : 2,\t\"b\":3}", "\"\\u00e9\\n\"", "12345678901234567890")) {
            assertThat(new JsonText(text)).hasToString(text);
        }
    }

    @Test
    void line_breaks_between_tokens_become_spaces_so_that_it_fits_on_one_line() {
        assertThat(new JsonText("{\r\n  \"a\":\n1}")).hasToString("{    \"a\": 1}");
    }

    @Test
    void other_line_separators_of_unicode_are_kept_since_no_frame_ends_at_them() {
        assertThat(new JsonText("\"a\u2028b\u2029c\u0085d\"").text()).hasSize(9);
    }

    @Test
    void null_is_no_text() {
        assertThatThrownBy(() -> new JsonText(null)).isInstanceOf(NullPointerException.class);
    }
}
