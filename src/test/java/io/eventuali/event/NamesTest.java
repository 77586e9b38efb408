package io.eventuali.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** No name can break an SSE frame, a header or a log line. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NamesTest {
    @Test
    void a_character_that_is_not_printable_is_refused_wherever_it_stands_in_a_name() {
        List<String> bad = List.of(
                "\n", "\r", "\0", "\t", "\u001b", "\u007f", "\u0085", "\u200b", "\u202e", "\ufeff", "\u2028", "\u2029",
                "\ud800", "\udc00");
        for (String character : bad) {
            for (String name : List.of(character, "a" + character, character + "a", "a" + character + "a")) {
                refused("aggregateType", () -> new StreamId(name, "1"));
                refused("aggregateId", () -> new StreamId("User", name));
                refused("eventType", () -> NewEvent.of(name, "{}"));
            }
        }
    }

    @Test
    void an_empty_missing_or_over_long_name_is_refused() {
        refused("aggregateType", () -> new StreamId("", "1"));
        refused("aggregateId", () -> new StreamId("User", null));
        refused("eventType", () -> NewEvent.of("a".repeat(301), "{}"));
    }

    @Test
    void printable_characters_of_every_script_are_allowed() {
        for (String name :
                List.of("user-1", "a b/c?d#e%", "Größe", "注文", "𝄞", "e\u0301", "{\"a\":1}", "a".repeat(300))) {
            assertThat(new StreamId(name, name).aggregateId()).isEqualTo(name);
        }
    }

    @Test
    void the_refused_character_is_named_by_its_number_and_not_repeated() {
        assertThatThrownBy(() -> new StreamId("User", "a\nb"))
                .hasMessageContaining("U+000A")
                .message()
                .doesNotContain("\n");
    }

    private static void refused(String field, Runnable creation) {
        assertThatThrownBy(creation::run)
                .asInstanceOf(InstanceOfAssertFactories.type(InvalidEventException.class))
                .extracting(InvalidEventException::field)
                .isEqualTo(field);
    }
}
