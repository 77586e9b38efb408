package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Of what is not granted, a reader sees nothing but that positions go on. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class GrantIT {
    @TestHTTPResource
    URI base;

    private final String id = UUID.randomUUID().toString();

    @Test
    void pages_of_the_log_have_granted_events_only() {
        long before = head();
        append("Order", "OrderPlaced");
        append("Secret", "OrderPlaced");
        append("Order", "Hidden");
        append("OrderLine", "Shared");

        assertThat(shop("/v1/events?from=" + before, "events.aggregateType")).containsExactly("Order", "OrderLine");
        assertThat(shop("/v1/events?aggregateType=Secret&from=" + before, "events.eventType"))
                .isEmpty();
        assertThat(shop("/v1/events?aggregateType=*&eventType=*&from=" + before, "events.eventType"))
                .containsExactly("OrderPlaced", "Shared");
        // Past what is hidden, so that the next page does not begin there again.
        as("shop").get("/v1/events?from=" + before).then().body("nextFrom", equalTo((int) (before + 4)));
    }

    @Test
    void sagas_are_for_those_who_may_see_their_events() {
        String saga = startTrip("travel").statusCode(201).extract().path("sagaId");

        startTrip("shop").statusCode(403);
        as("travel").get("/v1/sagas/trip").then().statusCode(200).body("sagas.sagaId", hasItem(saga));
        as("travel").get("/v1/sagas/trip/" + saga).then().statusCode(200);
        as("travel").get("/v1/sagas/trip/" + saga + "/timeline").then().statusCode(200);
        as("travel").get("/v1/sagas/invoice").then().statusCode(403);
        as("travel").get("/v1/sagas").then().statusCode(403);
        for (String hidden :
                List.of("/v1/sagas/trip", "/v1/sagas/trip/" + saga, "/v1/sagas/trip/" + saga + "/timeline")) {
            as("shop").get(hidden).then().statusCode(403);
        }
        as("reader").get("/v1/sagas").then().statusCode(200).body("sagas.sagaId", hasItem(saga));
        cancel("travel", saga).statusCode(200);
        awaitEnd(saga);
    }

    @Test
    void an_operator_cannot_say_to_be_somebody_else() {
        String saga = startTrip("publisher").statusCode(201).extract().path("sagaId");
        cancel("reader", saga).statusCode(403);
        cancel("publisher", saga).statusCode(403);

        cancel("operator", saga).statusCode(200);

        awaitEnd(saga);
        as("reader")
                .get("/v1/sagas/trip/" + saga + "/timeline?limit=1000")
                .then()
                .body("timeline.find { it.eventType == 'CancelRequested' }.data.by", equalTo("operator"));
    }

    /** Its last event is in the log; the other tests count positions. */
    private static void awaitEnd(String saga) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> as("reader").get("/v1/sagas/trip/" + saga).path("status"), status -> List.of(
                                "cancelled", "compensated", "failed", "completed")
                        .contains(status));
    }

    private ValidatableResponse startTrip(String principal) {
        return as(principal)
                .contentType("application/json")
                .body("{\"data\":{\"id\":\"" + id + "\"}}")
                .post("/v1/sagas/trip")
                .then();
    }

    private ValidatableResponse cancel(String principal, String saga) {
        return as(principal)
                .contentType("application/json")
                .body("{\"by\":\"somebody else\",\"reason\":\"a test\"}")
                .post("/v1/sagas/trip/" + saga + "/cancel")
                .then();
    }

    @Test
    void an_export_has_granted_events_only() {
        long before = head();
        append("Order", "OrderPlaced");
        append("Secret", "OrderPlaced");

        String lines = as("shop")
                .accept("application/x-ndjson")
                .get("/v1/events?from=" + before)
                .then()
                .statusCode(200)
                .extract()
                .asString();

        assertThat(lines.lines()).singleElement().asString().contains("\"Order\"");
    }

    @Test
    void a_hidden_event_is_as_absent_as_one_that_does_not_exist() {
        append("Secret", "OrderPlaced");
        long hidden = head();
        long absent = hidden + 1_000_000;

        String one = as("shop")
                .get("/v1/events/" + hidden)
                .then()
                .statusCode(404)
                .extract()
                .asString();
        String other = as("shop")
                .get("/v1/events/" + absent)
                .then()
                .statusCode(404)
                .extract()
                .asString();

        assertThat(one.replace(Long.toString(hidden), "N")).isEqualTo(other.replace(Long.toString(absent), "N"));
        as("reader").get("/v1/events/" + hidden).then().statusCode(200);
    }

    @Test
    void a_stream_without_granted_events_is_as_absent_as_one_that_does_not_exist() {
        append("Secret", "OrderPlaced");
        append("Order", "Hidden");

        for (String type : List.of("Secret", "Order")) {
            String one = stream(type, id);
            String other = stream(type, "x" + id);
            assertThat(one.replace(id, "ID")).isEqualTo(other.replace("x" + id, "ID"));
        }
    }

    private String stream(String type, String aggregateId) {
        return as("shop")
                .get("/v1/streams/" + type + "/" + aggregateId + "/events")
                .then()
                .statusCode(404)
                .extract()
                .asString();
    }

    @Test
    void a_stream_with_some_granted_events_shows_those() {
        append("Order", "OrderPlaced");
        append("Order", "Hidden");
        append("Order", "OrderPaid");

        String path = "/v1/streams/Order/" + id + "/events";
        assertThat(shop(path, "events.eventType")).containsExactly("OrderPlaced", "OrderPaid");
        assertThat(shop(path + "?from=2&limit=1", "events.eventType")).isEmpty();
        assertThat(shop(path + "?direction=backward", "events.streamPosition")).containsExactly(3, 1);
    }

    @Test
    void a_replay_and_a_live_stream_have_granted_events_only() {
        long before = head();
        append("Secret", "OrderPlaced");
        append("Order", "Hidden");
        append("Order", "OrderPlaced");
        try (SseProbe shop = follow("shop", "from=" + before);
                SseProbe asked = follow("shop", "aggregateType=*&eventType=*&from=" + before);
                SseProbe greedy = follow("shop", "aggregateType=Secret&from=" + before)) {
            for (SseProbe probe : List.of(shop, asked, greedy)) {
                probe.await("caught-up");
            }
            append("Secret", "OrderPlaced");
            append("Order", "Hidden");
            append("OrderLine", "Shared");
            long last = head();

            for (SseProbe probe : List.of(shop, asked)) {
                probe.await("the last event", seen -> seen.positions().contains(last));
                assertThat(probe.positions()).containsExactly(before + 3, before + 6);
            }
            assertThat(greedy.positions()).isEmpty();
        }
    }

    @Test
    void events_that_are_not_granted_cannot_be_appended() {
        long before = head();

        post("shop", "Secret", "OrderPlaced", 403);
        post("shop", "Order", "Hidden", 403);
        as("shop")
                .contentType("application/json")
                .body("{\"appends\":[{\"aggregateType\":\"Order\",\"aggregateId\":\"%s\",\"events\":".formatted(id)
                        + "[{\"eventType\":\"OrderPlaced\",\"data\":1},{\"eventType\":\"Hidden\",\"data\":1}]}]}")
                .post("/v1/events")
                .then()
                .statusCode(403)
                .body("eventType", equalTo("Hidden"));

        assertThat(head()).isEqualTo(before);
        post("shop", "Order", "OrderPlaced", 201);
    }

    @Test
    void cloud_events_that_are_not_granted_cannot_be_appended_in_any_mode() {
        String granted = cloudEvent("OrderPlaced");
        String hidden = cloudEvent("Hidden");

        cloudEvents("application/cloudevents+json", hidden, 403);
        cloudEvents("application/cloudevents-batch+json", "[" + granted + "," + hidden + "]", 403);
        binaryCloudEvent("Hidden", 403);

        String stream = "/v1/streams/Order/" + id + "/events";
        as("reader").get(stream).then().statusCode(404);
        cloudEvents("application/cloudevents+json", granted, 201);
        binaryCloudEvent("OrderPlaced", 201);
        assertThat(shop(stream, "events.streamPosition")).containsExactly(1, 2);
    }

    private String cloudEvent(String type) {
        return "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/shop/Order\",\"type\":\"%s\",\"subject\":\"%s\",\"data\":{}}"
                .formatted(UUID.randomUUID(), type, id);
    }

    private static void cloudEvents(String mediaType, String body, int status) {
        as("shop")
                .contentType(mediaType)
                .body(body.getBytes(StandardCharsets.UTF_8))
                .post("/v1/events")
                .then()
                .statusCode(status);
    }

    private void binaryCloudEvent(String type, int status) {
        as("shop")
                .contentType("application/json")
                .header("ce-specversion", "1.0")
                .header("ce-id", UUID.randomUUID().toString())
                .header("ce-source", "/shop/Order")
                .header("ce-type", type)
                .header("ce-subject", id)
                .body("{}")
                .post("/v1/events")
                .then()
                .statusCode(status);
    }

    @Test
    void streams_are_listed_of_which_something_is_granted() {
        append("Order", "OrderPlaced");
        append("OrderLine", "OrderPlaced");
        append("OrderLine", "Hidden");
        append("OrderHidden", "Hidden");
        append("Secret", "OrderPlaced");

        String query = "/v1/streams?limit=1000&prefix=" + id;
        assertThat(shop(query, "streams.aggregateType")).containsExactly("Order", "OrderLine");
        assertThat(shop(query, "streams.position")).containsExactly(1, 2);
        assertThat(shop(query, "streams.lastTimestamp").get(0)).isNotNull();
        assertThat(shop(query, "streams.lastTimestamp").get(1)).isNull();
        assertThat(shop(query, "streams.firstTimestamp").get(1)).isNull();
        assertThat(shop(query + "&aggregateType=Secret", "streams")).isEmpty();
        assertThat(as("reader").get(query).then().extract().jsonPath().getList("streams.lastTimestamp"))
                .hasSize(4)
                .doesNotContainNull();
    }

    @Test
    void types_are_listed_of_events_that_are_granted() {
        append("Order", "Shared");
        append("Order", "Hidden");
        append("Secret", "Shared");

        assertThat(shop("/v1/event-types?limit=1000", "eventTypes.eventType"))
                .contains("Shared")
                .doesNotContain("Hidden");
        assertThat(shop("/v1/event-types?prefix=Shared", "eventTypes.aggregateTypes.flatten()"))
                .contains("Order")
                .doesNotContain("Secret");
        assertThat(shop("/v1/event-types?aggregateType=Secret", "eventTypes")).isEmpty();
        assertThat(as("reader")
                        .get("/v1/event-types?limit=1000")
                        .then()
                        .extract()
                        .jsonPath()
                        .getList("eventTypes.eventType"))
                .contains("Hidden", "Shared");
    }

    @Test
    void what_is_expected_of_streams_that_are_not_written_to_has_to_be_granted_too() {
        append("Secret", "SecretTold");
        append("Order", "Shared");

        expecting("Secret", 1, 403);
        expecting("Secret", 0, 403);
        expecting("Order", 7, 412);
        expecting("Order", 1, 201);
    }

    private void expecting(String type, int position, int status) {
        as("shop")
                .contentType("application/json")
                .body("""
                        {"appends":[
                          {"aggregateType":"OrderLine","aggregateId":"%s","events":[{"eventType":"OrderPlaced","data":1}]},
                          {"aggregateType":"%s","aggregateId":"%s","expectedPosition":%d}]}
                        """.formatted(id, type, id, position))
                .post("/v1/events")
                .then()
                .statusCode(status);
    }

    @Test
    void read_models_are_granted_by_name() {
        as("dashboard").get("/v1/projections/event-statistics/state").then().statusCode(200);
        as("shop")
                .get("/v1/projections/event-statistics/state")
                .then()
                .statusCode(403)
                .body("type", equalTo("/problems/forbidden"));
        assertThat(shop("/v1/projections", "projections.name")).isEmpty();
        assertThat(as("dashboard")
                        .get("/v1/projections")
                        .then()
                        .extract()
                        .jsonPath()
                        .getList("projections.name"))
                .containsExactly("event-statistics");
    }

    private SseProbe follow(String principal, String query) {
        return SseProbe.to(base.resolve("/v1/events/stream?" + query))
                .header("X-API-Key", TestKeys.key(principal))
                .open();
    }

    private static List<Object> shop(String path, String member) {
        return as("shop").get(path).then().statusCode(200).extract().jsonPath().getList(member);
    }

    private void append(String type, String eventType) {
        post("admin", type, eventType, 201);
    }

    private void post(String principal, String type, String eventType, int status) {
        as(principal)
                .contentType("application/json")
                .body("[{\"eventType\":\"" + eventType + "\",\"data\":{}}]")
                .post("/v1/streams/" + type + "/" + id + "/events")
                .then()
                .statusCode(status);
    }

    private static long head() {
        return as("admin").get("/v1/position").then().extract().jsonPath().getLong("globalPosition");
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }
}
