package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that moves the API out from under its rules, as a packaged service. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MovedApiIT {
    @ParameterizedTest
    @ValueSource(strings = {"/api/*", ""})
    void it_does_not_start_and_says_which_setting_is_to_go(String applicationPaths) {
        String key = TestKeys.hash(TestKeys.key("admin"));
        try (Replica replica = Replica.launchJar(
                PackagedApp.with("io.eventuali.projection.app", Map.of("quarkus.rest.path", "/api")),
                "postgresql://nobody@localhost:9/none",
                "-Deventuali.security.keys.admin.sha256=" + key,
                "-Deventuali.security.keys.admin.roles=admin",
                "-Deventuali.security.application-paths=" + applicationPaths)) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log())
                    .contains("quarkus.rest.path or @ApplicationPath moves the API to /api/v1")
                    .contains("remove it")
                    .doesNotContain("\tat io.eventuali");
        }
    }
}
