package io.eventuali.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.http.BodyConfig;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.StreamConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SettingsCheckTest {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(eventuali\\.[^`]+)` \\| `(-?\\d+(?:ms|s|m|h|K|M|G)?)` \\|");

    @Test
    void the_defaults_can_work() {
        assertThat(check(Map.of())).isEmpty();
    }

    static List<Bound<?>> bounds() {
        return SettingsCheck.BOUNDS;
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void a_negative_value_is_refused_by_its_key(Bound<?> bound) {
        String key = bound.key().replace("<name>", "orders");
        // The converter of sizes takes no sign; nothing at all is its least.
        String least = bound.type() == MemorySize.class ? "0" : bound.type() == Duration.class ? "PT-5S" : "-5";

        assertThat(check(Map.of(key, least))).hasValueSatisfying(wrong -> assertThat(wrong)
                .startsWith(key + " is " + least + "; it must be ")
                .doesNotContain("\n"));
    }

    @Test
    void a_value_beyond_the_most_is_refused() {
        assertThat(check(Map.of("eventuali.store.limits.name-length", "301")))
                .hasValue("eventuali.store.limits.name-length is 301; it must be from 1 to 300");
    }

    @ParameterizedTest
    @CsvSource({
        "eventuali.database.url, postgresql://db/eventuali, eventuali.embedded-postgres.enabled, true",
        "eventuali.store.limits.event-bytes, 32M, eventuali.store.limits.request-bytes, 16M",
        "eventuali.store.limits.request-bytes, 64M, quarkus.http.limits.max-body-size, 17M",
        "eventuali.store.limits.request-bytes, 17M, eventuali.http.body.share, 16M",
        "eventuali.http.body.share, 64M, eventuali.http.body.budget, 32M",
        "eventuali.ownership.renew, 5s, eventuali.ownership.duration, 10s",
        "eventuali.subscription.stall-timeout, 10m, quarkus.http.idle-timeout, 6m"
    })
    void settings_that_contradict_each_other_are_refused_with_both_their_names(
            String one, String itsValue, String other, String thatValue) {
        assertThat(check(Map.of(one, itsValue, other, thatValue)))
                .hasValueSatisfying(
                        wrong -> assertThat(wrong).contains(one, other).containsAnyOf("remove", "raise"));
    }

    @Test
    void every_number_that_is_documented_has_bounds() throws IOException {
        List<String> documented = ROW.matcher(Files.readString(Path.of("docs/reference/configuration.md")))
                .results()
                .map(row -> row.group(1))
                .filter(
                        key -> key.matches(
                                "eventuali\\.(database|embedded-postgres|http|store|streamer|subscription|drain|ownership|projection)\\..*"))
                .toList();

        assertThat(SettingsCheck.BOUNDS).extracting(Bound::key).containsExactlyInAnyOrderElementsOf(documented);
    }

    private static Optional<String> check(Map<String, String> settings) {
        Map<String, String> all =
                new HashMap<>(Map.of("quarkus.http.limits.max-body-size", "17M", "quarkus.http.idle-timeout", "6M"));
        all.putAll(Map.of("eventuali.ownership.renew", "1s", "eventuali.ownership.duration", "8s"));
        all.putAll(settings);
        return new SettingsCheck(new SmallRyeConfigBuilder()
                        .withConverter(Duration.class, 200, new DurationConverter())
                        .withConverter(MemorySize.class, 200, new MemorySizeConverter())
                        .withMappingIgnore("eventuali.**")
                        .withMapping(StoreConfig.class)
                        .withMapping(StreamConfig.class)
                        .withMapping(BodyConfig.class)
                        .withSources(new PropertiesConfigSource(all, "test", 100))
                        .build())
                .wrong();
    }
}
