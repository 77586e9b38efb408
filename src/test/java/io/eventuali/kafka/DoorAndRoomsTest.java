package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.event.StrictJson;
import io.eventuali.format.CloudEventFormat;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.EventJson;
import io.eventuali.format.FormatBeans;
import io.eventuali.projection.Projection;
import io.eventuali.projection.ProjectionTestKit;
import io.eventuali.support.Configs;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import io.eventuali.tracing.EventTracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the door takes, every room can read: the oddest events go through every format, mapping and fold, and say the same. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DoorAndRoomsTest {
    private static final ObjectMapper READER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();
    private static final int EVENTS = 3_000;
    private static final int DEPTH = 100;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final CloudEventMapping mapping = FormatBeans.mapping();
    private final CloudEventFormat cloudEvents = FormatBeans.format(mapping, meters);

    @Test
    void an_event_that_was_taken_is_read_by_everybody() throws IOException {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RandomJson json = new RandomJson(random);
        int taken = 0;
        while (taken < EVENTS) {
            String data = json.oddValue();
            String metadata = metadata(json, random);
            if (StrictJson.violation(data, DEPTH).isEmpty()
                    && StrictJson.violation(metadata, DEPTH).isEmpty()) {
                taken++;
                check(seed, event(taken, data, metadata));
            }
        }
        assertThat(meters.counter("eventuali.events.substituted").count())
                .as("%s", seed)
                .isZero();
    }

    @Test
    void numbers_of_an_older_log_that_no_decimal_holds_reach_a_projection() {
        ProjectionTestKit<JsonNode> kit =
                ProjectionTestKit.of(new Latest()).given(event(1, "[0e99999999999,1.50]", "{}"));

        assertThat(kit.state("a?b#1").orElseThrow().get(0).asDouble()).isZero();
    }

    private static String metadata(RandomJson json, RandomGenerator random) {
        return switch (random.nextInt(4)) {
            case 0 -> "{}";
            case 1 -> "{\"correlationId\":" + json.string() + ",\"traceparent\":" + json.string() + "}";
            case 2 ->
                "{\"cloudevents\":{\"source\":\"/a\",\"subject\":" + json.string()
                        + ",\"extensions\":{\"x\":" + json.oddValue() + "," + json.string() + ":1},\"dataencoding\":"
                        + (random.nextBoolean() ? "\"base64\"" : json.string()) + "}}";
            default -> json.object();
        };
    }

    private void check(Seed seed, StreamEvent event) throws IOException {
        String told = seed + ": " + event;
        JsonNode data = READER.readTree(event.data().text());

        JsonNode flat = READER.readTree(EventJson.bytes(event));
        assertThat(flat.get("data")).as(told).isEqualTo(data);
        assertThat(EventJson.event(EventJson.bytes(event))).as(told).isEqualTo(event);
        EventTracing.traceContext(event.metadata());

        READER.readTree(cloudEvents.bytes(event, 3));
        String text = new String(cloudEvents.bytes(event), StandardCharsets.UTF_8);
        assertThat(READER.readTree(text).path("globalposition").asLong())
                .as(told)
                .isEqualTo(event.globalPosition());
        IncomingEvent again =
                mapping.incoming(CloudEventJson.read(text.getBytes(StandardCharsets.UTF_8)), FormatBeans.IDS);
        same(told, again, event);

        for (KafkaConfig.Format format : KafkaConfig.Format.values()) {
            RelayRecords records =
                    new RelayRecords("t.{aggregateType}", format, mapping, FormatBeans.substitutes(meters));
            ProducerRecord<byte[], byte[]> sent = records.of(event, "epoch");
            ConsumerRecord<byte[], byte[]> received = new ConsumerRecord<>("t", 0, 0, sent.key(), sent.value());
            sent.headers().forEach(received.headers()::add);
            assertThat(RelayRecords.position(received.headers(), "epoch"))
                    .as(told)
                    .hasValue(event.globalPosition());
            IncomingEvent incoming = format == KafkaConfig.Format.JSON
                    ? fields().map(received)
                    : new CloudEventRecords(mapping, FormatBeans.IDS).map(received);
            same(told, incoming, event);
        }

        ProjectionTestKit<JsonNode> kit = ProjectionTestKit.of(new Latest()).given(event);
        assertThat(kit.state(event.aggregateId()).orElse(null)).as(told).isEqualTo(data.isNull() ? null : data);
    }

    private static void same(String told, IncomingEvent read, StreamEvent event) throws JsonProcessingException {
        assertThat(read.stream()).as(told).isEqualTo(event.streamId());
        assertThat(read.event().eventType()).as(told).isEqualTo(event.eventType());
        boolean wasCloudEvent = event.metadata().text().contains("\"cloudevents\"");
        if (!wasCloudEvent) {
            assertThat(READER.readTree(read.event().data().text()))
                    .as(told)
                    .isEqualTo(READER.readTree(event.data().text()));
        }
    }

    private static FieldRecords fields() {
        return new FieldRecords(Configs.of(KafkaConfig.class, Map.of()).in().fields());
    }

    private static StreamEvent event(long position, String data, String metadata) {
        return new StreamEvent(
                position,
                1,
                new UUID(7, position),
                new StreamId("Größe/ 1", "a?b#" + position),
                "Said",
                Instant.parse("2026-11-23T10:00:00.123456Z"),
                new JsonText(data),
                new JsonText(metadata));
    }

    /** The data of the latest event of each aggregate. */
    private static final class Latest extends Projection<JsonNode> {
        Latest() {
            super("latest", JsonNode.class);
            on("Said", JsonNode.class, (state, event) -> event.data().isNull() ? null : event.data());
        }
    }
}
