package io.eventuali.guarantee;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.ServedOpenApi;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G10: no name and no data can break an SSE frame. What is accepted arrives as exactly one frame, unchanged. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class G10SseFrameIT {
    private static final int TRIES = 300;
    /** Pieces that mean something to SSE, JSON, HTTP or a decoder, among some that do not. */
    private static final List<String> PIECES = List.of(
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            "\0",
            "\t",
            "\u001b[2J",
            "\u007f",
            "\u0085",
            "\u200e",
            "\u2028",
            "\u2029",
            "\ufeff",
            "\ufffd",
            "\uffff",
            "\ud800",
            "\udc00",
            "\ud83d\ude00",
            "e\u0301",
            "\u00e9",
            "data: x",
            "id: 7",
            "event: closing",
            "retry: 1",
            ": ",
            "\"",
            "\\",
            "/",
            "%0A",
            "*",
            " ",
            "a",
            "Order",
            "{}",
            "]");

    @TestHTTPResource("/")
    URI server;

    @Test
    void every_accepted_event_is_one_frame_with_the_data_as_it_was_sent() throws IOException, InterruptedException {
        long seed = Long.getLong("seed", 20261123L);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String aggregateType = "Frames" + UUID.randomUUID();
        Map<Long, Sent> accepted = new LinkedHashMap<>();
        for (int i = 0; i < TRIES; i++) {
            Sent sent = new Sent(text(random), text(random), literal(random, text(random)));
            String body =
                    "{\"appends\":[{\"aggregateType\":\"%s\",\"aggregateId\":%s,\"events\":[{\"eventType\":%s,\"data\":%s}]}]}"
                            .formatted(
                                    aggregateType,
                                    literal(random, sent.id()),
                                    literal(random, sent.type()),
                                    sent.data());
            var answer = given().contentType("application/json")
                    .body(body.getBytes(StandardCharsets.UTF_8))
                    .post("/v1/events");
            if (answer.statusCode() == 201) {
                accepted.put(answer.jsonPath().getLong("firstGlobalPosition"), sent);
            } else {
                assertThat(answer.statusCode()).as("%s", body).isEqualTo(400);
            }
        }
        assertThat(accepted).hasSizeGreaterThan(10).hasSizeLessThan(TRIES);

        Map<Long, Map<String, String>> frames = framesOf(aggregateType);

        assertThat(frames.keySet()).containsExactlyElementsOf(accepted.keySet());
        accepted.forEach((position, sent) -> {
            JsonNode event = ServedOpenApi.json(frames.get(position).get("data"));
            assertThat(frames.get(position).get("event")).isEqualTo(sent.type());
            assertThat(event.path("globalPosition").asLong()).isEqualTo(position);
            assertThat(event.path("aggregateId").asText()).isEqualTo(sent.id());
            assertThat(event.path("eventType").asText()).isEqualTo(sent.type());
            assertThat(event.path("data")).isEqualTo(ServedOpenApi.json(sent.data()));
            assertThat(frames.get(position).get("data")).contains("\"data\":" + sent.data() + ",");
        });
    }

    /** Frames of events by their id, up to the first caught-up; read as the standard has it, with CR, LF and CRLF for line ends. */
    private Map<Long, Map<String, String>> framesOf(String aggregateType) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        server.resolve("/v1/events/stream?named=true&from=start&aggregateType=" + aggregateType))
                .build();
        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (InputStream in = answer.body()) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                bytes.write(next);
                if (next == '\n'
                        && bytes.toString(StandardCharsets.UTF_8).endsWith("}\n\n")
                        && bytes.toString(StandardCharsets.UTF_8).contains("\nevent: caught-up\n")) {
                    break;
                }
            }
        }
        Map<Long, Map<String, String>> frames = new LinkedHashMap<>();
        Map<String, String> frame = new LinkedHashMap<>();
        for (String line : bytes.toString(StandardCharsets.UTF_8).split("\r\n|\r|\n", -1)) {
            if (line.isEmpty()) {
                if (frame.getOrDefault("data", "").contains("\"aggregateType\"")) {
                    assertThat(frames.put(Long.parseLong(frame.get("id")), frame))
                            .isNull();
                }
                frame = new LinkedHashMap<>();
            } else if (!line.equals("data:")) {
                int colon = line.indexOf(": ");
                assertThat(List.of("id", "event", "data", "retry")).as(line).contains(line.substring(0, colon));
                assertThat(frame.put(line.substring(0, colon), line.substring(colon + 2)))
                        .as(line)
                        .isNull();
            }
        }
        return frames;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        // Short, so that many hold nothing forbidden.
        for (int length = 1 + random.nextInt(3); length > 0; length--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    /** A JSON string; what needs no escape is escaped or not by chance. */
    private static String literal(Random random, String text) {
        boolean escapeAll = random.nextBoolean();
        List<String> characters = new ArrayList<>();
        text.codePoints().forEach(c -> {
            boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
            if (c < 0x20 || c == '"' || c == '\\' || surrogate || escapeAll) {
                for (char unit : Character.toChars(c)) {
                    characters.add("\\u%04x".formatted((int) unit));
                }
            } else {
                characters.add(Character.toString(c));
            }
        });
        return "\"" + String.join("", characters) + "\"";
    }

    /** @param data JSON text */
    private record Sent(String id, String type, String data) {}
}
