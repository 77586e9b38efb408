package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventuali.stream.Permission;
import io.eventuali.support.Configs;
import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ApiKeysTest {
    private static final String PREFIX = "eventuali.security.";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    /** An empty list is what a deployment makes of a variable that is not set. */
    @ParameterizedTest
    @CsvSource({
        "aggregate-types, '', false, false",
        "event-types, '', false, false",
        "projections, '', true, false",
        "projections, ' , ', true, false",
        "projections, other, true, false",
        "event-types, *, true, true"
    })
    void a_grant_that_is_set_to_nothing_does_not_open_everything(
            String setting, String value, boolean events, boolean projection) {
        ApiKeys keys = open(Map.of("keys.x." + setting, value));

        Grant grant = keys.find(TestKeys.key("x")).orElseThrow().grant();

        assertThat(grant.accepts("Order", "OrderPlaced")).isEqualTo(events);
        assertThat(grant.acceptsProjection("sales")).isEqualTo(projection);
    }

    @ParameterizedTest
    @CsvSource({
        "keys.x.until, ''",
        "keys.x.roles, ''",
        "keys.x.sha256, ''",
        "keys.x.event-typs, Order",
        "keys.x.grant.event-types, Order"
    })
    void a_setting_that_says_nothing_or_is_not_known_is_refused(String setting, String value) {
        assertThatThrownBy(() -> open(Map.of(setting, value)))
                .isInstanceOfAny(ConfigurationException.class, ConfigValidationException.class)
                .hasMessageContaining(setting);
    }

    @Test
    void a_client_that_is_in_the_configuration_and_in_the_file_is_refused() throws IOException {
        Path file =
                Files.writeString(directory.resolve("keys"), "x.sha256=" + "0".repeat(64) + "\nx.roles=admin\n# end\n");

        assertThatThrownBy(() -> open(Map.of("keys-file", file.toString())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the client x is in the configuration and in eventuali.security.keys-file");
    }

    @Test
    void a_file_that_is_cut_off_or_gone_leaves_the_keys_as_they_are() throws IOException {
        Path file = directory.resolve("keys");
        String whole =
                "y.sha256=" + TestKeys.hash(TestKeys.key("y")) + "\ny.roles=subscriber\ny.event-types=Order*\n# end\n";
        replace(file, whole);
        ApiKeys keys = open(Map.of("keys-file", file.toString(), "keys-reload", "10ms"));
        try {
            Access access = keys.find(TestKeys.key("y")).orElseThrow();
            Permission permission = access.permission();
            for (String bad :
                    new String[] {"", whole.substring(0, whole.indexOf("y.event")), whole.replace("# end", ""), null}) {
                if (bad == null) {
                    Files.delete(file);
                } else {
                    replace(file, bad);
                }
                await().atMost(PATIENCE).until(() -> !keys.complaint().isEmpty());
                assertThat(keys.find(TestKeys.key("y")).orElseThrow().grant()).isEqualTo(access.grant());
                assertThat(permission.holds(Instant.now())).isTrue();
                replace(file, whole + "\n");
                await().atMost(PATIENCE).until(() -> keys.complaint().isEmpty());
            }

            replace(file, whole.replace("Order*", "OrderPlaced"));
            await().atMost(PATIENCE).until(() -> !permission.holds(Instant.now()));
        } finally {
            keys.close(new ShutdownEvent());
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path fresh = Files.writeString(file.resolveSibling("fresh"), text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** With a client {@code x} that may read everything, and these settings besides, or instead. */
    private static ApiKeys open(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                PREFIX + "keys.x.sha256", TestKeys.hash(TestKeys.key("x")), PREFIX + "keys.x.roles", "subscriber"));
        settings.forEach((setting, value) -> all.put(PREFIX + setting, value));
        ApiKeys keys = new ApiKeys(Configs.of(SecurityConfig.class, all), new Tasks(new SimpleMeterRegistry()));
        keys.open();
        return keys;
    }
}
