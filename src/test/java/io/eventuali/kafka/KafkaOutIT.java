package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.eventuali.format.CloudEventJson;
import io.eventuali.support.Cluster;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.History;
import io.eventuali.support.KafkaBroker;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.Seed;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Every committed event is at the broker, in the order of its key, whatever breaks on the way. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KafkaOutIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String OWNED = "eventuali_kafka_out_owned";

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
    void a_stopped_broker_a_killed_owner_and_a_frozen_one_lose_repeat_and_reorder_nothing() {
        try (Cluster cluster = new Cluster(
                2,
                options(
                        "out-faults",
                        "-Deventuali.ownership.duration=3s",
                        "-Deventuali.ownership.renew=300ms",
                        "-Deventuali.kafka.retry-delay=100ms",
                        "-Deventuali.kafka.retry-max-delay=1s"))) {
            cluster.startWriters(4, Integer.MAX_VALUE, 12, Seed.next().value());
            cluster.awaitProgress(200);

            broker.stop();
            // Appends go on; the owner says how far it is behind.
            cluster.awaitProgress(200);
            await().atMost(PATIENCE)
                    .until(() -> cluster.replica(0).metric("eventuali_kafka_out_lag_events")
                                    + cluster.replica(1).metric("eventuali_kafka_out_lag_events")
                            > 0);
            broker.start();
            cluster.awaitProgress(200);

            int killed = owner(cluster);
            cluster.replica(killed).kill();
            awaitOwner(cluster, 1 - killed);
            cluster.replica(killed).restart();
            cluster.awaitProgress(200);

            int frozen = owner(cluster);
            cluster.replica(frozen).freeze();
            awaitOwner(cluster, 1 - frozen);
            cluster.replica(frozen).thaw();
            cluster.awaitProgress(200);
            cluster.stopWriters();
            cluster.joinWriters();

            List<History.Stored> stored = cluster.stored();
            List<ConsumerRecord<String, byte[]>> records =
                    broker.read("out-faults", PATIENCE, read -> read.size() >= stored.size());
            assertThat(records.stream().map(KafkaOutIT::position).sorted().toList())
                    .isEqualTo(IntStream.rangeClosed(1, stored.size())
                            .mapToObj(Long::valueOf)
                            .toList());
            assertInOrder(records);
        }
    }

    @Test
    void the_relay_stops_where_its_topic_has_events_that_the_log_has_lost_until_an_operator_lets_it_go_on()
            throws Exception {
        DatabaseServer database = new DatabaseServer();
        try (Replica replica =
                Replica.start(database, options("out-lost", "-Deventuali.kafka.retry-max-delay=500ms"))) {
            LogClient log = new LogClient(replica.uri("/"));
            log.append("Order", "1", LogClient.event("OrderPlaced", "1"));
            broker.read("out-lost", PATIENCE, read -> read.size() >= 1);
            database.kill();
            DatabaseServer snapshot = database.copy();
            database.start();
            await().atMost(PATIENCE).until(() -> replica.status("/q/health/ready") == 200);
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> log.append("Order", "1", LogClient.event("OrderLost", "2")) > 0);
            List<ConsumerRecord<String, byte[]>> sent = broker.read("out-lost", PATIENCE, read -> read.size() >= 2);

            database.kill();
            database.takeDataOf(snapshot);
            database.start();
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> log.append("Order", "1", LogClient.event("OrderPaid", "3")) > 0);

            await().atMost(PATIENCE).untilAsserted(() -> assertThat(LogClient.json(replica.get("/v1/kafka/out"))
                            .get("halted")
                            .asText())
                    .contains("at position " + position(sent.get(sent.size() - 1))));
            assertThat(replica.metric("eventuali_kafka_out_halted")).isBetween(0.0, 1.0);
            assertThat(LogClient.json(replica.get("/v1/log/incidents")).findValuesAsText("kind"))
                    .contains("kafka");
            assertThat(broker.read("out-lost", PATIENCE, read -> read.size() >= 2))
                    .hasSize(sent.size());

            Replica.HTTP.send(
                    HttpRequest.newBuilder(replica.uri("/v1/kafka/out/resume"))
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.discarding());

            List<ConsumerRecord<String, byte[]>> all = broker.read("out-lost", PATIENCE, read -> read.stream()
                    .anyMatch(record -> new String(record.value(), StandardCharsets.UTF_8).contains("OrderPaid")));
            assertThat(all.subList(sent.size(), all.size()))
                    .extracting(record -> header(record, "eventuali-epoch"))
                    .containsOnly(LogClient.json(replica.get("/v1/position"))
                            .get("epoch")
                            .asText());
            assertThat(new String(all.get(all.size() - 1).value(), StandardCharsets.UTF_8))
                    .contains("OrderPaid");
            await().atMost(PATIENCE).until(() -> LogClient.json(replica.get("/v1/kafka/out"))
                    .get("halted")
                    .isNull());
        } finally {
            database.close();
        }
    }

    @Test
    void the_relay_stops_before_damage_until_an_operator_says_that_it_is_to_be_skipped() throws Exception {
        DatabaseServer database = new DatabaseServer();
        try (Replica replica =
                Replica.start(database, options("out-damaged", "-Deventuali.kafka.retry-max-delay=500ms"))) {
            LogClient log = new LogClient(replica.uri("/"));
            log.append("Order", "1", LogClient.event("OrderPlaced", "1"));
            broker.read("out-damaged", PATIENCE, read -> read.size() >= 1);
            try (Connection connection = database.connect();
                    Statement sql = connection.createStatement()) {
                // The newest row: there is nothing behind it to go on with.
                sql.execute("INSERT INTO events SELECT 2, stream_id, 2, recorded_at, gen_random_uuid(), aggregate_type,"
                        + " aggregate_id, event_type, '{', metadata FROM events WHERE global_position = 1");
            }
            await().atMost(PATIENCE).until(() -> replica.get("/v1/tasks").contains("position 2 is damaged"));

            await().atMost(PATIENCE)
                    .until(() -> Replica.HTTP
                                    .send(
                                            HttpRequest.newBuilder(replica.uri("/v1/log/damages/2/skip"))
                                                    .POST(HttpRequest.BodyPublishers.noBody())
                                                    .build(),
                                            HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
            log.append("Order", "2", LogClient.event("OrderPlaced", "2"));

            assertThat(broker.read("out-damaged", PATIENCE, read -> read.size() >= 3))
                    .extracting(KafkaOutIT::position)
                    .containsExactly(1L, 3L, 4L);
        } finally {
            database.close();
        }
    }

    @Test
    void only_what_the_filter_accepts_is_sent_to_a_topic_of_its_type_and_a_substitute_for_what_is_too_large() {
        try (Cluster cluster = new Cluster(
                1,
                options(
                        "shop.{aggregateType}",
                        "-Deventuali.kafka.out.format=cloudevents-binary",
                        "-Deventuali.kafka.out.event-type=Order*"))) {
            LogClient log = new LogClient(cluster.replica(0).uri("/"));
            log.append(
                    "Order",
                    "1",
                    "{\"eventType\":\"OrderPlaced\",\"data\":{\"total\":1.10},\"metadata\":"
                            + "{\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}}");
            log.append("Order", "1", LogClient.event("Noise", "1"));
            log.append("Or der", "1", LogClient.event("OrderLost", "2"));

            ConsumerRecord<String, byte[]> order =
                    broker.read("shop.Order", PATIENCE, read -> !read.isEmpty()).get(0);
            ConsumerRecord<String, byte[]> other = broker.read("shop.Or_der", PATIENCE, read -> !read.isEmpty())
                    .get(0);

            CloudEvent event = KafkaMessageFactory.createReader(order).toEvent();
            assertThat(order.key()).isEqualTo("Order/1");
            assertThat(event.getType()).isEqualTo("OrderPlaced");
            assertThat(new String(event.getData().toBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"total\":1.10}");
            assertThat(header(order, "traceparent")).startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736");
            assertThat(header(order, "eventuali-position")).isEqualTo("1");
            assertThat(header(other, "eventuali-position")).isEqualTo("3");

            // Larger than a broker takes by default.
            log.append("Order", "1", LogClient.event("OrderLarge", "\"" + "x".repeat((1 << 20) - 10) + "\""));
            log.append("Order", "1", LogClient.event("OrderAfter", "5"));

            List<ConsumerRecord<String, byte[]>> orders = broker.read("shop.Order", PATIENCE, read -> read.size() >= 3);
            CloudEvent substitute =
                    KafkaMessageFactory.createReader(orders.get(1)).toEvent();
            assertThat(header(orders.get(1), "eventuali-position")).isEqualTo("4");
            assertThat(header(orders.get(1), "eventuali-error")).contains("too large");
            assertThat((String) substitute.getExtension("eventualierror")).contains("too large");
            assertThat(substitute.getType()).isEqualTo("OrderLarge");
            assertThat(substitute.getData()).isNull();
            assertThat(header(orders.get(2), "eventuali-position")).isEqualTo("5");
            assertThat(cluster.replica(0).metric("eventuali_events_substituted_total"))
                    .isPositive();
        }
    }

    @Test
    void a_relay_that_lost_its_checkpoint_finds_its_place_at_the_broker() throws Exception {
        try (Cluster cluster =
                new Cluster(1, options("out-place", "-Deventuali.kafka.out.format=cloudevents-structured"))) {
            Replica replica = cluster.replica(0);
            LogClient log = new LogClient(replica.uri("/"));
            log.append("Order", "1", List.of(LogClient.event("A", "1"), LogClient.event("B", "2")));
            broker.read("out-place", PATIENCE, read -> read.size() == 2);
            replica.kill();
            try (var connection = cluster.database().connect();
                    var statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE kafka_relay SET position = 0");
            }
            replica.restart();
            log.append("Order", "1", LogClient.event("C", "3"));

            List<ConsumerRecord<String, byte[]>> records =
                    broker.read("out-place", PATIENCE, read -> read.stream().anyMatch(record -> position(record) == 3));
            assertThat(records).extracting(KafkaOutIT::position).containsExactly(1L, 2L, 3L);
            assertThat(CloudEventJson.read(records.get(2).value()).getType()).isEqualTo("C");
        }
    }

    private static String[] options(String topic, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "-Deventuali.kafka.bootstrap-servers=" + broker.servers(), "-Deventuali.kafka.out.topic=" + topic));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    private static int owner(Cluster cluster) {
        await().atMost(PATIENCE)
                .until(() ->
                        cluster.replica(0).metric(OWNED) + cluster.replica(1).metric(OWNED) == 1);
        return cluster.replica(0).metric(OWNED) == 1 ? 0 : 1;
    }

    private static void awaitOwner(Cluster cluster, int replica) {
        await().atMost(PATIENCE).until(() -> cluster.replica(replica).metric(OWNED) == 1);
    }

    private static long position(ConsumerRecord<String, byte[]> record) {
        return Long.parseLong(header(record, "eventuali-position"));
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    /** Records of a key come in the order of the log, and are the events of that key. */
    private static void assertInOrder(List<ConsumerRecord<String, byte[]>> records) {
        Map<String, Long> last = new HashMap<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            JsonNode event = LogClient.json(new String(record.value(), StandardCharsets.UTF_8));
            assertThat(record.key())
                    .isEqualTo(event.get("aggregateType").asText() + "/"
                            + event.get("aggregateId").asText());
            assertThat(event.get("globalPosition").asLong()).isEqualTo(position(record));
            Long before = last.put(record.key(), position(record));
            assertThat(before == null || before < position(record)).isTrue();
        }
    }
}
