package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.InvalidEventException;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.FormatBeans;
import io.eventuali.support.Configs;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A record becomes an event, or says why it does not. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RecordMappingTest {
    private static final String STRUCTURED = "application/cloudevents+json";
    private static final List<String> HEADERS = List.of(
            "content-type",
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_subject",
            "ce_time",
            "ce_data",
            "ce_",
            "ce_x",
            "CE_ID",
            "type",
            "id");
    private static final List<String> VALUES = List.of(
            "1.0",
            "application/json",
            STRUCTURED,
            "Application/CloudEvents+JSON; charset=utf-8",
            "text/plain",
            "/a",
            "x",
            "",
            "2026-11-23T10:00:00Z",
            "+999999999-12-31T23:59:59Z",
            "a\u0000b",
            "\ud834\udd1e");

    private final CloudEventRecords cloudEvents = new CloudEventRecords(FormatBeans.mapping(), FormatBeans.IDS);
    private final FieldRecords fields =
            new FieldRecords(Configs.of(KafkaConfig.class, Map.of()).in().fields());
    private final FieldRecords whole = new FieldRecords(Configs.of(
                    KafkaConfig.class,
                    Map.of(
                            "eventuali.kafka.in.fields.aggregate-type", "topic",
                            "eventuali.kafka.in.fields.aggregate-id", "key",
                            "eventuali.kafka.in.fields.event-type", "header:type",
                            "eventuali.kafka.in.fields.event-id", "header:id",
                            "eventuali.kafka.in.fields.data", "value",
                            "eventuali.kafka.in.fields.metadata", "header:none"))
            .in()
            .fields());

    @Test
    void random_records_become_events_or_say_why_they_do_not() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RandomJson json = new RandomJson(random);
        int mapped = 0;
        for (int i = 0; i < 20_000; i++) {
            ConsumerRecord<byte[], byte[]> record = record(random, json);
            for (RecordMapping mapping : List.of(cloudEvents, fields, whole)) {
                try {
                    IncomingEvent event = mapping.map(record);
                    assertThat(event.stream()).as("%s", seed).isNotNull();
                    mapped++;
                } catch (UnmappableException | InvalidEventException refused) {
                    assertThat(refused.getMessage()).as("%s", seed).isNotBlank();
                }
            }
        }
        assertThat(mapped).as("%s", seed).isPositive();
    }

    private static ConsumerRecord<byte[], byte[]> record(RandomGenerator random, RandomJson json) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>("topic", 0, 0, bytes(random, "key"), bytes(random, value(random, json)));
        for (int i = random.nextInt(9); i > 0; i--) {
            String value = VALUES.get(random.nextInt(VALUES.size()));
            record.headers().add(HEADERS.get(random.nextInt(HEADERS.size())), bytes(random, value));
        }
        if (random.nextInt(3) == 0) {
            record.headers()
                    .add("ce_specversion", "1.0".getBytes(StandardCharsets.UTF_8))
                    .add("ce_id", bytes(random, "7"))
                    .add("ce_type", bytes(random, "T"))
                    .add("ce_source", bytes(random, "/a"));
        }
        return record;
    }

    private static byte[] bytes(RandomGenerator random, String likely) {
        if (random.nextInt(12) == 0) {
            return null;
        }
        if (random.nextInt(12) == 0) {
            byte[] any = new byte[random.nextInt(20)];
            random.nextBytes(any);
            return any;
        }
        return likely.getBytes(StandardCharsets.UTF_8);
    }

    private static String value(RandomGenerator random, RandomJson json) {
        return switch (random.nextInt(4)) {
            case 0 -> json.oddValue();
            case 1 ->
                "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/a\",\"type\":\"T\",\"data\":" + json.oddValue()
                        + ",\"x\":" + json.oddValue() + "}";
            case 2 ->
                "{\"specversion\":" + json.oddValue() + ",\"id\":" + json.oddValue()
                        + ",\"source\":\"a b\",\"type\":\"T\",\"data_base64\":" + json.oddValue() + "}";
            default ->
                "{\"aggregateType\":" + (random.nextBoolean() ? "\"A\"" : json.oddValue())
                        + ",\"aggregateId\":\"1\",\"eventType\":\"T\",\"eventId\":" + json.oddValue() + ",\"data\":"
                        + json.oddValue() + ",\"metadata\":" + json.oddValue() + "}";
        };
    }

    @Test
    void a_header_without_a_value_is_as_if_it_were_not_there() {
        ConsumerRecord<byte[], byte[]> record = binary("{\"a\":1}");
        record.headers().add("content-type", null).add("ce_subject", null);

        assertThat(cloudEvents.map(record).event().data().text()).isEqualTo("{\"a\":1}");
    }

    @Test
    void what_is_no_event_says_what_is_wrong() {
        refused(structured("\"data_base64\":7"), "data_base64 must be a string");
        refused(structured("\"data_base64\":\"%\""), "data_base64 must be base64");
        refused(structured("\"data\":1,\"data_base64\":\"AA==\""), "must not come together");
        refused(structured("\"data\":1e99999999999"), "data must not hold a number whose exponent");
        refused(structured("\"eventualierror\":\"gone\""), "eventualierror must not be sent");
        ConsumerRecord<byte[], byte[]> forged = binary("{}");
        forged.headers().add("ce_eventualierror", "gone".getBytes(StandardCharsets.UTF_8));
        refused(forged, "eventualierror must not be sent");
        assertThat(cloudEvents
                        .map(structured("\"data_base64\":null,\"foo\":null"))
                        .event()
                        .metadata()
                        .text())
                .doesNotContain("foo");
        ConsumerRecord<byte[], byte[]> latin = binary("{}");
        latin.headers().add("ce_subject", new byte[] {(byte) 0xE9});
        refused(latin, "the header ce_subject is not UTF-8");
        assertThatThrownBy(() -> fields.map(plain(
                        "{\"aggregateType\":\"A\",\"aggregateId\":\"1\",\"eventType\":\"T\",\"data\":1e99999999999}")))
                .hasMessageContaining("exponent");
        assertThatThrownBy(() -> fields.map(
                        plain("{\"aggregateType\":null,\"aggregateId\":\"1\",\"eventType\":\"T\",\"data\":1}")))
                .hasMessage("the record has no aggregateType at value:/aggregateType");
        assertThat(fields.map(
                                plain(
                                        "{\"aggregateType\":\"A\",\"aggregateId\":1.50,\"eventType\":\"T\",\"data\":-0.0,\"metadata\":null}"))
                        .event()
                        .data()
                        .text())
                .isEqualTo("-0.0");
    }

    private void refused(ConsumerRecord<byte[], byte[]> record, String reason) {
        assertThatThrownBy(() -> cloudEvents.map(record)).hasMessageContaining(reason);
    }

    private static ConsumerRecord<byte[], byte[]> structured(String members) {
        ConsumerRecord<byte[], byte[]> record =
                plain("{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/a\",\"type\":\"T\"," + members + "}");
        record.headers().add("content-type", STRUCTURED.getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private static ConsumerRecord<byte[], byte[]> binary(String data) {
        ConsumerRecord<byte[], byte[]> record = plain(data);
        for (List<String> attribute : List.of(
                List.of("ce_specversion", "1.0"),
                List.of("ce_id", "7"),
                List.of("ce_type", "T"),
                List.of("ce_source", "/a"))) {
            record.headers().add(attribute.get(0), attribute.get(1).getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    private static ConsumerRecord<byte[], byte[]> plain(String value) {
        return new ConsumerRecord<>("topic", 0, 0, null, value.getBytes(StandardCharsets.UTF_8));
    }
}
