package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.stream.StreamConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KafkaSettingsCheckTest {
    private static final String BROKERS = "eventuali.kafka.bootstrap-servers";

    @Test
    void nothing_is_needed_where_kafka_is_not_used() {
        assertThat(wrong(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "eventuali.kafka.out.topic, events",
        "eventuali.kafka.in.topics, 'orders,payments'",
        "eventuali.streamer.tail, kafka"
    })
    void what_needs_brokers_is_refused_without_them(String key, String value) {
        assertThat(wrong(Map.of(key, value)))
                .hasValueSatisfying(
                        said -> assertThat(said).startsWith(key + " is ").contains(BROKERS));
    }

    @ParameterizedTest
    @CsvSource({"orders", "'{topic}'", "payments"})
    void a_topic_that_is_taken_in_cannot_have_the_dead_letters(String deadLetters) {
        assertThat(wrong(Map.of(
                        BROKERS,
                        "broker:9092",
                        "eventuali.kafka.in.topics",
                        "orders,payments",
                        "eventuali.kafka.in.dead-letter-topic",
                        deadLetters)))
                .hasValueSatisfying(
                        said -> assertThat(said).startsWith("eventuali.kafka.in.dead-letter-topic is " + deadLetters));
    }

    @ParameterizedTest
    @CsvSource({
        "eventuali.kafka.out.format, cloudevents-binary",
        "eventuali.kafka.out.event-type, Order*",
        "eventuali.kafka.retry-delay, 1s"
    })
    void a_tail_needs_a_topic_with_the_whole_log(String key, String value) {
        Map<String, String> settings =
                new HashMap<>(Map.of(BROKERS, "broker:9092", "eventuali.streamer.tail", "kafka"));
        settings.put(key, value);
        if (!key.endsWith("retry-delay")) {
            settings.put("eventuali.kafka.out.topic", "events");
        }

        assertThat(wrong(settings)).hasValueSatisfying(said -> assertThat(said).contains("eventuali.kafka.tail.topic"));

        settings.put("eventuali.kafka.tail.topic", "log");
        assertThat(wrong(settings)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "acks, 9, is what the service sets itself; remove it",
        "acks, all, is what the service sets itself; remove it",
        "group.id, g, is what the service sets itself; remove it",
        "session.timeout.ms, long, is refused by Kafka's clients",
        "linger.ms, -1, is refused by Kafka's clients",
        "security.protocol, TLS, is refused by Kafka's clients"
    })
    void settings_that_the_clients_of_kafka_refuse_are_refused_by_their_keys(String name, String value, String said) {
        assertThat(wrong(Map.of(BROKERS, "broker:9092", "eventuali.kafka.client.\"" + name + "\"", value)))
                .hasValueSatisfying(complaint -> assertThat(complaint)
                        .startsWith("eventuali.kafka.client.\"" + name + "\" " + said)
                        .doesNotContain("\n"));
    }

    @Test
    void settings_that_they_take_are_taken() {
        assertThat(wrong(Map.of(
                        BROKERS,
                        "broker:9092",
                        "eventuali.kafka.out.topic",
                        "events",
                        "eventuali.kafka.client.\"security.protocol\"",
                        "SASL_SSL",
                        "eventuali.kafka.client.\"max.request.size\"",
                        "20000000",
                        "eventuali.kafka.client.\"my.callback.url\"",
                        "https://idp.example")))
                .isEmpty();
    }

    private static Optional<String> wrong(Map<String, String> settings) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 200, new DurationConverter())
                .withConverter(MemorySize.class, 200, new MemorySizeConverter())
                .withMappingIgnore("eventuali.**")
                .withMapping(KafkaConfig.class)
                .withMapping(StreamConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build();
        return new KafkaSettingsCheck(
                        config.getConfigMapping(KafkaConfig.class), config.getConfigMapping(StreamConfig.class))
                .wrong();
    }
}
