package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class MovedPathsTest {
    @Test
    void where_nothing_is_moved_nothing_is_wrong() {
        assertThat(MovedPaths.complaint("", "/", "q", false)).isEmpty();
        assertThat(MovedPaths.complaint("/", "/", "/q", false)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/api, /, q, false, quarkus.rest.path",
        "/api, /, q, false, @ApplicationPath",
        "'', /shop, q, false, quarkus.http.root-path=/shop",
        "'', /, admin, false, quarkus.http.non-application-root-path=admin",
        "'', /, /, false, quarkus.http.non-application-root-path=/",
        "'', /, q, true, quarkus.management.enabled=true"
    })
    void what_is_moved_is_named_with_its_key_and_the_remedy(
            String rest, String root, String management, boolean port, String named) {
        assertThat(MovedPaths.complaint(rest, root, management, port))
                .hasValueSatisfying(
                        complaint -> assertThat(complaint).contains(named).containsPattern("[;,] remove"));
    }
}
