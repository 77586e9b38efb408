package io.eventuali.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.support.RandomCloudEvents;
import io.eventuali.support.SameCloudEvent;
import io.eventuali.support.Seed;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CloudEventMappingTest {
    private static final Instant RECORDED = Instant.parse("2026-11-23T10:00:00.123456Z");
    private final CloudEventMapping mapping = new CloudEventMapping(() -> "/eventuali");

    @Test
    void a_cloud_event_comes_back_as_it_went_in() {
        Seed seed = Seed.next();
        RandomCloudEvents events = new RandomCloudEvents(seed.random());
        for (int i = 0; i < 500; i++) {
            CloudEvent sent = events.next();
            CloudEvent received = mapping.outgoing(stored(mapping.incoming(sent, FormatBeans.IDS)));
            CloudEvent parsed = CloudEventJson.read(CloudEventJson.bytes(received));

            SameCloudEvent.check(sent, received);
            SameCloudEvent.check(sent, parsed);
        }
    }

    @Test
    void an_event_of_another_client_names_its_stream_and_keeps_its_metadata() {
        StreamEvent event = new StreamEvent(
                42,
                7,
                UUID.fromString("0190f2a4-7c1e-7c3a-9d5e-3f6b1a2c4d5e"),
                new StreamId("Order Line", "1/2"),
                "OrderPlaced",
                RECORDED,
                new JsonText("{\"total\":1.10}"),
                new JsonText("{\"correlationId\":\"c-1\",\"user\":{\"id\":3}}"));

        CloudEvent cloudEvent = mapping.outgoing(event);

        assertThat(cloudEvent.getId()).isEqualTo(event.eventId().toString());
        assertThat(cloudEvent.getSource()).isEqualTo(URI.create("/eventuali/Order%20Line"));
        assertThat(cloudEvent.getSubject()).isEqualTo("1/2");
        assertThat(cloudEvent.getTime().toInstant()).isEqualTo(RECORDED);
        assertThat(cloudEvent.getExtension("correlationid")).isEqualTo("c-1");
        assertThat(cloudEvent.getExtension("metadata")).isEqualTo("{\"user\":{\"id\":3}}");
        assertThat(cloudEvent.getExtension("globalposition")).isEqualTo("42");
        assertThat(new String(CloudEventJson.bytes(cloudEvent), StandardCharsets.UTF_8))
                .contains("\"data\":{\"total\":1.10}");

        IncomingEvent again =
                mapping.incoming(new JsonFormat().deserialize(CloudEventJson.bytes(cloudEvent)), FormatBeans.IDS);
        assertThat(again.stream()).isEqualTo(event.streamId());
        assertThat(again.event().eventId()).contains(event.eventId());
        assertThat(again.event().metadata().text()).contains("\"correlationId\":\"c-1\"", "\"user\":{\"id\":3}");
    }

    @Test
    void a_stream_is_found_by_extensions_or_by_source_and_subject() {
        assertThat(streamOf("https://shop.example/orders/", "4711")).isEqualTo(new StreamId("orders", "4711"));
        assertThat(streamOf("/Order", "4711")).isEqualTo(new StreamId("Order", "4711"));
        assertThat(streamOf("urn:shop:orders", "4711")).isEqualTo(new StreamId("urn:shop:orders", "4711"));
        assertThat(streamOf("https://shop.example", "4711")).isEqualTo(new StreamId("https://shop.example", "4711"));
        assertThat(streamOf("/Order", null)).isEqualTo(new StreamId("Order", "id-1"));
    }

    @Test
    void an_id_that_is_no_uuid_gives_the_same_event_id_each_time() {
        UUID first = mapping.incoming(event("/a", "s").build(), FormatBeans.IDS)
                .event()
                .eventId()
                .orElseThrow();

        assertThat(mapping.incoming(event("/a", "s").build(), FormatBeans.IDS)
                        .event()
                        .eventId())
                .contains(first);
        assertThat(mapping.incoming(event("/b", "s").build(), FormatBeans.IDS)
                        .event()
                        .eventId())
                .isNotEqualTo(java.util.Optional.of(first));
    }

    @Test
    void a_name_that_the_log_does_not_take_is_refused_by_its_attribute() {
        assertThatThrownBy(() -> mapping.incoming(event("/a", "line\nbreak").build(), FormatBeans.IDS))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageStartingWith("subject must not contain control");
    }

    @Test
    void metadata_that_only_look_like_attributes_stay_metadata() {
        StreamEvent event = new StreamEvent(
                1,
                1,
                UUID.randomUUID(),
                new StreamId("A", "1"),
                "E",
                RECORDED,
                new JsonText("1"),
                new JsonText("{\"cloudevents\":{\"source\":\"%%\",\"time\":\"yesterday\"}}"));

        CloudEvent cloudEvent = mapping.outgoing(event);

        assertThat(cloudEvent.getSource()).isEqualTo(URI.create("/eventuali/A"));
        assertThat((String) cloudEvent.getExtension("metadata")).contains("yesterday");
    }

    @Test
    void an_encoding_that_cannot_have_made_the_data_is_not_believed() throws IOException {
        for (String kept : List.of(
                "\"dataencoding\":\"base64\"",
                "\"dataencoding\":\"text\"",
                "\"dataencoding\":\"text\",\"datacontenttype\":\"application/json\"",
                "\"dataencoding\":\"base64\",\"datacontenttype\":\"image/png\"",
                "\"dataencoding\":\"none\"")) {
            for (String data : List.of("true", "{\"a\":1}", "\"}\"")) {
                StreamEvent event = new StreamEvent(
                        1,
                        1,
                        UUID.randomUUID(),
                        new StreamId("A", "1"),
                        "E",
                        RECORDED,
                        new JsonText(data),
                        new JsonText("{\"cloudevents\":{\"source\":\"/a\"," + kept + "}}"));

                byte[] sent = CloudEventJson.bytes(mapping.outgoing(event));

                assertThat(new ObjectMapper().readTree(sent).path("data"))
                        .as("%s of %s", kept, data)
                        .isEqualTo(new ObjectMapper().readTree(data));
            }
        }
    }

    @Test
    void a_kept_extension_beyond_the_integers_of_cloud_events_keeps_its_digits() {
        StreamEvent event = new StreamEvent(
                1,
                1,
                UUID.randomUUID(),
                new StreamId("A", "1"),
                "E",
                RECORDED,
                new JsonText("1"),
                new JsonText(
                        "{\"cloudevents\":{\"id\":\"1\",\"source\":\"/a\",\"extensions\":{\"most\":2147483647,\"more\":2147483648}}}"));

        CloudEvent cloudEvent = mapping.outgoing(event);

        assertThat(cloudEvent.getExtension("most")).isEqualTo(2147483647);
        assertThat(cloudEvent.getExtension("more")).isEqualTo("2147483648");
    }

    private StreamId streamOf(String source, String subject) {
        return mapping.incoming(event(source, subject).build(), FormatBeans.IDS).stream();
    }

    private static io.cloudevents.core.v1.CloudEventBuilder event(String source, String subject) {
        var builder = CloudEventBuilder.v1()
                .withId("id-1")
                .withSource(URI.create(source))
                .withType("T");
        return subject == null ? builder : builder.withSubject(subject);
    }

    private static StreamEvent stored(IncomingEvent incoming) {
        return new StreamEvent(
                9,
                3,
                incoming.event().eventId().orElseThrow(),
                incoming.stream(),
                incoming.event().eventType(),
                RECORDED,
                incoming.event().data(),
                incoming.event().metadata());
    }
}
