package io.eventuali.clients;

import io.eventuali.support.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Two linters that are not ours find no error in the OpenAPI document. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OpenApiLintIT {
    private static final String DOCUMENT =
            Path.of("docs/openapi.yaml").toAbsolutePath().toString();
    private static final Path RULES = Path.of("src/test/node").toAbsolutePath();

    @Test
    void spectral_finds_no_error() {
        Path node = Tool.nodePackages();

        Tool.run(
                node,
                "node_modules/.bin/spectral",
                "lint",
                "--ruleset",
                RULES.resolve("spectral.yaml").toString(),
                DOCUMENT);
    }

    @Test
    void redocly_finds_no_error() {
        Path node = Tool.nodePackages();

        Tool.run(
                node,
                "node_modules/.bin/redocly",
                "lint",
                "--config",
                RULES.resolve("redocly.yaml").toString(),
                DOCUMENT);
    }
}
