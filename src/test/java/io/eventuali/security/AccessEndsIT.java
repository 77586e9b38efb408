package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken away from a client ends what it has open: within half a second, for which a busy machine gets four times as long. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class AccessEndsIT {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String BODY = "[{\"eventType\":\"OrderPlaced\",\"data\":{}}]";
    private static final String[] ALL = {"roles=publisher,subscriber", "aggregate-types=*", "event-types=*"};

    @TestHTTPResource
    URI base;

    @Inject
    AccessWatch watch;

    @AfterEach
    void remove() {
        ChangingKeys.set();
    }

    /** Lines before and after, with {@code ;} between them; none after: the client is taken out. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "roles=subscriber | ",
                "roles=subscriber | roles=subscriber;until=2020-01-01T00:00:00Z",
                "roles=subscriber;until=2099-01-01T00:00:00Z | roles=subscriber;until=2020-01-01T00:00:00Z",
                "roles=publisher,subscriber | roles=publisher",
                "roles=admin | roles=operator",
                "roles=subscriber | roles=subscriber;aggregate-types=Order*",
                "roles=subscriber;aggregate-types=Order*,Cart | roles=subscriber;aggregate-types=Order*",
                "roles=subscriber;event-types=* | roles=subscriber;event-types=",
                "roles=subscriber;event-types=Order* | roles=subscriber;event-types=OrderPlaced"
            })
    void a_client_cannot_go_on_reading_after_its_access_was_taken(String before, String after) {
        set(before);
        try (SseProbe direct = follow("/v1/events/stream");
                SseProbe byTicket = SseProbe.to(base.resolve("/v1/events/stream?ticket=" + ticket()))
                        .open()
                        .await("caught-up")) {

            ChangingKeys.set(after == null ? new String[0] : after.split(";"));

            for (SseProbe probe : List.of(direct, byTicket)) {
                assertThat(probe.await("the end", SOON, SseProbe::ended).frames("closing"))
                        .singleElement()
                        .satisfies(closing -> assertThat(closing.data()).startsWith("{\"reason\":\"expired\""));
            }
        }
    }

    @Test
    void a_client_that_is_given_more_or_loses_what_it_does_not_need_goes_on() {
        set("roles=publisher,subscriber;aggregate-types=Order*");
        try (SseProbe probe = follow("/v1/events/stream")) {
            ChangingKeys.set("roles=subscriber,operator", "aggregate-types=Order*,Cart", "until=2099-01-01T00:00:00Z");
            await().atMost(SOON).until(() -> status("/v1/subscriptions") == 200);
            // A key that is rotated keeps the old one for a while.
            ChangingKeys.write("changing.roles=subscriber\nchanging.sha256=%s,%s\n# end\n"
                    .formatted("0".repeat(64), TestKeys.hash(TestKeys.key("changing"))));
            await().atMost(SOON).until(() -> status("/v1/subscriptions") == 403);

            long position = append("Order");
            probe.await("an event after the changes", seen -> seen.positions().contains(position));
            assertThat(probe.ended()).isFalse();
        }
    }

    @Test
    void an_end_that_comes_while_a_stream_is_open_ends_it() {
        Instant end = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
        set("roles=subscriber;until=" + end);
        try (SseProbe probe = follow("/v1/events/stream")) {
            probe.await("the end", SOON.plusSeconds(3), SseProbe::ended);
            assertThat(Instant.now()).isAfterOrEqualTo(end);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "roles=publisher",
                "roles=subscriber;projections=other-*",
                "roles=subscriber;aggregate-types=Order*",
                "roles=subscriber;until=2020-01-01T00:00:00Z"
            })
    void a_reader_of_documents_cannot_stay_by_waiting_quietly(String after) {
        set(String.join(";", ALL));
        try (SseProbe probe = SseProbe.to(
                        base.resolve("/v1/projections/event-statistics/stream?key=none-" + UUID.randomUUID()))
                .header("X-API-Key", TestKeys.key("changing"))
                .open()) {
            assertThat(probe.status()).isEqualTo(200);

            ChangingKeys.set(after.isEmpty() ? new String[0] : after.split(";"));

            assertThat(probe.await("the end", SOON, SseProbe::ended).frames("closing"))
                    .singleElement()
                    .satisfies(closing -> assertThat(closing.data()).startsWith("{\"reason\":\"expired\""));
        }
    }

    @Test
    void a_wait_does_not_outlive_the_access_of_who_waits() throws IOException {
        set(String.join(";", ALL));
        try (Socket socket =
                send("GET /v1/projections/event-statistics/state?after=999999999&timeout=30s HTTP/1.1\r\n", "")) {
            await("waiting").atMost(PATIENCE).until(() -> watch.watched() == 1);

            ChangingKeys.set();

            assertThat(statusLine(socket)).startsWith("HTTP/1.1 401");
        }
    }

    @Test
    void an_append_whose_body_is_still_coming_ends_with_its_key() throws IOException {
        for (String framing : List.of("Content-Length: " + BODY.length(), "Transfer-Encoding: chunked")) {
            set(String.join(";", ALL));
            String id = UUID.randomUUID().toString();
            String first = BODY.substring(0, 10);
            try (Socket socket = send(
                    "POST /v1/streams/Order/" + id + "/events HTTP/1.1\r\n",
                    "Content-Type: application/json\r\n" + framing + "\r\n")) {
                socket.getOutputStream()
                        .write((framing.endsWith("chunked") ? "a\r\n" + first + "\r\n" : first)
                                .getBytes(StandardCharsets.UTF_8));
                await("gathering").atMost(PATIENCE).until(() -> watch.watched() == 1);

                ChangingKeys.set();

                socket.setSoTimeout((int) SOON.toMillis());
                assertThat(statusLine(socket)).as(framing).startsWith("HTTP/1.1 401");
                await("over").atMost(SOON).until(() -> watch.watched() == 0);
            }
            as("admin").get("/v1/streams/Order/" + id + "/events").then().statusCode(404);
        }
    }

    @Test
    void an_append_whose_body_was_held_back_is_not_done_with_a_key_that_is_gone() throws IOException {
        set(String.join(";", ALL));
        String id = UUID.randomUUID().toString();
        try (Socket socket = send(
                "POST /v1/streams/Order/" + id + "/events HTTP/1.1\r\n",
                "Content-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n")) {
            socket.getOutputStream().write(BODY.substring(0, 10).getBytes(StandardCharsets.UTF_8));
            assertThat(status("/v1/position")).isEqualTo(200);
            ChangingKeys.set();
            await().atMost(SOON).until(() -> status("/v1/position") == 401);

            socket.getOutputStream().write(BODY.substring(10).getBytes(StandardCharsets.UTF_8));

            assertThat(statusLine(socket)).startsWith("HTTP/1.1 401");
        }
        as("admin").get("/v1/streams/Order/" + id + "/events").then().statusCode(404);
    }

    /** The client does not read for a while, as one that saves the best for later. */
    @Test
    void an_export_is_broken_off_when_its_key_is_gone() throws IOException {
        String type = "Big" + UUID.randomUUID();
        String event = "{\"eventType\":\"E\",\"data\":\"" + "x".repeat(200_000) + "\"}";
        String batch = "[" + String.join(",", Collections.nCopies(25, event)) + "]";
        for (int i = 0; i < 10; i++) {
            as("admin")
                    .contentType("application/json")
                    .body(batch)
                    .post("/v1/streams/" + type + "/1/events")
                    .then()
                    .statusCode(201);
        }
        set(String.join(";", ALL));
        try (Socket socket =
                send("GET /v1/events?aggregateType=" + type + " HTTP/1.1\r\n", "Accept: application/x-ndjson\r\n")) {
            assertThat(statusLine(socket)).startsWith("HTTP/1.1 200");
            assertThat(watch.watched()).isEqualTo(1);

            ChangingKeys.set();
            await().atMost(SOON).until(() -> watch.watched() == 0);

            Body rest = Body.of(socket.getInputStream());
            assertThat(rest.lastChunk)
                    .as("an end of the body after %s bytes", rest.bytes)
                    .isFalse();
            assertThat(rest.bytes).isLessThan(40_000_000);
        }
    }

    @Test
    void a_stream_of_documents_ends_with_the_token_that_opened_it() {
        String token = Secured.issuer.token("ada", Duration.ofSeconds(4), Set.of("subscriber"), Map.of());
        try (SseProbe probe = SseProbe.to(base.resolve("/v1/projections/event-statistics/stream?key=none"))
                .header("Authorization", "Bearer " + token)
                .open()) {
            assertThat(probe.await("the end", Duration.ofSeconds(8), SseProbe::ended)
                            .frames("closing"))
                    .singleElement()
                    .satisfies(closing -> assertThat(closing.data()).startsWith("{\"reason\":\"expired\""));
        }
    }

    @Test
    void a_file_that_is_being_written_changes_nothing() {
        set(String.join(";", ALL));
        try (SseProbe probe = follow("/v1/events/stream")) {
            List<Integer> seen = new ArrayList<>();
            for (String half :
                    List.of("", "changing.roles=admin", "changing.roles=admin\nchanging.aggregate-types=*\n")) {
                ChangingKeys.write(half);
                await().during(Duration.ofMillis(600)).atMost(SOON).until(() -> status("/v1/subscriptions") == 403);
                seen.add(status("/v1/events"));
            }
            assertThat(seen).containsOnly(200);
            assertThat(probe.ended()).isFalse();
        }
    }

    /** Sets the client, and waits until it is as the lines say. */
    private static void set(String lines) {
        ChangingKeys.set();
        await().atMost(PATIENCE).until(() -> status("/v1/position") == 401);
        ChangingKeys.set(lines.split(";"));
        await().atMost(PATIENCE).until(() -> status("/v1/position") == 200);
    }

    private SseProbe follow(String path) {
        return SseProbe.to(base.resolve(path))
                .header("X-API-Key", TestKeys.key("changing"))
                .open()
                .await("caught-up");
    }

    private static String ticket() {
        return as("changing")
                .post("/v1/tickets")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getString("ticket");
    }

    private static int status(String path) {
        return as("changing").get(path).statusCode();
    }

    private static long append(String type) {
        return as("admin")
                .contentType("application/json")
                .body(BODY)
                .post("/v1/streams/" + type + "/" + UUID.randomUUID() + "/events")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("lastGlobalPosition");
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }

    /** Sends the head of a request, and a body later, or never. */
    private Socket send(String requestLine, String headers) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 * 1024);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(base.getHost(), base.getPort()));
        socket.getOutputStream()
                .write((requestLine + "Host: localhost\r\nX-API-Key: " + TestKeys.key("changing") + "\r\n" + headers
                                + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String statusLine(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = socket.getInputStream().read();
                next >= 0 && next != '\n';
                next = socket.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    /** What is left of an answer in chunks. */
    private record Body(long bytes, boolean lastChunk) {
        static Body of(InputStream in) throws IOException {
            long bytes = 0;
            String tail = "";
            byte[] buffer = new byte[64 * 1024];
            try {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    bytes += read;
                    String now = tail + new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
                    tail = now.substring(Math.max(0, now.length() - 7));
                    if (tail.equals("\r\n0\r\n\r\n")) {
                        return new Body(bytes, true);
                    }
                }
            } catch (IOException reset) {
                // Broken off, as it should be.
            }
            return new Body(bytes, false);
        }
    }
}
