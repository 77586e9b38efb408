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
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SettingsCheckTest {
    private static final String STARS = "*".repeat(17);

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
    void an_application_may_have_the_limits_that_it_likes() {
        assertThat(check(Map.of("eventuali.http.whole-server", "false", "quarkus.http.limits.max-body-size", "10240K")))
                .isEmpty();
    }

    @Test
    void every_key_has_bounds_or_words_or_is_checked_where_it_is_read() {
        List<String> known = Stream.of(
                        SettingsCheck.BOUNDS.stream().map(Bound::key),
                        KnownSettings.CHOICES.keySet().stream(),
                        KnownSettings.FREE.stream())
                .flatMap(keys -> keys)
                .toList();

        assertThat(known).containsExactlyInAnyOrderElementsOf(ConfigKeys.all().keySet());
        ConfigKeys.all().forEach((key, type) -> assertThat(KnownSettings.CHOICES.containsKey(key))
                .as(key)
                .isEqualTo(type.type() == boolean.class
                        || type.type() == Boolean.class
                        || type.type().isEnum()));
    }

    @Test
    void what_may_be_set_to_nothing_is_what_may_be_left_out() {
        assertThat(KnownSettings.OPTIONAL.stream().filter(key -> key.startsWith("eventuali.")))
                .isNotEmpty();
        ConfigKeys.all().forEach((key, type) -> {
            if (!key.startsWith("eventuali.security.keys.") && !key.equals("eventuali.kafka.client.<name>")) {
                assertThat(KnownSettings.OPTIONAL.contains(key)).as(key).isEqualTo(type.optional());
            }
        });
    }

    @Test
    void every_choice_takes_the_words_of_its_type() {
        ConfigKeys.all().forEach((key, type) -> {
            if (type.type().isEnum()) {
                for (Object word : type.type().getEnumConstants()) {
                    assertThat(KnownSettings.CHOICES.get(key).reads(word.toString()))
                            .as("%s %s", key, word)
                            .isTrue();
                }
            }
            type.byDefault().ifPresent(value -> assertThat(
                            KnownSettings.of(key).orElseThrow().reads(value))
                    .as("%s %s", key, value)
                    .isTrue());
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eventuali.subscription.max | many | eventuali.subscription.max is many; it must be a whole number",
                "eventuali.subscription.max | '' | eventuali.subscription.max is empty; it must be a whole number",
                "eventuali.subscription.max | 1.5 | eventuali.subscription.max is 1.5; it must be a whole number",
                "eventuali.subscription.max | 99999999999 | eventuali.subscription.max is 99999999999; it must be a whole number",
                "eventuali.saga.poll | a while | eventuali.saga.poll is a while; it must be a time, such as 500ms, 10s or 5m",
                "eventuali.streamer.cache-bytes | big | eventuali.streamer.cache-bytes is big; it must be a size, such as 512K or 64M",
                "eventuali.projection.orders.enabled | ja | eventuali.projection.orders.enabled is ja; it must be true or false",
                "eventuali.projection.\"a.b\".on-poison | skip | eventuali.projection.\"a.b\".on-poison is skip; it must be stop or park",
                "eventuali.streamer.tail | kafak | eventuali.streamer.tail is kafak; it must be postgres or kafka",
                "eventuali.kafka.out.name | '' | eventuali.kafka.out.name is empty; it must not be empty",
                "eventuali.kafka.out.nmae | x | eventuali.kafka.out.nmae is no setting; correct its name, or remove it",
                "eventuali.projection.orders.partition | 4 | eventuali.projection.orders.partition is no setting; correct its name, or remove it",
                "eventuali.security.keys.desk.role | admin | eventuali.security.keys.desk.role is no setting; correct its name, or remove it",
                "eventuali.kafka.out.aggregate-id | , | eventuali.kafka.out.aggregate-id is ,, which names nothing; name something, or remove it",
                "quarkus.http.port | 80 80 | quarkus.http.port is 80 80; it must be a whole number",
                "quarkus.http.port | 70000 | quarkus.http.port is 70000; it must be from 0 to 65535",
                "quarkus.http.idle-timeout | never | quarkus.http.idle-timeout is never; it must be a time, such as 500ms, 10s or 5m",
                "quarkus.log.category.\"io.eventuali\".level | ALOT | quarkus.log.category.\"io.eventuali\".level is ALOT; it must be a level, such as DEBUG, INFO, WARN, ERROR or OFF"
            })
    void a_setting_that_cannot_be_read_or_does_not_exist_is_refused_by_its_key(
            String key, String value, String complaint) {
        assertThat(check(Map.of(key, value))).hasValue(complaint);
    }

    @Test
    void what_may_be_left_out_may_be_set_to_nothing() {
        assertThat(check(Map.of(
                        "eventuali.kafka.out.topic", "",
                        "eventuali.projection.orders.partitions", "",
                        "eventuali.security.keys.desk.projections", "",
                        "eventuali.kafka.client.\"security.protocol\"", "SSL",
                        "eventuali.kafka.in.topics[0]", "orders")))
                .isEmpty();
    }

    private static Optional<String> check(Map<String, String> settings) {
        Map<String, String> all =
                new HashMap<>(Map.of("quarkus.http.limits.max-body-size", "17M", "quarkus.http.idle-timeout", "6M"));
        all.putAll(Map.of("eventuali.ownership.renew", "1s", "eventuali.ownership.duration", "8s"));
        all.put("eventuali.http.whole-server", "true");
        all.putAll(settings);
        return new SettingsCheck(new SmallRyeConfigBuilder()
                        .withInterceptors(new UnreadableSettings())
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
