package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.provider.EventFormatProvider;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.eventuali.support.LogClient;
import io.eventuali.support.RandomCloudEvents;
import io.eventuali.support.SameCloudEvent;
import io.eventuali.support.Seed;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** CloudEvents by HTTP, written and read by the SDK. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class CloudEventsIT {
    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";
    private static final int EVENTS = 100;

    @TestHTTPResource
    URI base;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JsonFormat json =
            (JsonFormat) EventFormatProvider.getInstance().resolveFormat(JsonFormat.CONTENT_TYPE);

    @Test
    void structured_events_come_back_as_they_were_sent() {
        RandomCloudEvents events = new RandomCloudEvents(Seed.next().random());
        for (int i = 0; i < EVENTS; i++) {
            CloudEvent sent = events.next();
            HttpResponse<String> answer = post(STRUCTURED, json.serialize(sent));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            SameCloudEvent.check(sent, stored(answer));
        }
    }

    @Test
    void binary_events_come_back_as_they_were_sent() {
        RandomCloudEvents events = new RandomCloudEvents(Seed.next().random());
        for (int i = 0; i < EVENTS; i++) {
            CloudEvent sent = events.next();
            HttpResponse<String> answer = postBinary(sent);

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            SameCloudEvent.check(sent, stored(answer));
        }
    }

    @Test
    void a_batch_is_stored_together_in_its_order() {
        RandomCloudEvents events = new RandomCloudEvents(Seed.next().random());
        List<CloudEvent> sent = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            sent.add(events.next());
        }
        HttpResponse<String> answer = post(BATCH, batch(sent));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        List<CloudEvent> received = new ArrayList<>();
        long first = LogClient.json(answer.body()).get("firstGlobalPosition").asLong();
        for (JsonNode event : LogClient.json(
                        log().get("/v1/events?format=cloudevents&from=" + (first - 1) + "&limit=" + EVENTS)
                                .body())
                .get("events")) {
            received.add(parse(event.toString()));
        }
        assertThat(received).hasSize(EVENTS);
        for (int i = 0; i < EVENTS; i++) {
            SameCloudEvent.check(sent.get(i), received.get(i));
        }
    }

    @Test
    void a_batch_with_one_bad_event_stores_nothing() {
        long head = log().head();
        HttpResponse<String> answer = post(
                BATCH,
                "[{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/a\",\"type\":\"T\",\"subject\":\"1\"},{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"/a\"}]"
                        .formatted(UUID.randomUUID())
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(LogClient.json(answer.body()).get("field").asText()).isEqualTo("events[1].type");
        assertThat(log().logAfter(head))
                .noneMatch(event -> event.get("aggregateType").asText().equals("a"));
    }

    @Test
    void the_same_event_again_is_a_replay_and_other_content_under_its_id_a_conflict() {
        String id = "order-" + UUID.randomUUID();
        CloudEvent event = event(id, "first");

        assertThat(post(STRUCTURED, json.serialize(event)).statusCode()).isEqualTo(201);
        assertThat(post(STRUCTURED, json.serialize(event)).statusCode()).isEqualTo(200);
        assertThat(postBinary(event).statusCode()).isEqualTo(200);
        assertThat(post(STRUCTURED, json.serialize(event(id, "second"))).statusCode())
                .isEqualTo(409);
    }

    @Test
    void an_event_may_require_a_position_of_its_stream() {
        String subject = UUID.randomUUID().toString();
        CloudEvent event = CloudEventBuilder.v1(event(UUID.randomUUID().toString(), "x"))
                .withSubject(subject)
                .build();

        assertThat(post(STRUCTURED, json.serialize(event), "If-Match", "\"3\"").statusCode())
                .isEqualTo(412);
        assertThat(post(STRUCTURED, json.serialize(event), "If-None-Match", "*").statusCode())
                .isEqualTo(201);
    }

    @Test
    void what_is_no_cloud_event_is_refused_with_a_problem() {
        refused(400, STRUCTURED, "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\"}");
        refused(400, STRUCTURED, "{\"specversion\":\"1.0\",\"source\":\"/a\",\"type\":\"T\"}");
        refused(400, STRUCTURED, "{\"specversion\":\"1.0\",\"id\":1,\"source\":\"/a\",\"type\":\"T\"}");
        refused(400, STRUCTURED, "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\",\"BAD\":1}");
        refused(400, STRUCTURED, "[]");
        refused(400, STRUCTURED, "{");
        refused(400, STRUCTURED, "");
        refused(400, BATCH, "[]");
        refused(400, BATCH, "{}");
        refused(415, "application/cloudevents+avro", "x");
        refused(415, "text/plain", "x");
        refused(400, "application/json", "{", "ce-specversion", "1.0", "ce-id", "1", "ce-type", "T", "ce-source", "/a");
        refused(400, "application/json", "{}", "ce-specversion", "1.0", "ce-id", "1", "ce-type", "T");
        refused(
                400,
                "application/json",
                "{}",
                "ce-specversion",
                "2.0",
                "ce-id",
                "1",
                "ce-type",
                "T",
                "ce-source",
                "/a");
    }

    @Test
    void an_attribute_that_would_not_come_back_as_it_was_sent_is_refused() {
        for (String member : List.of(
                "\"bar\":{\"a\":1}",
                "\"\":\"x\"",
                "\"x\":\"\\ud800\"",
                "\"x\":\"\\u0000\"",
                "\"x\":1.5",
                "\"data\":NaN",
                "\"data\":1e99999999999",
                "\"metadata\":\"{\\\"n\\\":1e99999999999}\"",
                "\"data\":1,\"data_base64\":\"AA==\"")) {
            refused(
                    400,
                    STRUCTURED,
                    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\"," + member + "}");
        }
        for (List<String> header : List.of(
                List.of("ce-data", "v"),
                List.of("ce-data_base64", "AA=="),
                List.of("ce-datacontenttype", "text/plain"),
                List.of("ce-subject", "%FF"),
                List.of("ce-subject", "%ED%A0%80"),
                List.of("ce-subject", "100%"),
                List.of("ce-subject", "%zz"),
                List.of("ce-x", "a%00b"),
                List.of("ce-time", "yesterday"),
                List.of("ce-x_y", "1"))) {
            refused(
                    400,
                    "application/json",
                    "{}",
                    "ce-specversion",
                    "1.0",
                    "ce-id",
                    "1",
                    "ce-type",
                    "T",
                    "ce-source",
                    "/a",
                    header.get(0),
                    header.get(1));
        }
    }

    @Test
    void a_refusal_names_what_the_client_sent() {
        String start = "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/a\",\"type\":\"T\",\"subject\":\"s\"";
        String deep = "[".repeat(101) + "]".repeat(101);
        named("data", STRUCTURED, start + ",\"data\":" + deep + "}");
        named("type", STRUCTURED, start.replace("\"T\"", "\"" + "T".repeat(201) + "\"") + "}");
        named("id", STRUCTURED, "{\"specversion\":\"1.0\",\"source\":\"/a\",\"type\":\"T\"}");
        named("time", STRUCTURED, start + ",\"time\":\"noon\"}");
        named("eventualierror", STRUCTURED, start + ",\"eventualierror\":\"gone\"}");
        named(
                "events[2].data",
                BATCH,
                "[" + start + "}," + other(start) + "}," + start.replace("\"id\":\"1\"", "\"id\":\"3\"") + ",\"data\":"
                        + deep + "}]");
        named("events[1].subject", BATCH, "[" + start + "}," + start.replace("\"s\"", "7") + "}]");
        named("body", "application/json", deep, headers());
        named("ce-source", "application/json", "{}", headers("ce-source", "a b"));
        named("ce-time", "application/json", "{}", headers("ce-time", "noon"));
        named("ce-id", "application/json", "{}", "ce-specversion", "1.0", "ce-type", "T", "ce-source", "/a");
        named("ce-specversion", "application/json", "{}", headers("ce-specversion", "2.0"));
        named("ce-eventualierror", "text/plain", "x", headers("ce-eventualierror", "gone"));
        for (String type : List.of("application/json", "text/plain")) {
            named("ce-specversion", type, "{}", "ce-id", "1", "ce-type", "T", "ce-source", "/a");
        }
        named(
                "appends[0].events[0].data",
                "application/json",
                "{\"appends\":[{\"aggregateType\":\"A\",\"aggregateId\":\"1\",\"events\":[{\"eventType\":\"E\",\"data\":"
                        + deep + "}]}]}");
    }

    private static String other(String start) {
        return start.replace("\"id\":\"1\"", "\"id\":\"2\"").replace("\"s\"", "\"t\"");
    }

    /** Those of a CloudEvent, one of them another. */
    private static String[] headers(String... other) {
        Map<String, String> headers = new TreeMap<>(
                Map.of("ce-specversion", "1.0", "ce-id", "1", "ce-type", "T", "ce-source", "/a", "ce-subject", "s"));
        if (other.length > 0) {
            headers.put(other[0], other[1]);
        }
        return headers.entrySet().stream()
                .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
                .toArray(String[]::new);
    }

    private void named(String field, String type, String body, String... headers) {
        HttpResponse<String> answer = post(type, body.getBytes(StandardCharsets.UTF_8), headers);
        assertThat(answer.statusCode()).as("%s: %s", body, answer.body()).isEqualTo(400);
        assertThat(LogClient.json(answer.body()).get("field").asText())
                .as(answer.body())
                .isEqualTo(field);
    }

    @Test
    void what_is_null_is_absent_and_numbers_keep_their_text() {
        String id = UUID.randomUUID().toString();
        HttpResponse<String> answer = post(
                STRUCTURED,
                ("{\"specversion\":\"1.0\",\"id\":\"" + id
                                + "\",\"source\":\"/a\",\"type\":\"T\",\"foo\":null,\"data_base64\":null,\"data\":[-0.0,1e5]}")
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        CloudEvent stored = stored(answer);
        assertThat(stored.getExtension("foo")).isNull();
        long position = LogClient.json(answer.body()).get("firstGlobalPosition").asLong();
        assertThat(log().get("/v1/events/" + position + "?format=cloudevents").body())
                .contains("\"data\":[-0.0,1e5]");
    }

    @Test
    void headers_are_percent_decoded() {
        HttpResponse<String> answer = post(
                "application/json",
                "{}".getBytes(StandardCharsets.UTF_8),
                "ce-specversion",
                "1.0",
                "ce-id",
                UUID.randomUUID().toString(),
                "ce-type",
                "T",
                "ce-source",
                "/a",
                "ce-subject",
                "Gr%C3%B6%C3%9Fe%20100%25%20%E2%82%AC");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(stored(answer).getSubject()).isEqualTo("Größe 100% €");
    }

    @Test
    void followers_and_readers_get_cloud_events_if_they_ask_for_them() {
        String type = "Shop" + UUID.randomUUID().toString().replace("-", "");
        long first = log().append(type, "1", LogClient.event("OrderPlaced", "{\"total\":1.10}"));

        try (SseProbe probe = log().follow("format=cloudevents&from=start&aggregateType=" + type)
                .open()) {
            probe.await("caught-up");
            CloudEvent followed = parse(probe.frames("message").get(0).data());
            assertThat(followed.getType()).isEqualTo("OrderPlaced");
            assertThat(followed.getSubject()).isEqualTo("1");
            assertThat(followed.getExtension("globalposition")).isEqualTo(Long.toString(first));
            assertThat(new String(followed.getData().toBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"total\":1.10}");
        }
        String stream = log().get("/v1/streams/" + type + "/1/events?format=cloudevents")
                .body();
        assertThat(LogClient.json(stream).at("/events/0/specversion").asText()).isEqualTo("1.0");
        String export = log().get(
                        "/v1/events?format=cloudevents&aggregateType=" + type, "Accept", "application/x-ndjson")
                .body();
        assertThat(parse(export.trim()).getSubject()).isEqualTo("1");
        assertThat(log().tryGet("/v1/events?format=xml").statusCode()).isEqualTo(400);
    }

    private void refused(int status, String type, String body, String... headers) {
        HttpResponse<String> answer = post(type, body.getBytes(StandardCharsets.UTF_8), headers);
        assertThat(answer.statusCode())
                .as("%s %s: %s", type, body, answer.body())
                .isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    private static CloudEvent event(String id, String data) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("/orders"))
                .withType("OrderPlaced")
                .withSubject("order-1")
                .withData("text/plain", data.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private LogClient log() {
        return new LogClient(base);
    }

    private CloudEvent parse(String event) {
        return io.eventuali.format.CloudEventJson.read(event.getBytes(StandardCharsets.UTF_8));
    }

    private CloudEvent stored(HttpResponse<String> answer) {
        long position = LogClient.json(answer.body()).get("firstGlobalPosition").asLong();
        return io.eventuali.format.CloudEventJson.read(log().get("/v1/events/" + position + "?format=cloudevents")
                .body()
                .getBytes(StandardCharsets.UTF_8));
    }

    private byte[] batch(List<CloudEvent> events) {
        return events.stream()
                .map(event -> new String(json.serialize(event), StandardCharsets.UTF_8))
                .collect(Collectors.joining(",", "[", "]"))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The SDK leaves it to its users to encode what a header cannot hold. */
    private HttpResponse<String> postBinary(CloudEvent event) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve("/v1/events"));
        byte[][] body = {new byte[0]};
        HttpMessageFactory.createWriter(
                        (name, value) -> request.header(name, name.startsWith("ce-") ? encode(value) : value),
                        bytes -> body[0] = bytes == null ? new byte[0] : bytes)
                .writeBinary(event);
        return send(request.POST(BodyPublishers.ofByteArray(body[0])));
    }

    private static String encode(String value) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            encoded.append(
                    b > 0x20 && b < 0x7f && b != '"' && b != '%' ? String.valueOf((char) b) : "%%%02X".formatted(b));
        }
        return encoded.toString();
    }

    private HttpResponse<String> post(String type, byte[] body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve("/v1/events")).header("Content-Type", type);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.POST(BodyPublishers.ofByteArray(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }
}
