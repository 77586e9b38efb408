package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.smallrye.config.WithParentName;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/configuration.md} has one row for each configuration key, with the default that the code has. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ConfigDocumentedTest {
    private static final Path PAGE = Path.of("docs/reference/configuration.md");
    /** By name, since some are package-private. */
    private static final List<String> MAPPINGS = List.of(
            "io.eventuali.store.StoreConfig",
            "io.eventuali.http.BodyConfig",
            "io.eventuali.stream.StreamConfig",
            "io.eventuali.store.postgres.DatabaseConfig",
            "io.eventuali.ownership.OwnershipConfig",
            "io.eventuali.security.SecurityConfig",
            "io.eventuali.format.CloudEventsConfig",
            "io.eventuali.kafka.KafkaConfig",
            "io.eventuali.projection.ProjectionConfig",
            "io.eventuali.saga.SagaConfig");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(eventuali\\.[^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$");
    private static final Pattern WORD_START = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

    @Test
    void every_key_has_a_row_and_every_row_is_a_key() throws Exception {
        assertThat(documented().keySet())
                .containsExactlyInAnyOrderElementsOf(configured().keySet());
    }

    @Test
    void the_page_shows_the_defaults_of_the_code() throws Exception {
        Map<String, String> documented = documented();

        configured()
                .forEach((key, value) -> value.ifPresent(
                        expected -> assertThat(documented.get(key)).as(key).isEqualTo("`" + expected + "`")));
    }

    /** Keys with the text of their default cell. */
    private static Map<String, String> documented() throws IOException {
        return ROW.matcher(Files.readString(PAGE))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
    }

    /** Keys with their defaults, those without one included. */
    private static Map<String, Optional<String>> configured() throws ClassNotFoundException {
        Map<String, Optional<String>> keys = new TreeMap<>();
        for (String name : MAPPINGS) {
            Class<?> mapping = Class.forName(name);
            collect(mapping.getAnnotation(ConfigMapping.class).prefix(), mapping, keys);
        }
        return keys;
    }

    private static void collect(String prefix, Class<?> group, Map<String, Optional<String>> keys) {
        for (Method method : group.getDeclaredMethods()) {
            String key = prefix + "." + name(method);
            if (method.isAnnotationPresent(WithParentName.class)) {
                // Settings by a name that the application chooses.
                collect(prefix + ".<name>", valueType(method), keys);
            } else if (Map.class.equals(method.getReturnType())
                    && valueType(method).equals(String.class)) {
                keys.put(key + ".<name>", Optional.empty());
            } else if (Map.class.equals(method.getReturnType())) {
                collect(key + ".<name>", valueType(method), keys);
            } else if (isGroup(method.getReturnType())) {
                collect(key, method.getReturnType(), keys);
            } else {
                keys.put(
                        key,
                        Optional.ofNullable(method.getAnnotation(WithDefault.class))
                                .map(WithDefault::value));
            }
        }
    }

    private static Class<?> valueType(Method map) {
        return (Class<?>) ((ParameterizedType) map.getGenericReturnType()).getActualTypeArguments()[1];
    }

    private static boolean isGroup(Class<?> type) {
        return type.isInterface() && type.getName().startsWith("io.eventuali.");
    }

    private static String name(Method method) {
        WithName given = method.getAnnotation(WithName.class);
        return given != null
                ? given.value()
                : WORD_START.matcher(method.getName()).replaceAll("-").toLowerCase(Locale.ROOT);
    }
}
