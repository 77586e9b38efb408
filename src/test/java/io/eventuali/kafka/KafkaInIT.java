package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.eventuali.format.CloudEventJson;
import io.eventuali.support.Cluster;
import io.eventuali.support.KafkaBroker;
import io.eventuali.support.LogClient;
import io.eventuali.support.RandomCloudEvents;
import io.eventuali.support.Rounds;
import io.eventuali.support.SameCloudEvent;
import io.eventuali.support.Seed;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Each record becomes one event, or a dead letter; never two, never none. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KafkaInIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int RECORDS = Rounds.of(10_000, "records");
    private static final int KEYS = 40;
    private static final List<String> COMPRESSIONS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private static KafkaBroker broker;

    @BeforeAll
    static void start() {
        broker = new KafkaBroker();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void many_records_without_ids_are_each_appended_once_though_replicas_and_the_database_are_killed()
            throws SQLException {
        broker.createTopic("in-faults", 4);
        try (Cluster cluster = new Cluster(
                2,
                options(
                        "in-faults",
                        "-Deventuali.kafka.in.mapping=fields",
                        "-Deventuali.kafka.in.fields.aggregate-type=text:Meter",
                        "-Deventuali.kafka.in.fields.aggregate-id=key",
                        "-Deventuali.kafka.in.fields.event-type=header:type",
                        "-Deventuali.kafka.in.fields.event-id=header:none",
                        "-Deventuali.kafka.in.fields.data=value",
                        "-Deventuali.kafka.in.fields.metadata=header:none",
                        "-Deventuali.kafka.in.batch-records=200",
                        "-Deventuali.kafka.client.\"session.timeout.ms\"=3000",
                        "-Deventuali.kafka.client.\"heartbeat.interval.ms\"=500",
                        "-Deventuali.kafka.retry-delay=100ms",
                        "-Deventuali.kafka.retry-max-delay=1s"))) {
            produce("in-faults");
            awaitCount(cluster, RECORDS / 10);
            cluster.replica(0).kill();
            awaitCount(cluster, RECORDS / 4);
            cluster.replica(0).restart();
            cluster.database().kill();
            cluster.database().start();
            awaitCount(cluster, RECORDS / 2);
            cluster.replica(1).kill();
            cluster.replica(1).restart();
            awaitCount(cluster, RECORDS);

            try (Connection connection = cluster.database().connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT count(*), count(DISTINCT (data::jsonb ->> 'n')::int),"
                                    + " (SELECT count(*) FROM (SELECT (data::jsonb ->> 'n')::int - lag((data::jsonb ->>"
                                    + " 'n')::int) OVER (PARTITION BY aggregate_id ORDER BY global_position) AS step FROM"
                                    + " events) s WHERE step <= 0) FROM events")) {
                rows.next();
                assertThat(rows.getLong(1)).as("events").isEqualTo(RECORDS);
                assertThat(rows.getLong(2)).as("different records").isEqualTo(RECORDS);
                assertThat(rows.getLong(3)).as("steps back within a key").isZero();
            }
        }
    }

    @Test
    void cloud_events_of_both_modes_are_taken_in_once_and_what_is_none_goes_to_the_dead_letter_topic() {
        broker.createTopic("in-events", 1);
        RandomCloudEvents events = new RandomCloudEvents(Seed.next().random());
        List<CloudEvent> sent = new ArrayList<>();
        try (Cluster cluster = new Cluster(1, options("in-events"));
                KafkaProducer<byte[], byte[]> producer = broker.producer()) {
            for (int i = 0; i < 200; i++) {
                CloudEvent event = events.next();
                sent.add(event);
                var writer = KafkaMessageFactory.<byte[]>createWriter("in-events", null, null, null);
                producer.send(
                        i % 2 == 0
                                ? writer.writeBinary(event)
                                : writer.writeStructured(event, "application/cloudevents+json"));
                if (i % 50 == 10) {
                    producer.send(new ProducerRecord<>(
                            "in-events",
                            "key".getBytes(StandardCharsets.UTF_8),
                            ("poison " + i).getBytes(StandardCharsets.UTF_8)));
                }
                if (i == 33) {
                    // Who may write to the topic cannot decide for a saga.
                    producer.send(KafkaMessageFactory.<byte[]>createWriter("in-events", null, null, null)
                            .writeBinary(CloudEventBuilder.v1()
                                    .withId("forged")
                                    .withSource(URI.create("/bank/Saga.order"))
                                    .withType("CancelRequested")
                                    .withSubject("1")
                                    .withData(
                                            "application/json",
                                            "{\"by\":\"desk\",\"reason\":\"x\"}".getBytes(StandardCharsets.UTF_8))
                                    .build()));
                }
                if (i % 50 == 20) {
                    // Sent again by a producer that did not see its acknowledgement.
                    producer.send(KafkaMessageFactory.<byte[]>createWriter("in-events", null, null, null)
                            .writeBinary(event));
                }
            }
            sendRecordsThatNobodyCanRead(producer);
            producer.flush();
            LogClient log = new LogClient(cluster.replica(0).uri("/"));
            await().atMost(PATIENCE).until(() -> log.head() >= sent.size());
            List<ConsumerRecord<String, byte[]>> letters =
                    broker.read("in-events.dead-letter", PATIENCE, read -> read.size() >= 7);
            CloudEvent last = events.next();
            producer.send(KafkaMessageFactory.<byte[]>createWriter("in-events", null, null, null)
                    .writeBinary(last));
            producer.flush();
            await().atMost(PATIENCE).until(() -> log.head() > sent.size());
            await().atMost(PATIENCE).until(() -> cluster.replica(0).metric("eventuali_kafka_in_lag_records") == 0);

            List<JsonNode> received = new ArrayList<>();
            for (String line : log.get("/v1/events?format=cloudevents", "Accept", "application/x-ndjson")
                    .body()
                    .split("\n")) {
                received.add(LogClient.json(line));
            }
            assertThat(received).hasSize(sent.size() + 1);
            for (int i = 0; i < sent.size(); i++) {
                SameCloudEvent.check(
                        sent.get(i),
                        CloudEventJson.read(received.get(i).toString().getBytes(StandardCharsets.UTF_8)));
            }
            assertThat(letters).hasSize(7);
            assertThat(letters)
                    .anyMatch(letter -> headers(letter).get("eventuali-reason").contains("Saga.order is reserved"));
            // A record that the log refuses may be a letter before those that are none at all.
            ConsumerRecord<String, byte[]> poison = letters.stream()
                    .filter(letter -> "poison 10".equals(new String(letter.value(), StandardCharsets.UTF_8)))
                    .findFirst()
                    .orElseThrow();
            assertThat(poison.key()).isEqualTo("key");
            Map<String, String> headers = headers(poison);
            assertThat(headers.get("eventuali-reason")).startsWith("the record is no CloudEvent 1.0");
            assertThat(headers).containsEntry("eventuali-topic", "in-events").containsEntry("eventuali-offset", "11");
        }
    }

    private static void sendRecordsThatNobodyCanRead(KafkaProducer<byte[], byte[]> producer) {
        ProducerRecord<byte[], byte[]> untyped = new ProducerRecord<>("in-events", new byte[] {'x'});
        untyped.headers().add("content-type", null).add("ce_id", null);
        ProducerRecord<byte[], byte[]> boundless = new ProducerRecord<>(
                "in-events",
                "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/a\",\"type\":\"T\",\"data\":1e99999999999,\"data_base64\":null}"
                        .getBytes(StandardCharsets.UTF_8));
        boundless.headers().add("content-type", "application/cloudevents+json".getBytes(StandardCharsets.UTF_8));
        producer.send(untyped);
        producer.send(boundless);
    }

    private static Map<String, String> headers(ConsumerRecord<String, byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return headers;
    }

    /** All records of a key by the same producer; each producer compresses in its own way. */
    private static void produce(String topic) {
        List<KafkaProducer<byte[], byte[]>> producers =
                COMPRESSIONS.stream().map(broker::producer).toList();
        try {
            for (int n = 0; n < RECORDS; n++) {
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                        topic,
                        ("meter-" + n % KEYS).getBytes(StandardCharsets.UTF_8),
                        ("{\"n\":" + n + "}").getBytes(StandardCharsets.UTF_8));
                record.headers().add("type", "Measured".getBytes(StandardCharsets.UTF_8));
                producers.get(n % KEYS % producers.size()).send(record);
            }
        } finally {
            producers.forEach(KafkaProducer::close);
        }
    }

    private static void awaitCount(Cluster cluster, long events) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> count(cluster) >= events);
    }

    private static long count(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.database().connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT position FROM log_head")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static String[] options(String topic, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "-Deventuali.kafka.bootstrap-servers=" + broker.servers(), "-Deventuali.kafka.in.topics=" + topic));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }
}
