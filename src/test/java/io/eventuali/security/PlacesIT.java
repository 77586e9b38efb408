package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;

import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Whatever stays open for a client takes a place of its principal, is listed and can be ended; names of two principals are two. */
@QuarkusTest
@TestProfile(PlacesIT.Small.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class PlacesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String STATES = "/v1/projections/event-statistics/stream?key=None/Such";
    /** Waits as long as it may for a position that does not come. */
    private static final String WAIT = "/v1/projections/event-statistics/state/None%2FSuch?after=999999999&timeout=30s";

    /** Six places, three for each principal. */
    public static class Small extends Secured {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(super.getConfigOverrides());
            settings.put("eventuali.embedded-postgres.directory", "target/eventuali/places");
            settings.put("eventuali.subscription.max", "6");
            settings.put("eventuali.subscription.retry", "100ms");
            return settings;
        }
    }

    @TestHTTPResource
    URI base;

    @AfterEach
    void leave() {
        await("an empty list").atMost(PATIENCE).until(() -> listed().isEmpty());
    }

    @Test
    void one_principal_does_not_take_all_places_and_each_kind_takes_one() {
        try (SseProbe events = follow("reader", "/v1/events/stream").await("caught-up");
                SseProbe states = follow("reader", STATES).await("a document", probe -> probe.frameCount() > 0)) {
            CompletableFuture<Response> wait =
                    CompletableFuture.supplyAsync(() -> as("reader").get(WAIT));
            await("three places").atMost(PATIENCE).until(() -> listed().size() == 3);
            assertThat(listed())
                    .extracting(place -> place.get("kind"))
                    .containsExactlyInAnyOrder("events", "states", "wait");
            assertThat(listed()).allSatisfy(place -> assertThat(place)
                    .containsEntry("principal", "reader")
                    .containsKeys(
                            "id",
                            "filter",
                            "group",
                            "state",
                            "position",
                            "lag",
                            "delivered",
                            "bytes",
                            "since",
                            "peer"));

            for (String stream : List.of("/v1/events/stream", STATES)) {
                try (SseProbe refused = follow("reader", stream).awaitEnd()) {
                    assertThat(refused.status()).isEqualTo(200);
                    assertThat(refused.frames()).singleElement().satisfies(closing -> {
                        assertThat(closing.event()).isEqualTo("closing");
                        assertThat(closing.data()).contains("\"reason\":\"overloaded\"");
                        assertThat(closing.retry()).isPositive();
                    });
                }
            }
            noPlace(as("reader").get(WAIT));
            noPlace(as("reader").header("Accept", "application/x-ndjson").get("/v1/events"));
            as("reader").get("/v1/events").then().statusCode(200);

            try (SseProbe other = follow("admin", "/v1/events/stream").await("caught-up")) {
                as("admin")
                        .header("Accept", "application/x-ndjson")
                        .get("/v1/events")
                        .then()
                        .statusCode(200);
                assertThat(other.ended() || events.ended() || states.ended()).isFalse();
            }
            remove("wait");
            noPlace(wait.join());
        }
    }

    @Test
    void a_stream_of_documents_can_be_ended_by_an_operator() {
        try (SseProbe states = follow("reader", STATES).await("a document", probe -> probe.frameCount() > 0)) {
            remove("states");

            states.awaitEnd();
            assertThat(states.failure()).isNull();
            assertThat(states.frames("closing")).singleElement().satisfies(closing -> assertThat(closing.data())
                    .contains("\"reason\":\"unsubscribed\""));
        }
    }

    @Test
    void whose_events_are_followed_is_for_those_who_may_read_them() {
        try (SseProbe readers = follow("reader", "/v1/events/stream?id=a&aggregateType=Order&aggregateId=alice")
                        .await("caught-up");
                SseProbe all = follow("reader", "/v1/events/stream?id=b&aggregateId=bob")
                        .await("caught-up");
                SseProbe travels = follow("travel", "/v1/events/stream?id=c&aggregateType=Trip&aggregateId=t-1")
                        .await("caught-up")) {
            assertThat(List.of(readers, all, travels))
                    .extracting(SseProbe::status)
                    .containsOnly(200);
            assertThat(idsOf("operator", "a")).isNull();
            assertThat(idsOf("operator", "b")).isNull();
            assertThat(idsOf("operator", "c")).isNull();
            assertThat(idsOf("travel", "a")).isNull();
            assertThat(idsOf("travel", "b")).isNull();
            assertThat(idsOf("travel", "c")).isEqualTo(List.of("t-1"));
            assertThat(idsOf("admin", "a")).isEqualTo(List.of("alice"));
            assertThat(idsOf("admin", "b")).isEqualTo(List.of("bob"));
            assertThat(as("operator").get("/v1/subscriptions").asString()).doesNotContain("alice", "bob", "t-1");
        }
        try (SseProbe everything = follow("reader", "/v1/events/stream?id=d").await("caught-up")) {
            assertThat(everything.status()).isEqualTo(200);
            assertThat(idsOf("operator", "d")).as("of no aggregate alone").isEqualTo(List.of());
        }
    }

    private static Object idsOf(String principal, String subscription) {
        return as(principal)
                .get("/v1/subscriptions")
                .then()
                .statusCode(200)
                .extract()
                .path("subscriptions.find { it.id == '" + subscription + "' }.filter.aggregateId");
    }

    @Test
    void a_name_that_another_principal_has_too_is_another_subscription() {
        String id = "same-" + UUID.randomUUID();
        String stream = "/v1/events/stream?id=" + id;
        try (SseProbe readers = follow("reader", stream).await("caught-up");
                SseProbe admins = follow("admin", stream).await("caught-up")) {
            as("operator")
                    .delete("/v1/subscriptions/" + id)
                    .then()
                    .statusCode(409)
                    .body("type", equalTo("/problems/ambiguous-subscription"));
            as("operator")
                    .queryParam("principal", "a b")
                    .delete("/v1/subscriptions/" + id)
                    .then()
                    .statusCode(400);

            as("operator")
                    .delete("/v1/subscriptions/" + id + "?principal=reader")
                    .then()
                    .statusCode(204);

            readers.awaitEnd();
            assertThat(readers.frames("closing")).singleElement().satisfies(closing -> assertThat(closing.data())
                    .contains("\"reason\":\"unsubscribed\""));
            try (SseProbe again = follow("reader", stream);
                    SseProbe another = follow("admin", stream).await("caught-up")) {
                assertThat(again.status()).isEqualTo(204);
                assertThat(another.status()).isEqualTo(200);
            }
            assertThat(admins.ended()).isFalse();
        }
    }

    @Test
    void a_name_that_one_principal_has_is_ended_for_that_one() {
        String id = "one-" + UUID.randomUUID();
        String stream = "/v1/events/stream?id=" + id;
        try (SseProbe readers = follow("reader", stream).await("caught-up")) {
            as("operator").delete("/v1/subscriptions/" + id).then().statusCode(204);
            readers.awaitEnd();
        }
        try (SseProbe again = follow("reader", stream);
                SseProbe another = follow("admin", stream).await("caught-up")) {
            assertThat(again.status()).isEqualTo(204);
            assertThat(another.status()).isEqualTo(200);
        }
    }

    /** Ends what has a place of this kind. */
    private static void remove(String kind) {
        Object id = listed().stream()
                .filter(place -> place.get("kind").equals(kind))
                .findFirst()
                .orElseThrow()
                .get("id");
        as("operator").delete("/v1/subscriptions/" + id).then().statusCode(204);
    }

    private static void noPlace(Response answer) {
        ValidatableResponse refused = answer.then();
        refused.statusCode(429)
                .contentType("application/problem+json")
                .header("Retry-After", notNullValue())
                .body("type", equalTo("/problems/no-place"));
    }

    private static List<Map<String, Object>> listed() {
        return as("operator")
                .get("/v1/subscriptions")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getList("subscriptions");
    }

    private SseProbe follow(String principal, String path) {
        return SseProbe.to(base.resolve(path))
                .header("X-API-Key", TestKeys.key(principal))
                .open();
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }
}
