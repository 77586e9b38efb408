package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lists of integration tests for certain runs: side by side, and with the native executable. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class TestListsTest {
    private static final Path SOURCES = Path.of("src/test/java");
    private static final Path LISTS = Path.of("src/test");

    @ParameterizedTest
    @ValueSource(strings = {"processes.txt", "native.txt"})
    void each_test_exists_and_has_no_service_within_it(String list) throws IOException {
        assertThat(Files.readAllLines(LISTS.resolve(list)))
                .filteredOn(line -> !line.startsWith("#"))
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allSatisfy(test -> assertThat(SOURCES.resolve(test)).content().doesNotContain("@QuarkusTest"));
    }
}
