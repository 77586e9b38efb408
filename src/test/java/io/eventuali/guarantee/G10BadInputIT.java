package io.eventuali.guarantee;

import static io.eventuali.support.RawHttp.Request.get;
import static io.eventuali.support.RawHttp.Request.post;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.eventuali.support.RawHttp.Request;
import io.eventuali.support.ServedOpenApi;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G10: bad input gets a problem document that names the field and the rule, nothing is written, and the service stays up. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class G10BadInputIT {
    private static final String JSON = "Content-Type: application/json";
    private static final String STREAM = "/v1/streams/Bad/input/events";
    private static final String OK = "[{\"eventType\":\"E\",\"data\":1}]";
    private static final String EVENTS = "\"events\":" + OK;
    private static final int MIB = 1 << 20;
    private static final Pattern INTERNALS = Pattern.compile("\\bat"
            + " [a-z]+\\.|java\\.|io\\.(eventuali|quarkus|vertx|netty)|org\\.jboss|jackson|Exception|@Consumes|SELECT"
            + " |INSERT ");

    @TestHTTPResource
    URL server;

    private RawHttp http;
    private ServedOpenApi contract;

    @BeforeEach
    void connect() {
        http = new RawHttp(server);
        contract = ServedOpenApi.fetch();
    }

    @Test
    void a_malformed_batch_is_refused() throws IOException {
        List<Case> cases = new ArrayList<>();
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"colour\":2}]", "events[0].colour"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"a\\u0000\\n\\u2028b\":2}]", "events[0].a???b"));
        cases.add(body("[{\"a\\u001bb\":}]", null));
        cases.add(body("[{\"eventType\":5,\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":null,\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":\"E\"}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"eventType\":\"F\",\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":\"\",\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":\"" + "n".repeat(201) + "\",\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":\"" + "n".repeat(5000) + "\",\"data\":1}]", "events[0].eventType"));
        for (String character :
                List.of("\\n", "\\r", "\\u0000", "\\u001b", "\\u007f", "\\u0085", "\\u200e", "\\u2028")) {
            cases.add(body("[{\"eventType\":\"a" + character + "b\",\"data\":1}]", "events[0].eventType"));
        }
        cases.add(body("[{\"eventType\":\"\\ud800\",\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventType\":\"\\udc00\\ud800\",\"data\":1}]", "events[0].eventType"));
        cases.add(body("[{\"eventId\":\"1-2-3-4-5\",\"eventType\":\"E\",\"data\":1}]", "events[0].eventId"));
        cases.add(body("[{\"eventId\":7,\"eventType\":\"E\",\"data\":1}]", "events[0].eventId"));
        String twice = "{\"eventId\":\"0190f2a4-7c1e-7c3a-9d5e-3f6b1a2c4d5e\",\"eventType\":\"E\",\"data\":1}";
        cases.add(body("[" + twice + "," + twice + "]", "events[1].eventId"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":[]}]", "events[0].metadata"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":\"m\"}]", "events[0].metadata"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":null}]", "events[0].metadata"));
        String nested = "[".repeat(1000) + "]".repeat(1000);
        cases.add(body("[{\"eventType\":\"E\",\"data\":" + nested + "}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":{\"a\":" + nested + "}}]", "events[0].metadata"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":" + "1".repeat(5000) + "}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":", null));
        cases.add(body("[{\"eventType\":\"E\",\"data\":NaN}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":{\"a\":1,\"a\":2}}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":{\"a\":1,\"a\":2}}]", "events[0].metadata"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":1,\"metadata\":{\"n\":1e2147483648}}]", "events[0].metadata"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":0e99999999999}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":\"\\udc00\"}]", "events[0].data"));
        cases.add(body("[{\"eventType\":\"E\",\"data\":{\"" + "n".repeat(50_001) + "\":1}}]", "events[0].data"));
        cases.add(body("\uFEFF" + OK, "body"));
        cases.add(body("[{\"eventType\":\"E\",\"da", null));
        cases.add(body(OK + OK, "body"));
        cases.add(body("[]", "events"));
        cases.add(body("[1]", "events[0]"));
        cases.add(body("{}", "body"));
        cases.add(body("null", "body"));
        cases.add(body("", "body"));
        cases.add(body("[" + "{\"eventType\":\"E\",\"data\":1},".repeat(1000) + OK.substring(1), "events"));

        refused(cases);
    }

    @Test
    void a_body_that_is_not_utf_8_is_refused() throws IOException {
        byte[] latin = "[{\"eventType\":\"\u00e9\",\"data\":1}]".getBytes(StandardCharsets.ISO_8859_1);

        refused(List.of(
                new Case(new Request("POST", STREAM, new String[] {JSON}, latin), 400, "invalid-request", "body")));
    }

    @Test
    void a_malformed_append_to_several_streams_is_refused() throws IOException {
        List<Case> cases = new ArrayList<>();
        cases.add(appends("{}", "appends"));
        cases.add(appends("[]", "body"));
        cases.add(appends("{\"appends\":{}}", "appends"));
        cases.add(appends("{\"appends\":[]}", "appends"));
        cases.add(appends("{\"appends\":[7]}", "appends[0]"));
        cases.add(appends("{\"appends\":[],\"more\":1}", "appends"));
        cases.add(appends("{\"more\":1}", "more"));
        cases.add(append("\"aggregateType\":\"T\",\"aggregateId\":\"i\"", "appends[0].events"));
        cases.add(append("\"aggregateType\":\"T\",\"aggregateId\":\"i\",\"events\":[]", "appends[0].events"));
        cases.add(append("\"aggregateId\":\"i\"," + EVENTS, "appends[0].aggregateType"));
        cases.add(append("\"aggregateType\":\"T\"," + EVENTS, "appends[0].aggregateId"));
        cases.add(append("\"aggregateType\":\"T\",\"aggregateId\":\"\\n\"," + EVENTS, "appends[0].aggregateId"));
        for (String expected :
                List.of("-1", "1.5", "99999999999999999999", "null", "true", "\"7\"", "\"sideways\"", "{}")) {
            cases.add(append(
                    "\"aggregateType\":\"T\",\"aggregateId\":\"i\",\"expectedPosition\":" + expected + "," + EVENTS,
                    "appends[0].expectedPosition"));
        }
        String one = "{\"aggregateType\":\"T\",\"aggregateId\":\"i\"," + EVENTS + "}";
        cases.add(appends("{\"appends\":[" + one + "," + one + "]}", "appends[1]"));
        String many = "[" + "{\"eventType\":\"E\",\"data\":1},".repeat(500) + OK.substring(1);
        cases.add(appends(
                "{\"appends\":[{\"aggregateType\":\"T\",\"aggregateId\":\"a\",\"events\":" + many
                        + "},{\"aggregateType\":\"T\",\"aggregateId\":\"b\",\"events\":" + many + "}]}",
                "events"));

        refused(cases);
    }

    @Test
    void a_malformed_header_of_an_append_is_refused() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String tag : List.of(
                "7", "W/\"7\"", "\"1\", \"2\"", "*", "\"-1\"", "\"\"", "", "\"x\"", "\"99999999999999999999\"")) {
            cases.add(header("If-Match: " + tag, "If-Match"));
        }
        cases.add(header("If-None-Match: \"7\"", "If-None-Match"));
        cases.add(new Case(
                post(STREAM, OK, JSON, "If-Match: \"7\"", "If-None-Match: *"), 400, "invalid-request", "If-Match"));
        cases.add(new Case(
                post(STREAM, OK, JSON, "If-Match: \"7\"", "If-Match: \"8\""), 400, "invalid-request", "If-Match"));
        cases.add(header("Idempotency-Key: a b", "Idempotency-Key"));
        cases.add(header("Idempotency-Key: " + "k".repeat(256), "Idempotency-Key"));
        cases.add(header("Idempotency-Key: ", "Idempotency-Key"));
        cases.add(new Case(
                post(STREAM, OK, JSON, "Idempotency-Key: a", "Idempotency-Key: b"),
                400,
                "invalid-request",
                "Idempotency-Key"));
        cases.add(
                new Case(post(STREAM, OK, "Content-Type: text/plain"), 415, "unsupported-media-type", "Content-Type"));
        cases.add(new Case(post(STREAM, OK, "Content-Type: nonsense"), 415, "unsupported-media-type", "Content-Type"));
        cases.add(new Case(post(STREAM, OK), 415, "unsupported-media-type", "Content-Type"));
        cases.add(new Case(post("/v1/events", "{\"appends\":[]}"), 415, "unsupported-media-type", "Content-Type"));

        refused(cases);
    }

    @Test
    void a_name_in_the_path_that_breaks_the_rule_is_refused() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String id :
                List.of("a%0D%0AX-Injected:%20b", "%00", "a%0Ab", "%7F", "%E2%80%A8", "%C2%85", "i".repeat(201))) {
            cases.add(new Case(
                    post("/v1/streams/Bad/" + id + "/events", OK, JSON), 400, "invalid-request", "aggregateId"));
            cases.add(new Case(
                    post("/v1/streams/" + id + "/x/events", OK, JSON), 400, "invalid-request", "aggregateType"));
        }
        cases.add(new Case(get("/v1/streams/Bad/%0A/events"), 400, "invalid-request", "aggregateId"));
        for (String id : List.of("%FF", "%C3", "caf%E9", "%ED%A0%80")) {
            cases.add(new Case(post("/v1/streams/Bad/" + id + "/events", OK, JSON), 400, "invalid-request", "URL"));
        }
        cases.add(new Case(
                new Request("DELETE", "/v1/subscriptions/a%00b", new String[0], new byte[0]),
                400,
                "invalid-request",
                "id"));
        cases.add(new Case(
                new Request("DELETE", "/v1/subscriptions/" + "i".repeat(201), new String[0], new byte[0]),
                400,
                "invalid-request",
                "id"));

        refused(cases);
    }

    @Test
    void a_malformed_parameter_is_refused() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String position :
                List.of("-1", "NaN", "1.5", "+1", "007", "0x10", "99999999999999999999", "9223372036854775808")) {
            cases.add(query("/v1/events?from=" + position, "from"));
            cases.add(query("/v1/events/stream?from=" + position, "from"));
            cases.add(query(STREAM + "?from=" + position, "from"));
            cases.add(query("/v1/events/stream?lastEventId=" + position, "lastEventId"));
            cases.add(query("/v1/events/stream?last_event_id=" + position, "last_event_id"));
            cases.add(query("/v1/events/" + position, "globalPosition"));
            cases.add(new Case(
                    get("/v1/events/stream", "Last-Event-ID: " + position), 400, "invalid-request", "Last-Event-ID"));
        }
        cases.add(query(STREAM + "?from=0", "from"));
        cases.add(query(STREAM + "?direction=sideways", "direction"));
        cases.add(query("/v1/events?direction=sideways", "direction"));
        cases.add(query("/v1/events?fromTimestamp=yesterday", "fromTimestamp"));
        cases.add(query("/v1/events?from=1&fromTimestamp=2026-11-23T10:00:00Z", "fromTimestamp"));
        cases.add(new Case(
                get("/v1/events?direction=backward", "Accept: application/x-ndjson"),
                400,
                "invalid-request",
                "direction"));
        for (String limit : List.of("0", "1001", "abc", "-1", "1e2", "99999999999999999999")) {
            cases.add(query("/v1/events?limit=" + limit, "limit"));
            cases.add(query(STREAM + "?limit=" + limit, "limit"));
        }
        cases.add(query("/v1/events?limit=1&limit=2", "limit"));
        cases.add(query("/v1/events/stream?from=1&from=1", "from"));
        cases.add(query("/v1/events/stream?from=sideways", "from"));
        cases.add(query("/v1/events/stream?fromTimestamp=yesterday", "fromTimestamp"));
        cases.add(query("/v1/events/stream?fromTimestamp=2026-11-23T10:00:00", "fromTimestamp"));
        cases.add(query("/v1/events/stream?named=perhaps", "named"));
        cases.add(query("/v1/events/stream?id=a%0Ab", "id"));
        cases.add(query("/v1/events/stream?id=" + "i".repeat(201), "id"));
        cases.add(query("/v1/events?eventTyp=Order", "eventTyp"));
        cases.add(query("/v1/events/stream?eventTyp=Order", "eventTyp"));
        cases.add(query(STREAM + "?x%0D%0Ay=1", "x??y"));
        for (String path : List.of("/v1/events", "/v1/events/stream")) {
            cases.add(query(path + "?eventType=" + "*a".repeat(17), "eventType"));
            cases.add(query(path + "?aggregateId=" + "a".repeat(301), "aggregateId"));
            cases.add(query(path + "?aggregateType=", "aggregateType"));
            cases.add(query(path + "?aggregateType=a%0Ab", "aggregateType"));
            cases.add(query(path + "?eventType=a" + "&eventType=a".repeat(100), "filter"));
        }

        refused(cases);
    }

    @Test
    void what_is_not_there_is_a_problem_too() throws IOException {
        refused(List.of(
                new Case(get("/v1/nothing"), 404, "not-found", null),
                new Case(get("/nothing%0Ahere"), 404, "not-found", null),
                new Case(get("/v1/streams/Bad//events"), 404, "not-found", null),
                new Case(get("/v1/streams/Bad/none/events"), 404, "stream-not-found", null),
                new Case(get("/v1/events/0"), 404, "event-not-found", null),
                new Case(get("/v1/events/999999999999"), 404, "event-not-found", null),
                new Case(
                        new Request("PUT", "/v1/events", new String[] {JSON}, OK.getBytes(StandardCharsets.UTF_8)),
                        405,
                        "method-not-allowed",
                        null),
                new Case(
                        new Request("DELETE", "/v1/position", new String[0], new byte[0]),
                        405,
                        "method-not-allowed",
                        null),
                new Case(get("/v1/position", "Accept: text/html"), 406, "not-acceptable", null)));
    }

    @Test
    void what_is_too_large_is_refused_however_it_is_sent() throws IOException {
        String event = "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(MIB) + "\"}]";
        String metadata = "[{\"eventType\":\"E\",\"data\":1,\"metadata\":{\"m\":\"" + "a".repeat(MIB) + "\"}}]";
        String request = "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(16 * MIB) + "\"}]";

        refused(List.of(
                new Case(post(STREAM, event, JSON), 413, "event-too-large", "events[0].data"),
                new Case(post(STREAM, metadata, JSON), 413, "event-too-large", "events[0].metadata"),
                new Case(post(STREAM, request, JSON), 413, "request-too-large", "body"),
                // The answer does not wait for a body that it would not read.
                new Case(post(STREAM, "", JSON, "Content-Length: 18000000"), 413, "request-too-large", "body"),
                new Case(
                        post(STREAM, "", JSON, "Content-Length: 99999999999", "Expect: 100-continue"),
                        413,
                        "request-too-large",
                        "body"),
                new Case(
                        post(
                                STREAM,
                                Integer.toHexString(request.length()) + "\r\n" + request + "\r\n0\r\n\r\n",
                                JSON,
                                "Transfer-Encoding: chunked"),
                        413,
                        "request-too-large",
                        "body")));
    }

    @Test
    void a_body_that_never_ends_is_cut() throws IOException {
        String head = "POST " + STREAM + " HTTP/1.1\r\nHost: x\r\n" + JSON + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        byte[] piece = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        long atMost = 128L * MIB;

        long taken = http.sendForEver(head.getBytes(StandardCharsets.US_ASCII), piece, atMost);

        assertThat(taken).isLessThan(atMost);
        assertThat(http.send(get("/v1/position")).status()).isEqualTo(200);
    }

    @Test
    void a_chunked_body_within_the_limit_is_taken() throws IOException {
        String stream = "/v1/streams/Chunked/" + UUID.randomUUID() + "/events";
        String chunked = Integer.toHexString(5) + "\r\n" + OK.substring(0, 5) + "\r\n"
                + Integer.toHexString(OK.length() - 5) + "\r\n" + OK.substring(5) + "\r\n0\r\n\r\n";

        assertThat(http.send(post(stream, chunked, JSON, "Transfer-Encoding: chunked"))
                        .status())
                .isEqualTo(201);
    }

    /** Its headers say already that there is no body, and none of what follows may wait for one. */
    @Test
    void a_post_without_a_body_over_http_2_is_refused_as_any_other() throws Exception {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpRequest empty = HttpRequest.newBuilder(server.toURI().resolve(STREAM))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();

        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = client.send(empty, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        }
    }

    @Test
    void what_is_no_request_for_a_server_of_http_is_refused_and_the_service_lives() throws IOException {
        for (Request request : List.of(
                get("/v1/position", "X-Large: " + "h".repeat(100_000)),
                get("/v1/position?" + "q".repeat(100_000)),
                get("/v1/streams/Bad/%zz/events"),
                get("/v1/events?from=%zz"),
                post(STREAM, OK, JSON, "Content-Length: -1"))) {
            Answer answer = http.send(request);

            assertThat(answer.status()).isBetween(400, 499);
            assertThat(answer.body()).doesNotContainPattern(INTERNALS);
        }
        assertThat(http.send(get("/v1/position")).status()).isEqualTo(200);
    }

    @Test
    void a_conflict_tells_both_positions_and_both_kinds_of_conflict_fit_the_contract() throws IOException {
        String stream = "/v1/streams/Bad/" + UUID.randomUUID() + "/events";
        String event = "[{\"eventId\":\"%s\",\"eventType\":\"E\",\"data\":%d}]";
        UUID id = UUID.randomUUID();
        assertThat(http.send(post(stream, event.formatted(id, 1), JSON)).status())
                .isEqualTo(201);

        refused(List.of(
                new Case(post(stream, OK, JSON, "If-Match: \"7\""), 412, "version-conflict", null),
                new Case(post(stream, OK, JSON, "If-None-Match: *"), 412, "version-conflict", null),
                new Case(post(stream, event.formatted(id, 2), JSON), 409, "event-id-conflict", null)));

        JsonNode conflict = ServedOpenApi.json(
                http.send(post(stream, OK, JSON, "If-Match: \"7\"")).body());
        assertThat(conflict.path("expectedPosition").asLong()).isEqualTo(7);
        assertThat(conflict.path("actualPosition").asLong()).isEqualTo(1);
    }

    private void refused(List<Case> cases) throws IOException {
        long before = position();
        for (Case refusal : cases) {
            Answer answer = http.send(refusal.request());
            check(refusal, answer);
            assertThat(position()).as("position of the log after %s", refusal).isEqualTo(before);
        }
    }

    private void check(Case refusal, Answer answer) {
        assertThat(answer.status()).as("%s: %s", refusal, answer).isEqualTo(refusal.status());
        assertThat(answer.headers().get("content-type"))
                .as("%s: %s", refusal, answer)
                .startsWith("application/problem+json");
        assertThat(contract.violations("Problem", answer.body()))
                .as("%s: %s", refusal, answer)
                .isEmpty();
        assertThat(answer.body()).as("%s", refusal).doesNotContainPattern(INTERNALS);

        JsonNode problem = ServedOpenApi.json(answer.body());
        assertThat(problem.path("type").asText()).as("%s", refusal).isEqualTo("/problems/" + refusal.type());
        assertThat(problem.path("status").asInt()).as("%s", refusal).isEqualTo(refusal.status());
        if (refusal.status() == 400) {
            assertThat(problem.path("rule").asText())
                    .as("%s: %s", refusal, answer)
                    .isNotBlank();
        }
        if (refusal.field() != null) {
            assertThat(problem.path("field").asText())
                    .as("%s: %s", refusal, answer)
                    .isEqualTo(refusal.field());
        }
        problem.forEach(member ->
                assertThat(member.asText()).as("%s", refusal).doesNotContainPattern("[\\p{Cntrl}\u2028\u2029]"));
    }

    private static long position() {
        return given().get("/v1/position")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getLong("globalPosition");
    }

    private static Case body(String body, String field) {
        return new Case(post(STREAM, body, JSON), 400, "invalid-request", field);
    }

    private static Case appends(String body, String field) {
        return new Case(post("/v1/events", body, JSON), 400, "invalid-request", field);
    }

    private static Case append(String members, String field) {
        return appends("{\"appends\":[{" + members + "}]}", field);
    }

    private static Case header(String header, String field) {
        return new Case(post(STREAM, OK, JSON, header), 400, "invalid-request", field);
    }

    private static Case query(String target, String field) {
        return new Case(get(target), 400, "invalid-request", field);
    }

    /** @param field that the problem must name; null if it names none or does not matter */
    private record Case(Request request, int status, String type, String field) {
        @Override
        public String toString() {
            String body = new String(request.body(), StandardCharsets.UTF_8);
            return "%s %s %s %s"
                    .formatted(
                            request.method(),
                            shortened(request.target()),
                            shortened(List.of(request.headers()).toString()),
                            shortened(body));
        }

        private static String shortened(String text) {
            return text.length() > 200 ? text.substring(0, 200) + "…" : text;
        }
    }
}
