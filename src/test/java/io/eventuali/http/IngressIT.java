package io.eventuali.http;

import static io.eventuali.support.RawHttp.Request.get;
import static io.eventuali.support.RawHttp.Request.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.Http2Socket;
import io.eventuali.support.LogClient;
import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.eventuali.support.RawHttp.Request;
import io.eventuali.support.ServedOpenApi;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Between the socket and the resource: one reading of every spelling, no request inside another, no thread for a slow client. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class IngressIT {
    private static final String JSON = "Content-Type: application/json";
    private static final String EVENT = "[{\"eventType\":\"E\",\"data\":1}]";
    private static final String STREAM = "/v1/streams/Ingress/x/events";
    private static final String NEXT = "GET /v1/position HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private static final String POST = "POST " + STREAM + " HTTP/1.1\r\nHost: x\r\n" + JSON + "\r\n";
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

    @TestHTTPResource
    URL server;

    private RawHttp http;

    @BeforeEach
    void connect() {
        http = new RawHttp(server);
    }

    @Test
    void names_are_read_as_utf_8_in_every_spelling() throws IOException {
        String type = "Größe" + UUID.randomUUID().toString().substring(0, 8) + "ł";
        String encoded = type.replace("ö", "%C3%B6").replace("ß", "%c3%9f").replace("ł", "%C5%82");
        String raw = latin(type);
        for (String stream : List.of(encoded, raw)) {
            for (String prefix : List.of("", "http://x", "HTTP://other.example:81")) {
                Answer answer = http.send(post(prefix + "/v1/streams/" + stream + "/x;1/events", EVENT, JSON));
                assertThat(answer.status())
                        .as("%s%s: %s", prefix, stream, answer)
                        .isEqualTo(201);
                assertThat(json(answer).get("aggregateType").asText()).isEqualTo(type);
                assertThat(json(answer).get("aggregateId").asText()).isEqualTo("x;1");
            }
        }
        assertThat(http.send(get("/v1/streams/" + raw + "/x%3B1/events?limit=1000"))
                        .body())
                .contains("\"streamPosition\":6");
        for (String filter : List.of(encoded, raw)) {
            JsonNode found = json(http.send(get("/v1/events?limit=1000&aggregateType=" + filter)));
            assertThat(found.get("events")).hasSize(6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a|b", "{a}", "a^b", "a\"b", "a<b>", "a`b", "a\\b", "a[0]", "a;b", "a'b", "a%7Cb"})
    void a_filter_may_have_what_browsers_leave_as_it_is(String value) throws IOException {
        Answer answer = http.send(get("/v1/events?eventType=" + value));
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        Answer stream = http.send(post("/v1/streams/Ingress/" + value + "/events", EVENT, JSON));
        assertThat(stream.status()).as("%s", stream).isEqualTo(201);
        assertThat(json(stream).get("aggregateId").asText()).isEqualTo(value.replace("%7C", "|"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/streams/Enc/a%FE/events",
                "http://x/v1/streams/Enc/a%FE/events",
                "http://x/v1/streams/Enc/a\u00FE/events",
                "/v1/streams/Enc/%zz/events",
                "/v1/streams/Enc/../events",
                "/v1/streams/Enc/%2e%2E/events",
                "http://x/v1/streams/Enc/./events",
                "/v1/events?x=%zz",
                "/v1/events#x"
            })
    void a_target_that_can_be_read_in_two_ways_is_a_problem(String target) throws IOException {
        Answer answer = http.send(post(target, EVENT, JSON));
        problem(answer, 400, "invalid-request");
        assertThat(json(answer).get("field").asText()).isEqualTo("URL");
        assertThat(json(answer).get("instance").asText().toLowerCase(java.util.Locale.ROOT))
                .as("resolved by a client it would be another path")
                .doesNotContain("/.", "/%2e");
    }

    @Test
    void other_spellings_of_the_path_of_the_api_are_no_way_around_it() throws IOException {
        for (String target : List.of(
                "//v1/streams/Enc/%FE/events",
                "/%761/streams/Enc/%FE/events",
                "/x/../v1/streams/Enc/%FE/events",
                "/v1//streams/Enc/x/events",
                "/v1/streams/Enc//events")) {
            Answer answer = http.send(post(target, EVENT, JSON));
            assertThat(answer.status()).as("%s: %s", target, answer).isIn(400, 404);
            assertThat(answer.headers().get("content-type")).isEqualTo("application/problem+json");
        }
        for (String append : List.of(".", "..")) {
            Answer answer = http.send(post(
                    "/v1/events",
                    "{\"appends\":[{\"aggregateType\":\"T\",\"aggregateId\":\"" + append + "\",\"events\":" + EVENT
                            + "}]}",
                    JSON));
            problem(answer, 400, "invalid-request");
            assertThat(json(answer).get("field").asText()).isEqualTo("appends[0].aggregateId");
        }
    }

    @Test
    void headers_of_cloud_events_are_utf_8_or_refused() throws IOException {
        for (String subject : List.of("%FF", "%FE", "\u00FF", "%zz", "100%")) {
            Answer answer = http.send(cloudEvent("ce-subject: " + subject));
            problem(answer, 400, "invalid-request");
            assertThat(json(answer).get("field").asText()).isEqualTo("ce-subject");
        }
        for (String header : List.of("ce-type: %FF", "ce-id: %C3", "ce-source: /%FF", "ce-other: %FF")) {
            problem(http.send(cloudEvent("ce-subject: s", header)), 400, "invalid-request");
        }
    }

    @Test
    void every_operation_refuses_a_parameter_that_it_does_not_know() throws IOException {
        List<String> operations = new ArrayList<>();
        JsonNode paths = ServedOpenApi.json(
                        http.send(get("/q/openapi?format=json")).body())
                .get("paths");
        paths.properties().forEach(path -> {
            if (path.getKey().startsWith("/v1/")) {
                path.getValue().fieldNames().forEachRemaining(method -> {
                    if (List.of("get", "post", "delete", "put", "patch").contains(method)) {
                        operations.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                    }
                });
            }
        });

        assertThat(operations).hasSizeGreaterThan(25);
        for (String operation : operations) {
            String[] parts = operation.split(" ");
            String target = parts[1].replace("{name}", "event-statistics")
                    .replace("{type}", "trip")
                    .replaceAll("\\{(position|globalPosition)}", "1")
                    .replaceAll("\\{[^}]+}", "x");
            String body = parts[0].equals("POST") ? "{}" : "";
            Answer answer = http.send(new Request(
                    parts[0], target + "?bogus=1", new String[] {JSON}, body.getBytes(StandardCharsets.UTF_8)));
            problem(answer, 400, "invalid-request");
            assertThat(json(answer).get("field").asText()).as(operation).isEqualTo("bogus");
        }
    }

    @Test
    void an_answer_does_not_repeat_the_name_of_a_host_that_the_client_made_up() throws IOException {
        Answer answer =
                http.exchange(bytes("POST " + STREAM + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n" + JSON
                        + "\r\nContent-Length: " + EVENT.length() + "\r\n\r\n" + EVENT));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.headers().get("location")).matches("/v1/streams/Ingress/x/events\\?from=\\d+&limit=1");
        assertThat(http.send(get(answer.headers().get("location"))).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: a b\r\n",
                "Host: [::1\r\n",
                "Host: x:99999\r\n",
                "Host: a@b\r\n",
                "Host: x\r\nHost: y\r\n"
            })
    void a_request_without_a_host_or_with_an_odd_one_is_a_problem(String host) throws IOException {
        for (String path : List.of("/v1/position", "/q/health/ready", "/nothing")) {
            Answer answer = http.exchange(bytes("GET " + path + " HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"));
            problem(answer, 400, "invalid-request");
            assertThat(json(answer).get("field").asText()).isEqualTo("Host");
        }
    }

    /** Each ends with a request inside the body of another, which nobody may answer. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                CHUNKED + "1;a=\"\r\nX\r\n0\r\n\r\n" + NEXT + "\"",
                CHUNKED + "1;a\nX\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "0x1c\r\n" + EVENT + "\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "1c\n" + EVENT + "\n0\n\n" + NEXT,
                CHUNKED + "1c\rX\r\n" + EVENT + "\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "1c\0\r\n" + EVENT + "\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "1c junk\r\n" + EVENT + "\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "1c;a=\0\r\n" + EVENT + "\r\n0\r\n\r\n" + NEXT,
                CHUNKED + "1c\r\n" + EVENT + "\r\n0\rX\r\n\r\n" + NEXT,
                CHUNKED + "-1\r\n\r\n" + NEXT,
                CHUNKED + "1c\r\n" + EVENT + "X\r\n0\r\n\r\n" + NEXT,
                POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding: xchunked\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + NEXT,
                POST + "Transfer-Encoding:\r\n xchunked\r\n\r\n" + NEXT,
                POST + "Content-Length: 28\r\nContent-Length: 5\r\n\r\n" + EVENT + NEXT,
                POST + "Content-Length: 28, 5\r\n\r\n" + EVENT + NEXT,
                POST + "Content-Length: +28\r\n\r\n" + EVENT + NEXT,
                POST + "Content-Length: 5\r\n 3\r\n\r\n" + EVENT + NEXT,
                POST + "Content-Length : 28\r\n\r\n" + EVENT + NEXT,
                POST + "X: a\rContent-Length: 0\r\n\r\n" + NEXT,
                POST + "X: a\nY: b\r\n\r\n" + NEXT,
                "POST " + STREAM + " HTTP/1.1\nHost: x\nContent-Length: 0\n\n" + NEXT
            })
    void a_request_hidden_in_another_is_not_answered(String bytes) throws IOException {
        Answer answer = http.exchange(bytes(bytes));

        assertThat(answer.status()).as("%s", answer).isEqualTo(400);
        assertThat(answer.body()).doesNotContain("HTTP/1.1 ").doesNotContain("globalPosition");
    }

    @Test
    void a_chunk_that_is_as_it_has_to_be_is_taken_with_an_extension_too() throws IOException {
        Answer answer = http.exchange(bytes(CHUNKED + "1c;a=\"b c\"\r\n" + EVENT + "\r\n0 ;b\r\n\r\n" + NEXT));

        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        assertThat(answer.body()).contains("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/position HTTP/1.1\r\nHost:\r\n",
                "GET /v1/position HTTP/1.1\r\nHost:  \r\n",
                "GET ftp://x/v1/position HTTP/1.1\r\nHost: x\r\n",
                "GET ws://x/v1/position HTTP/1.1\r\nHost: x\r\n",
                "GET file:///v1/position HTTP/1.1\r\nHost: x\r\n",
                "GET v1/position HTTP/1.1\r\nHost: x\r\n",
                "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n"
            })
    void a_request_that_is_for_no_server_of_http_is_refused(String head) throws IOException {
        problem(http.exchange(bytes(head + "Connection: close\r\n\r\n")), 400, "invalid-request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"})
    void another_version_of_http_is_refused_and_the_connection_ends(String version) throws IOException {
        Answer answer = http.exchange(bytes("GET /v1/position " + version + "\r\nHost: x\r\n\r\n" + NEXT));

        problem(answer, 505, "http-version-not-supported");
        assertThat(answer.body()).doesNotContain("globalPosition");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\nb", "a\r\nX-Role: admin", "a\0b"})
    void a_header_of_http_2_with_the_end_of_a_line_in_it_is_refused_also_where_nobody_reads_it(String value)
            throws Exception {
        try (Http2Socket socket = new Http2Socket(server)) {
            socket.get(1, "/v1/position", "x-unread", "fine");
            assertThat(socket.status(1)).isEqualTo("200");
            socket.get(3, "/v1/position", "x-unread", value);
            assertThat(socket.status(3)).isIn("400", "reset");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ftp, /v1/position, localhost",
        "ws, /v1/position, localhost",
        "http, http://localhost/v1/position, localhost",
        "http, v1/position, localhost",
        "http, /v1/position, ''"
    })
    void a_request_of_http_2_that_is_for_no_server_of_http_is_refused(String scheme, String path, String host)
            throws Exception {
        try (Http2Socket socket = new Http2Socket(server)) {
            socket.send(1, ":scheme", scheme, ":path", path, "host", host);

            assertThat(socket.status(1)).isIn("400", "reset");
        }
    }

    /** Types of frames that carry nothing: PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, and one that nobody knows. */
    @ParameterizedTest
    @CsvSource({"2, 5, 1", "3, 4, 1", "4, 0, 0", "6, 8, 0", "8, 4, 0", "200, 3, 0"})
    void a_flood_of_frames_ends_the_connection_and_says_why(int type, int length, int stream) throws Exception {
        try (Http2Socket socket = new Http2Socket(server)) {
            socket.get(1, "/v1/position", "x-unread", "fine");
            assertThat(socket.status(1)).isEqualTo("200");

            assertThat(socket.flood(type, length, stream, 100_000)).isEqualTo(ENHANCE_YOUR_CALM);
        }
        assertThat(http.send(get("/v1/position")).status()).isEqualTo(200);
    }

    /** Routers that know parameters of a part of a path take them off. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1;x/position",
                "/v1;/position",
                "/v1;x=y/events/1",
                ";/v1/position",
                "/;x/v1/position",
                "/v1%3Bx/position",
                "/v1/position;x",
                "/v1/position%3bx",
                "/v1/events;x/1",
                "/%76%31/position",
                "//v1/position",
                "/v1//position",
                "/v1/position/",
                "/V1/position",
                "/v1/Position",
                "/v1/./position",
                "/x/../v1/position",
                "/v1\\position"
            })
    void a_resource_has_no_second_name(String path) throws IOException {
        Answer answer = http.send(get(path));

        assertThat(answer.status()).as("%s", answer).isIn(400, 404);
    }

    @Test
    void a_folded_header_is_one_value() throws IOException {
        Answer answer = http.exchange(
                bytes("GET /v1/position HTTP/1.1\r\nHost: x\r\nX-A: a\r\n Connection: close\r\n\r\n" + NEXT));

        assertThat(answer.status()).isIn(200, 400);
    }

    @Test
    void a_flood_of_empty_continuation_frames_ends_the_connection() throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
            out.write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
            // HEADERS of stream 1 (GET, http, /), without the flag that ends them.
            out.write(new byte[] {0, 0, 3, 1, 1, 0, 0, 0, 1, (byte) 0x82, (byte) 0x86, (byte) 0x84});
            byte[] continuations = new byte[9 * 1_000];
            for (int i = 0; i < continuations.length; i += 9) {
                continuations[i + 3] = 9;
                continuations[i + 8] = 1;
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                try {
                    out.write(continuations);
                    return false;
                } catch (IOException closed) {
                    return true;
                }
            });
        }
        assertThat(http.send(get("/v1/position")).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/events/stream",
                "/v1/projections/event-statistics/stream?key=Order",
                "/v1/projections/event-statistics/rebuild/stream",
                "/v1/events"
            })
    void asking_for_the_headers_of_a_stream_subscribes_to_nothing(String path) throws IOException {
        String accept = path.equals("/v1/events") ? "Accept: application/x-ndjson\r\n" : "";
        Answer answer = http.exchange(bytes("HEAD " + path + " HTTP/1.1\r\nHost: x\r\n" + accept + "\r\n" + NEXT));

        assertThat(answer.status()).isIn(200, 204);
        if (answer.status() == 200) {
            assertThat(answer.headers().get("content-type"))
                    .isEqualTo(accept.isEmpty() ? "text/event-stream" : "application/x-ndjson");
        }
        assertThat(answer.body())
                .as("the next answer of the connection")
                .startsWith("HTTP/1.1 200")
                .contains("globalPosition");
    }

    @Test
    void what_is_read_only_has_no_other_methods() throws IOException {
        for (String path : List.of("/q/health", "/q/health/ready", "/q/metrics", "/q/openapi", "/q/asyncapi")) {
            for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "FOO")) {
                Answer answer = http.send(new Request(method, path, new String[0], new byte[0]));
                problem(answer, 405, "method-not-allowed");
                assertThat(answer.headers().get("allow")).isEqualTo("GET, HEAD");
            }
            assertThat(http.send(new Request("HEAD", path, new String[0], new byte[0]))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void what_is_answered_is_not_to_be_guessed_at_nor_framed() throws IOException {
        for (String path : List.of(
                "/v1/position",
                "/q/health",
                "/q/health/live",
                "/q/health/ready",
                "/q/health/started",
                "/q/metrics",
                "/q/openapi",
                "/q/openapi?format=json",
                "/q/asyncapi")) {
            Answer answer = http.send(get(path));
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.headers())
                    .as(path)
                    .containsEntry("x-content-type-options", "nosniff")
                    .containsEntry("x-frame-options", "DENY")
                    .containsEntry("referrer-policy", "no-referrer")
                    .containsKey("cache-control")
                    .containsKey("content-security-policy");
        }
    }

    @Test
    void what_is_refused_carries_the_headers_of_what_is_answered() throws IOException {
        List<Answer> refusals = List.of(
                http.send(get("/nothing")),
                http.send(get("/v1/nothing")),
                http.send(get("/q/nothing")),
                http.send(get("*")),
                http.send(get("/v1/events#")),
                http.send(get("/a|b")),
                http.send(post("/q/health", "")),
                http.send(post(STREAM, "", JSON, "Content-Length: 99999999")),
                http.exchange(bytes("GET /v1/position HTTP/1.1\r\nConnection: close\r\n\r\n")));

        for (Answer refusal : refusals) {
            assertThat(refusal.status()).as("%s", refusal).isBetween(400, 413);
            assertThat(refusal.headers().get("content-type")).isEqualTo("application/problem+json");
            assertHardened(refusal);
        }
    }

    /** The framework answers these before there is a request that could be refused. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET /v1/position\r\n\r\n",
                "GET /v1/position HTTP/1.1\r\nHost : x\r\n\r\n",
                "GET /v1/position HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
                "GET /v1/position HTTP/1.1\r\nHost: x\r\nA: a\0b\r\n\r\n",
                "GET /v1/position HTTP/1.0\r\nHost: x\r\nA: a\0b\r\n\r\n",
                "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
                "GET /LONG HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /v1/position HTTP/1.1\r\nHost: x\r\nX-A: LONG\r\n\r\n"
            })
    void what_cannot_be_read_as_a_request_is_answered_with_the_same_headers(String head) throws IOException {
        Answer refusal = http.exchange(bytes(head.replace("LONG", "x".repeat(70_000))));

        assertThat(refusal.status()).as("%s", refusal).isIn(400, 414, 431);
        assertHardened(refusal);
    }

    private static void assertHardened(Answer refusal) {
        assertThat(refusal.headers())
                .as("%s", refusal)
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("x-frame-options", "DENY")
                .containsEntry("referrer-policy", "no-referrer")
                .containsEntry("cache-control", "private, no-cache")
                .containsKey("content-security-policy");
    }

    @Test
    void a_large_body_comes_as_it_was_sent() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 700_000; i++) {
            text.append(i).append(' ');
        }
        String body = "[{\"eventType\":\"E\",\"data\":\"" + text + "\"}]";
        String chunked = Integer.toHexString(70_000) + "\r\n" + body.substring(0, 70_000) + "\r\n"
                + Integer.toHexString(body.length() - 70_000) + "\r\n" + body.substring(70_000) + "\r\n0\r\n\r\n";
        for (Request request :
                List.of(post(STREAM, body, JSON), post(STREAM, chunked, JSON, "Transfer-Encoding: chunked"))) {
            Answer answer = http.send(request);
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(http.send(get("/v1/events/"
                                    + json(answer).get("firstGlobalPosition").asLong()))
                            .body())
                    .contains("\"data\":\"" + text + "\"");
        }
    }

    @Test
    void a_client_that_waits_to_be_told_is_told_to_go_on() throws IOException {
        Answer answer = http.send(post(STREAM, EVENT, JSON, "Expect: 100-continue"));

        assertThat(answer.status()).isEqualTo(100);
        assertThat(answer.body()).startsWith("HTTP/1.1 201");
    }

    @Test
    void unfinished_uploads_hold_nobody_else_up_and_are_ended() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 210; i++) {
                Socket socket = new Socket(server.getHost(), server.getPort());
                slow.add(socket);
                socket.setSoTimeout(20_000);
                socket.getOutputStream()
                        .write(bytes(POST + "Content-Length: 200000\r\n\r\n[" + " ".repeat(20_000 + 100 * i)));
            }
            // Far less than the uploads may take, and more than a busy machine adds.
            LogClient log = new LogClient(server.toURI());
            for (String path : List.of("/q/health/ready", "/q/metrics", "/q/openapi", "/v1/position")) {
                within(
                        Duration.ofSeconds(5),
                        () -> assertThat(http.send(get(path)).status()).isEqualTo(200));
            }
            String large = "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(100_000) + "\"}]";
            within(Duration.ofSeconds(5), () -> assertThat(
                            http.send(post(STREAM, large, JSON)).status())
                    .isEqualTo(201));
            within(Duration.ofSeconds(5), () -> log.append("Ingress", "y", LogClient.event("E", "1")));

            for (Socket socket : slow) {
                String answer = new String(readAll(socket.getInputStream()), StandardCharsets.UTF_8);
                assertThat(answer)
                        .startsWith("HTTP/1.1 4")
                        .containsAnyOf("/problems/request-timeout", "/problems/overloaded");
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void within(Duration bound, Step step) throws Exception {
        long begun = System.nanoTime();
        step.run();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(bound);
    }

    private static byte[] readAll(InputStream in) throws IOException {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        byte[] piece = new byte[8192];
        try {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                bytes.write(piece, 0, read);
            }
        } catch (java.net.SocketException reset) {
            // What it said before that counts.
        }
        return bytes.toByteArray();
    }

    private static Request cloudEvent(String... headers) {
        List<String> all = new ArrayList<>(List.of("ce-specversion: 1.0", "Content-Type: text/plain"));
        all.addAll(List.of(headers));
        for (String other : List.of("ce-id: " + UUID.randomUUID(), "ce-type: T", "ce-source: /Ingress")) {
            String name = other.substring(0, other.indexOf(':') + 1);
            if (all.stream().noneMatch(header -> header.startsWith(name))) {
                all.add(other);
            }
        }
        return post("/v1/events", "x", all.toArray(String[]::new));
    }

    private static void problem(Answer answer, int status, String type) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        assertThat(answer.headers().get("content-type")).as("%s", answer).isEqualTo("application/problem+json");
        assertThat(json(answer).get("type").asText()).as("%s", answer).isEqualTo("/problems/" + type);
    }

    private static JsonNode json(Answer answer) {
        return ServedOpenApi.json(answer.body());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
