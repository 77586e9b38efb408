package io.eventuali.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudevents.CloudEvent;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CloudEventJsonTest {
    private final CloudEventMapping mapping = FormatBeans.mapping();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final CloudEventFormat format = FormatBeans.format(mapping, meters);

    @Test
    void to_be_null_is_to_be_absent() {
        CloudEvent event = read("\"foo\":null,\"subject\":null,\"time\":null,\"data_base64\":null,\"data\":1");

        assertThat(event.getExtensionNames()).isEmpty();
        assertThat(event.getSubject()).isNull();
        assertThat(event.getData().toBytes()).asString().isEqualTo("1");
        refused("{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/a\",\"type\":\"T\"}", "id", "is required");
    }

    @Test
    void an_attribute_that_the_specification_does_not_know_is_refused_by_its_name() {
        refusedMember("\"bar\":{\"a\":1}", "bar", "must be a string, a boolean or an integer of 32 bits");
        refusedMember("\"bar\":[]", "bar", "must be a string");
        refusedMember("\"bar\":1.5", "bar", "must be a string");
        refusedMember("\"bar\":2147483648", "bar", "must be a string");
        refusedMember("\"\":\"x\"", "extension", "must not be the name of an extension");
        refusedMember("\"Bar\":1", "Bar", "must not be the name of an extension");
        refusedMember("\"x\":\"\\ud800\"", "x", "must not hold half of a surrogate pair");
        refusedMember("\"x\":\"a\\u0000\"", "x", "must not contain control characters");
        refusedMember("\"subject\":\"\"", "subject", "must not be empty");
        refusedMember("\"subject\":1", "subject", "must be a string");
        refusedMember("\"time\":\"yesterday\"", "time", "must be a moment of RFC 3339");
        refusedMember("\"time\":\"2026-02-30T10:00:00Z\"", "time", "must be a moment of RFC 3339");
        refusedMember("\"dataschema\":\"a b\"", "dataschema", "must be a URI reference");
        refusedMember("\"datacontenttype\":\"\"", "datacontenttype", "must not be empty");
        refusedMember("\"datacontenttype\":\"text/plain\",\"data\":{}", "data", "must be a string");
        refusedMember("\"data\":1,\"data_base64\":\"AA==\"", "data_base64", "must not come together with data");
        refusedMember("\"data_base64\":\"!\"", "data_base64", "must be base64");
        refusedMember("\"data_base64\":\"\"", "data_base64", "must be JSON in UTF-8");
        refusedMember("\"data_base64\":\"e30x\"", "data_base64", "must be JSON in UTF-8");
        refusedMember("\"eventualierror\":\"x\"", "eventualierror", "must not be sent");
        refusedMember("\"folded\":\"7\"", "folded", "must not be sent");
        refusedMember("\"aggregateid\":\"..\"", "aggregateid", "must not name a stream");
        refusedMember("\"data\":NaN", "data", "must be well-formed JSON");
        refusedMember("\"data\":{\"a\":1,\"a\":2}", "data", "must name each member of an object once");
        refusedMember("\"a\":1,\"a\":2", "a", "must name each member of an object once");
        refused("{\"specversion\":1.0,\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\"}", "specversion", "must be 1.0");
        refused("\uFEFF{}", "body", "must not begin with a byte order mark");
    }

    @Test
    void no_bytes_of_another_type_are_data_and_not_absent() {
        CloudEvent event = read("\"datacontenttype\":\"image/png\",\"data_base64\":\"\"");

        assertThat(event.getData().toBytes()).isEmpty();
    }

    @Test
    void a_time_comes_back_as_the_same_moment_at_the_same_offset() {
        for (String time : new String[] {
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00+02:00",
            "2026-11-23t10:00:00.5z",
            "2026-11-23T10:00:00.123456789-11:30"
        }) {
            IncomingEvent incoming = mapping.incoming(read("\"time\":\"" + time + "\""), FormatBeans.IDS);
            CloudEvent out = CloudEventJson.read(
                    format.bytes(stored("null", incoming.event().metadata().text())));

            assertThat(out.getTime()).isEqualTo(OffsetDateTime.parse(time));
            assertThat(out.getTime().getOffset())
                    .isEqualTo(OffsetDateTime.parse(time).getOffset());
            // Seconds are there in what readers of the usual form see, too.
            assertThat(incoming.event().metadata().text()).contains(":00:00");
        }
    }

    @Test
    void numbers_of_data_keep_their_text() {
        for (String number : new String[] {"-0.0", "1e5", "1E+5", "1.10", "12345678901234567890", "1e999999999"}) {
            IncomingEvent event = mapping.incoming(read("\"data\":{\"n\":" + number + "}"), FormatBeans.IDS);

            assertThat(event.event().data().text()).isEqualTo("{\"n\":" + number + "}");
        }
    }

    @Test
    void metadata_of_an_older_log_do_not_keep_its_events_from_readers() {
        for (String metadata :
                new String[] {"{\"a\":1,\"a\":2}", "{\"n\":1e2147483648}", "{\"s\":\"\\ud800\\u007f\"}"}) {
            CloudEvent read = CloudEventJson.read(format.bytes(stored("{\"total\":1.10}", metadata)));

            assertThat((String) read.getExtension("metadata")).contains(metadata.substring(1, 5));
            assertThat(read.getExtension("globalposition")).isEqualTo("9");
            assertThat(read.getData().toBytes()).asString().isEqualTo("{\"total\":1.10}");
        }
        assertThat(meters.counter("eventuali.events.substituted").count()).isZero();
    }

    @Test
    void attributes_that_no_cloud_event_can_have_stay_in_the_metadata() {
        for (String kept : new String[] {
            "\"extensions\":{\"eventualierror\":\"forged\"}",
            "\"extensions\":{\"folded\":\"3\"}",
            "\"extensions\":{\"data\":\"v\"}",
            "\"extensions\":{\"\":\"v\"}",
            "\"subject\":\"a\\u0000\"",
            "\"time\":1"
        }) {
            String metadata = "{\"correlationId\":\"a\\u0001\",\"cloudevents\":{\"source\":\"/a\"," + kept + "}}";
            CloudEvent read = CloudEventJson.read(format.bytes(stored("1", metadata)));

            assertThat(read.getSource()).hasToString("/eventuali/Order");
            assertThat(read.getExtension("correlationid")).isNull();
            assertThat(read.getExtension("eventualierror")).isNull();
            assertThat(read.getExtension("folded")).isNull();
            assertThat((String) read.getExtension("metadata")).contains("cloudevents", "correlationId");
        }
    }

    @Test
    void an_event_that_cannot_be_rendered_is_given_a_substitute_that_says_why() {
        StreamEvent broken = stored(null, "{}");

        CloudEvent read = CloudEventJson.read(format.bytes(broken));

        assertThat(read.getId()).isEqualTo(broken.eventId().toString());
        assertThat(read.getData()).isNull();
        assertThat(read.getExtension("globalposition")).isEqualTo("9");
        assertThat((String) read.getExtension("eventualierror")).startsWith("it cannot be rendered");
        assertThat(meters.counter("eventuali.events.substituted").count()).isEqualTo(1);
    }

    private static StreamEvent stored(String data, String metadata) {
        return new StreamEvent(
                9,
                1,
                UUID.randomUUID(),
                new StreamId("Order", "1"),
                "T",
                Instant.EPOCH,
                data == null ? null : new JsonText(data),
                new JsonText(metadata));
    }

    private static CloudEvent read(String members) {
        return CloudEventJson.read(
                ("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\"," + members + "}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private void refusedMember(String member, String field, String rule) {
        refused("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\"," + member + "}", field, rule);
    }

    private void refused(String json, String field, String rule) {
        assertThatThrownBy(() -> {
                    CloudEvent event = CloudEventJson.read(json.getBytes(StandardCharsets.UTF_8));
                    mapping.incoming(event, FormatBeans.IDS);
                })
                .as(json)
                .asInstanceOf(InstanceOfAssertFactories.type(InvalidEventException.class))
                .satisfies(invalid -> {
                    assertThat(invalid.field()).isEqualTo(field);
                    assertThat(invalid.rule()).contains(rule);
                });
    }
}
