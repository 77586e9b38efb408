package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.ConfigKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/configuration.md} has one row for each configuration key, with the default that the code has. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ConfigDocumentedTest {
    private static final Path PAGE = Path.of("docs/reference/configuration.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(eventuali\\.[^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$");

    @Test
    void every_key_has_a_row_and_every_row_is_a_key() throws Exception {
        assertThat(documented().keySet())
                .containsExactlyInAnyOrderElementsOf(ConfigKeys.all().keySet());
    }

    @Test
    void the_page_shows_the_defaults_of_the_code() throws Exception {
        Map<String, String> documented = documented();

        ConfigKeys.all().forEach((key, value) -> value.byDefault()
                .ifPresent(expected -> assertThat(documented.get(key)).as(key).isEqualTo("`" + expected + "`")));
    }

    /** Keys with the text of their default cell. */
    private static Map<String, String> documented() throws IOException {
        return ROW.matcher(Files.readString(PAGE))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
    }
}
