package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.EventJson;
import io.eventuali.support.Configs;
import io.eventuali.support.LogEvents;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FieldRecordsTest {
    @Test
    void by_default_the_parts_are_where_a_relay_puts_them() {
        var event = LogEvents.at(7, new StreamId("Order", "1"), "OrderPlaced", "{\"total\":1.10}");

        IncomingEvent incoming =
                mapping(Map.of()).map(record(new String(EventJson.bytes(event), StandardCharsets.UTF_8)));

        assertThat(incoming.stream()).isEqualTo(event.streamId());
        assertThat(incoming.event().eventId()).contains(event.eventId());
        assertThat(incoming.event().eventType()).isEqualTo("OrderPlaced");
        assertThat(incoming.event().data()).isEqualTo(event.data());
    }

    @Test
    void parts_may_be_in_headers_in_the_key_in_the_topic_and_anywhere_in_the_value() {
        FieldRecords mapping = mapping(Map.of(
                "aggregate-type", "topic",
                "aggregate-id", "key",
                "event-type", "value:/meta/kind",
                "event-id", "header:id",
                "data", "value",
                "metadata", "value:/meta"));
        UUID id = UUID.randomUUID();
        ConsumerRecord<byte[], byte[]> record = record("{\"meta\":{\"kind\":\"Measured\"},\"v\":1.50}");
        record.headers().add("id", id.toString().getBytes(StandardCharsets.UTF_8));

        IncomingEvent incoming = mapping.map(record);

        assertThat(incoming.stream()).isEqualTo(new StreamId("topic", "key"));
        assertThat(incoming.event().eventId()).isEqualTo(Optional.of(id));
        assertThat(incoming.event().eventType()).isEqualTo("Measured");
        assertThat(incoming.event().data().text()).isEqualTo("{\"meta\":{\"kind\":\"Measured\"},\"v\":1.50}");
        assertThat(incoming.event().metadata().text()).isEqualTo("{\"kind\":\"Measured\"}");
    }

    @Test
    void a_part_that_is_not_there_is_named() {
        assertThatThrownBy(() -> mapping(Map.of()).map(record("{}")))
                .isInstanceOf(UnmappableException.class)
                .hasMessage("the record has no aggregateType at value:/aggregateType");
        assertThatThrownBy(() -> mapping(Map.of()).map(record("no JSON")))
                .isInstanceOf(UnmappableException.class)
                .hasMessage("the value is no JSON");
    }

    @Test
    void a_place_that_is_none_is_refused_at_the_start() {
        assertThatThrownBy(() -> mapping(Map.of("data", "body"))).isInstanceOf(IllegalArgumentException.class);
    }

    private static FieldRecords mapping(Map<String, String> places) {
        Map<String, String> settings = new java.util.HashMap<>();
        places.forEach((name, place) -> settings.put("eventuali.kafka.in.fields." + name, place));
        return new FieldRecords(Configs.of(KafkaConfig.class, settings).in().fields());
    }

    private static ConsumerRecord<byte[], byte[]> record(String value) {
        return new ConsumerRecord<>(
                "topic", 0, 0, "key".getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }
}
