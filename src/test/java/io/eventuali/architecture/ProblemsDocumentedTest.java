package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Clients branch on the types of problems, so the reference and the OpenAPI document list each that the code can answer with. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ProblemsDocumentedTest {
    private static final Pattern MADE =
            Pattern.compile("(?:\\bproblem|notFound|new Kind)\\(\\s*\"([a-z]+(?:-[a-z]+)*)\"");
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z-]+)` \\|", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("one of\\s((?:\\s*`[a-z-]+`,?)+)");
    private static final Pattern NAME = Pattern.compile("`([a-z-]+)`");

    @Test
    void the_reference_and_the_openapi_document_list_every_type_of_problem() throws IOException {
        Set<String> made = new TreeSet<>();
        for (Path source : sources()) {
            made.addAll(names(MADE, Files.readString(source)));
        }
        String types = TYPE.matcher(Files.readString(Path.of("src/main/resources/META-INF/openapi.yaml")))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.joining());

        assertThat(made)
                .contains("version-conflict", "stream-not-found", "not-acceptable", "http-version-not-supported");
        assertThat(names(ROW, Files.readString(Path.of("docs/reference/problems.md"))))
                .isEqualTo(made);
        assertThat(names(NAME, types)).isEqualTo(made);
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
