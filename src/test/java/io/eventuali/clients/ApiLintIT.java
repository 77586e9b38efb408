package io.eventuali.clients;

import io.eventuali.support.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two linters that are not ours find no error in the OpenAPI and in the AsyncAPI document. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ApiLintIT {
    private static final String OPENAPI = "docs/openapi.yaml";
    private static final String ASYNCAPI = "src/main/resources/META-INF/asyncapi.yaml";
    private static final String RULES = "src/test/node/";

    @ParameterizedTest
    @CsvSource({OPENAPI + ",spectral.yaml", ASYNCAPI + ",spectral-asyncapi.yaml"})
    void spectral_finds_no_error(String document, String rules) {
        Path node = Tool.nodePackages();

        Tool.run(node, "node_modules/.bin/spectral", "lint", "--ruleset", absolute(RULES + rules), absolute(document));
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENAPI, ASYNCAPI})
    void redocly_finds_no_error(String document) {
        Path node = Tool.nodePackages();

        Tool.run(
                node,
                "node_modules/.bin/redocly",
                "lint",
                "--config",
                absolute(RULES + "redocly.yaml"),
                absolute(document));
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().toString();
    }
}
