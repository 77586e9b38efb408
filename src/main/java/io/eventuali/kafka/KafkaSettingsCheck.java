package io.eventuali.kafka;

import io.eventuali.stream.StreamConfig;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;

/** Stops a start whose settings for Kafka can be read one by one and cannot work together, or not with Kafka's clients. */
@Singleton
class KafkaSettingsCheck {
    /** After each setting was looked at by itself, before anything is opened. */
    private static final int AFTER_SINGLE_SETTINGS = Interceptor.Priority.PLATFORM_BEFORE + 1;

    private static final String CLIENT = "eventuali.kafka.client.";

    /** What the promises of the ways to and from Kafka rest on. */
    private static final Set<String> OUR_OWN = Set.of(
            ProducerConfig.ACKS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG);

    private final KafkaConfig config;
    private final StreamConfig streams;

    KafkaSettingsCheck(KafkaConfig config, StreamConfig streams) {
        this.config = config;
        this.streams = streams;
    }

    void check(@Observes @Priority(AFTER_SINGLE_SETTINGS) StartupEvent starting) {
        wrong().ifPresent(what -> {
            throw new ConfigurationException(what);
        });
    }

    /** What is wrong first; empty if everything can work, or nothing is used of it. */
    Optional<String> wrong() {
        return Stream.of(user(), deadLetters(), tail(), ofClients())
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Which setting needs brokers that are not named. */
    private Optional<String> user() {
        if (config.bootstrapServers().isPresent()) {
            return Optional.empty();
        }
        return Stream.of(
                        config.out().topic().map(topic -> "eventuali.kafka.out.topic is set"),
                        config.in().topics().map(topics -> "eventuali.kafka.in.topics is set"),
                        Optional.of("eventuali.streamer.tail is kafka").filter(said -> tailIsKafka()))
                .flatMap(Optional::stream)
                .findFirst()
                .map(
                        user -> user
                                + ", which needs brokers: set eventuali.kafka.bootstrap-servers to host:port,host:port, or remove the former");
    }

    private Optional<String> deadLetters() {
        List<String> topics = config.in().topics().orElse(List.of());
        return topics.stream()
                .filter(topic -> topics.contains(config.in().deadLetterTopic().replace("{topic}", topic)))
                .findFirst()
                .map(topic ->
                        "eventuali.kafka.in.dead-letter-topic is %s, which for %s is one of eventuali.kafka.in.topics: what cannot become an event would be taken in again; give it a topic of its own"
                                .formatted(config.in().deadLetterTopic(), topic));
    }

    private Optional<String> tail() {
        if (!tailIsKafka() || config.tail().topic().isPresent()) {
            return Optional.empty();
        }
        KafkaConfig.Out out = config.out();
        if (out.topic().isEmpty()) {
            return Optional.of(
                    "eventuali.streamer.tail is kafka, and there is no topic to read: set eventuali.kafka.tail.topic");
        }
        boolean whole = out.format() == KafkaConfig.Format.JSON
                && Stream.of(out.aggregateType(), out.aggregateId(), out.eventType())
                        .noneMatch(Optional::isPresent);
        return whole
                ? Optional.empty()
                : Optional.of(
                        "eventuali.streamer.tail is kafka, and eventuali.kafka.out.topic has no whole log in JSON: set"
                                + " eventuali.kafka.tail.topic to one that has, or remove the filter and the format of the latter");
    }

    private boolean tailIsKafka() {
        return streams.streamer().tail() == StreamConfig.Tail.KAFKA;
    }

    private Optional<String> ofClients() {
        Map<String, String> client = new TreeMap<>(config.client());
        if (client.isEmpty()) {
            return Optional.empty();
        }
        return client.keySet().stream()
                .filter(OUR_OWN::contains)
                .map(name -> CLIENT + "\"" + name + "\" is what the service sets itself; remove it")
                .findFirst()
                .or(() -> Stream.of(ProducerConfig.configDef(), ConsumerConfig.configDef())
                        .flatMap(known -> unreadable(known, client))
                        .findFirst());
    }

    private static Stream<String> unreadable(ConfigDef known, Map<String, String> client) {
        return known.validate(client).stream()
                .filter(value -> client.containsKey(value.name()))
                .filter(Predicate.not(value -> value.errorMessages().isEmpty()))
                .map(KafkaSettingsCheck::complaint);
    }

    private static String complaint(ConfigValue value) {
        return "%s\"%s\" is refused by Kafka's clients: %s; correct or remove it"
                .formatted(CLIENT, value.name(), value.errorMessages().get(0).replaceAll("\\s+", " "));
    }
}
