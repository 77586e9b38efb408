package io.eventuali.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FailureTest {
    @Test
    void the_kind_is_the_class_of_what_failed_and_has_nothing_of_what_it_says() {
        Failure failure = Failure.of(new CompletionException(new IllegalArgumentException("no such card: 4711")));

        assertThat(failure.kind()).isEqualTo("java.lang.IllegalArgumentException");
        assertThat(failure.text()).contains("no such card: 4711");
    }

    @Test
    void what_is_stored_is_read_again() {
        for (String text : List.of("", "no such card", "two\nlines", "\n")) {
            Failure failure = new Failure("document-too-large", text);

            assertThat(Failure.read(failure.stored())).isEqualTo(failure);
        }
    }

    @Test
    void a_text_without_a_kind_is_all_text() {
        for (String text : List.of("", "no such card", "no such card\nof alice", "\nalice")) {
            assertThat(Failure.read(text)).isEqualTo(new Failure("unknown", text));
        }
    }

    @Test
    void a_text_is_no_kind() {
        assertThatThrownBy(() -> new Failure("no such card", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
