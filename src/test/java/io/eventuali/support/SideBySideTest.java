package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The list of the integration tests that run side by side; a test that is not there runs with those that run one by one. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SideBySideTest {
    private static final Path SOURCES = Path.of("src/test/java");
    private static final Path LIST = Path.of("src/test/processes.txt");

    @Test
    void each_exists_and_has_no_service_within_it() throws IOException {
        assertThat(Files.readAllLines(LIST))
                .filteredOn(line -> !line.startsWith("#"))
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allSatisfy(test -> assertThat(SOURCES.resolve(test)).content().doesNotContain("@QuarkusTest"));
    }
}
