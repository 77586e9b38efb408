package io.eventuali.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.http.BodyConfig;
import io.eventuali.store.StoreConfig;
import io.eventuali.stream.StreamConfig;
import io.eventuali.support.ConfigKeys;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SettingsCheckTest {
    private static final String STARS = "*".repeat(17);
    /** What is no number, time, size, pattern or name, or is checked where it is read. */
    private static final List<String> FREE = List.of(
            // Read by DatabaseUrlSource, which says what is wrong with it.
            "eventuali.database.url",
            "eventuali.embedded-postgres.directory",
            // Kafka's own settings, checked by its clients.
            "eventuali.kafka.client.<name>",
            // Checked by KeySettings and ApiKeys, as the keys of the file are.
            "eventuali.security.keys-file",
            "eventuali.security.keys.<name>.aggregate-types",
            "eventuali.security.keys.<name>.event-types",
            "eventuali.security.keys.<name>.projections",
            "eventuali.security.keys.<name>.roles",
            "eventuali.security.keys.<name>.sha256",
            "eventuali.security.keys.<name>.until");

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
        String least = least(bound);

        assertThat(check(Map.of(key, least))).hasValueSatisfying(wrong -> assertThat(wrong)
                .startsWith(key + " is " + least + "; ")
                .contains(" must ")
                .doesNotContain("\n"));
    }

    private static String least(Bound<?> bound) {
        if (bound.type() == MemorySize.class) {
            // The converter of sizes takes no sign; nothing at all is its least.
            return "0";
        }
        if (bound.type() == Duration.class) {
            return "PT-5S";
        }
        return bound.type() == Integer.class ? "-5" : bound.remedy().contains("stars") ? STARS : "no good?";
    }

    @Test
    void a_filter_of_the_relay_that_no_lease_could_run_with_is_refused_by_its_key() {
        assertThat(check(Map.of("eventuali.kafka.out.event-type", "Order*," + STARS)))
                .hasValue("eventuali.kafka.out.event-type is " + STARS
                        + "; each must have 1 to 300 printable characters and at most 16 stars");
    }

    @ParameterizedTest
    @CsvSource({
        "eventuali.kafka.retry-delay, eventuali.kafka.retry-max-delay",
        "eventuali.saga.retry.delay, eventuali.saga.retry.max-delay",
        "eventuali.projection.orders.retry.delay, eventuali.projection.orders.retry.max-delay"
    })
    void a_first_wait_above_the_longest_is_refused(String first, String longest) {
        assertThat(check(Map.of(first, "20s", longest, "10s")))
                .hasValueSatisfying(wrong -> assertThat(wrong).startsWith(first + " is more than " + longest));
    }

    @Test
    void a_time_that_would_overflow_is_refused() {
        assertThat(check(Map.of("eventuali.saga.retention", "9999999d")))
                .hasValueSatisfying(wrong -> assertThat(wrong).startsWith("eventuali.saga.retention is 9999999d; "));
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
    void every_key_has_bounds_unless_it_is_a_choice() {
        List<String> bounded = ConfigKeys.all().entrySet().stream()
                .filter(key -> key.getValue().type() != boolean.class
                        && key.getValue().type() != Boolean.class
                        && !key.getValue().type().isEnum()
                        && !FREE.contains(key.getKey()))
                .map(Map.Entry::getKey)
                .toList();

        assertThat(SettingsCheck.BOUNDS).extracting(Bound::key).containsExactlyInAnyOrderElementsOf(bounded);
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
