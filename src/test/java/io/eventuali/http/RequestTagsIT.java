package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.security.Secured;
import io.eventuali.security.TestKeys;
import io.eventuali.support.RawHttp;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A stranger who wants the metrics blind, by using up the values of their tags, or the memory that holds them. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class RequestTagsIT {
    /** More than the paths that Quarkus measures at most. */
    private static final int MANY = 130;

    @TestHTTPResource
    URI base;

    @Inject
    MeterRegistry registry;

    @Test
    void requests_of_a_stranger_neither_make_series_nor_keep_others_from_being_counted() throws IOException {
        RawHttp http = new RawHttp(base.toURL());
        // The series that the requests below may use.
        http.send(RawHttp.Request.get("/x"));
        http.send(new RawHttp.Request("ZZ", "/v1/position", new String[0], new byte[0]));
        cutOff("POST /x HTTP/1.1");
        int before = registry.getMeters().size();

        for (int i = 0; i < MANY; i++) {
            http.send(RawHttp.Request.get("/x" + i));
            http.send(RawHttp.Request.get("/v1/streams/Secret" + i + "/1/events"));
            http.send(RawHttp.Request.get("/q/metrics/x" + i));
            http.send(new RawHttp.Request("ZZ" + i, "/v1/position", new String[0], new byte[0]));
            http.send(RawHttp.Request.get("http://x/y" + i));
            cutOff("POST /cut" + i + " HTTP/1.1");
            cutOff("CUT" + i + " /v1/events HTTP/1.1");
        }

        assertThat(registry.getMeters().size() - before).isLessThan(10);
        String stream = "/v1/streams/Order/" + UUID.randomUUID() + "/events";
        given().header("X-API-Key", TestKeys.key("reader")).get(stream).then().statusCode(404);
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> count("/v1/streams/{aggregateType}/{aggregateId}/events", "404") > 0);
    }

    @Test
    void tags_are_templates_known_methods_and_one_value_for_all_else() throws IOException {
        RawHttp http = new RawHttp(base.toURL());
        http.send(RawHttp.Request.get("/made/up"));
        http.send(new RawHttp.Request("MADEUP", "/made/up", new String[0], new byte[0]));
        given().header("X-API-Key", TestKeys.key("reader")).get("/v1/position");

        assertThat(tags("uri"))
                .contains("/v1/position", RequestTags.UNMATCHED)
                .allMatch(uri -> uri.startsWith("/v1/") || uri.equals(RequestTags.UNMATCHED));
        assertThat(tags("uri")).noneMatch(uri -> uri.contains("Secret") || uri.contains("Order"));
        assertThat(tags("method")).contains("GET", "OTHER").doesNotContain("MADEUP");
    }

    /** Asks with a body that never comes whole, and hangs up. */
    private void cutOff(String line) throws IOException {
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream()
                    .write((line + "\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private Set<String> tags(String name) {
        return timers().stream().map(timer -> timer.getId().getTag(name)).collect(Collectors.toSet());
    }

    private long count(String uri, String status) {
        return timers().stream()
                .filter(timer -> uri.equals(timer.getId().getTag("uri")))
                .filter(timer -> status.equals(timer.getId().getTag("status")))
                .mapToLong(Timer::count)
                .sum();
    }

    private Collection<Timer> timers() {
        return registry.find("http.server.requests").timers();
    }
}
