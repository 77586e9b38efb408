package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No refusal and no clock tells of what is not granted. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class HiddenIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LONG = 30_000;
    private static final int AT_ONCE = 1_000;
    private static final int LOOKS = 25;

    @Inject
    EventStore store;

    private final String id = UUID.randomUUID().toString();

    @Test
    void nobody_learns_of_another_client_s_idempotency_key_or_takes_it_away() {
        String key = "cust-77-" + id;

        append("shop", "Order", "OrderPlaced", 1, key).statusCode(201);
        append("cart", "Cart", "CartFilled", 2, key).statusCode(201);
        // The same client, another stream.
        append("cart", "CartLine", "CartFilled", 2, key).statusCode(201);
        // And each of them can repeat its own.
        append("shop", "Order", "OrderPlaced", 1, key).statusCode(200).header("Idempotent-Replayed", "true");
        append("cart", "Cart", "CartFilled", 2, key).statusCode(200).header("Idempotent-Replayed", "true");
    }

    @Test
    void two_clients_with_the_same_key_for_the_same_stream_are_two() {
        append("shop", "Order", "OrderPlaced", 1, id).statusCode(201);
        append("publisher", "Order", "OrderPaid", 2, id).statusCode(201);
        append("shop", "Order", "OrderPlaced", 3, id).statusCode(409);
    }

    @Test
    void a_retry_with_the_client_s_next_key_is_still_a_retry() {
        append("cart", "Cart", "CartFilled", 1, id).statusCode(201);

        append("cart-new", "Cart", "CartFilled", 1, id).statusCode(200).header("Idempotent-Replayed", "true");
    }

    @Test
    void a_conflict_of_event_ids_names_the_place_only_to_those_who_may_see_it() {
        String event = "[{\"eventId\":\"" + id + "\",\"eventType\":\"OrderPlaced\",\"data\":1}]";
        post("admin", "Secret", event).statusCode(201);

        String refusal = post("shop", "Order", event)
                .statusCode(409)
                .body("type", equalTo("/problems/event-id-conflict"))
                .body("eventId", equalTo(id))
                .extract()
                .asString();

        assertThat(refusal).doesNotContain("Secret", "streamPosition", "position");
        post("publisher", "Order", event)
                .statusCode(409)
                .body("aggregateType", equalTo("Secret"))
                .body("aggregateId", equalTo(id))
                .body("streamPosition", equalTo(1));
    }

    @Test
    void nobody_learns_of_another_client_s_cloud_event_or_takes_its_id_away() {
        cloudEvent("shop", "Order", "OrderPlaced", 1).statusCode(201);
        cloudEvent("cart", "Cart", "CartFilled", 2).statusCode(201);
        // In a stream of which each sees other events.
        cloudEvent("admin", "Order", "Hidden", 3).statusCode(201);
        cloudEvent("shop", "Order", "OrderPaid", 4).statusCode(201);

        cloudEvent("shop", "Order", "OrderPlaced", 1).statusCode(200).header("Idempotent-Replayed", "true");
        cloudEvent("cart-new", "Cart", "CartFilled", 2).statusCode(200).header("Idempotent-Replayed", "true");
        cloudEvent("shop", "Order", "OrderPlaced", 5)
                .statusCode(409)
                .body("aggregateType", equalTo("Order"))
                .body("streamPosition", equalTo(1));
    }

    private ValidatableResponse cloudEvent(String principal, String type, String eventType, int data) {
        return as(principal)
                .contentType("application/cloudevents+json")
                .body(
                        ("{\"specversion\":\"1.0\",\"id\":\"order-17\",\"source\":\"/%s\",\"subject\":\"%s\",\"type\":\"%s\","
                                        + "\"aggregatetype\":\"%s\",\"data\":%d}")
                                .formatted(id, id, eventType, type, data))
                .post("/v1/events")
                .then();
    }

    @Test
    void a_request_that_would_write_nothing_tells_nothing_of_hidden_ids() {
        String hidden = UUID.randomUUID().toString();
        String own = UUID.randomUUID().toString();
        post("admin", "Secret", event(hidden, 1)).statusCode(201);
        post("shop", "Order", event(own, 1)).statusCode(201);
        String unused = UUID.randomUUID().toString();

        // Whether the precondition or an event of the client's own keeps it from writing.
        assertThat(expecting("shop", hidden).replace(hidden, unused)).isEqualTo(expecting("shop", unused));
        for (int data : List.of(1, 2)) {
            assertThat(besides("shop", event(own, data), event(hidden, 1)))
                    .isEqualTo(besides("shop", event(own, data), event(unused, 1)))
                    .contains(own);
            assertThat(besides("shop", event(hidden, 1), event(own, data)))
                    .isEqualTo(besides("shop", event(unused, 1), event(own, data)))
                    .contains(own);
        }
        // Those who may see it are told.
        as("publisher")
                .contentType("application/json")
                .header("If-Match", "\"77\"")
                .body(event(hidden, 2))
                .post("/v1/streams/Order/" + id + "/events")
                .then()
                .statusCode(409)
                .body("aggregateType", equalTo("Secret"));
        post("shop", "Order", event(unused, 1)).statusCode(201);
    }

    private static String event(String eventId, int data) {
        return "[{\"eventId\":\"%s\",\"eventType\":\"OrderPlaced\",\"data\":%d}]".formatted(eventId, data);
    }

    private String expecting(String principal, String eventId) {
        return as(principal)
                .contentType("application/json")
                .header("If-Match", "\"77\"")
                .body(event(eventId, 1))
                .post("/v1/streams/Order/" + id + "/events")
                .then()
                .statusCode(412)
                .extract()
                .asString();
    }

    private String besides(String principal, String first, String second) {
        return post(principal, "Order", first.substring(0, first.length() - 1) + "," + second.substring(1))
                .statusCode(409)
                .extract()
                .asString();
    }

    @Test
    void nobody_keeps_a_saga_from_starting_by_using_the_id_of_its_first_event() {
        String cause = UUID.randomUUID().toString();
        UUID saga = named("trip/" + cause);
        for (String guess : List.of("Saga.trip/" + saga, "trip/" + saga, saga.toString())) {
            as("cart")
                    .contentType("application/json")
                    .body("[{\"eventId\":\"%s\",\"eventType\":\"Squat\",\"data\":1}]".formatted(named(guess)))
                    .post("/v1/streams/Cart/" + id + "/events")
                    .then()
                    .statusCode(201);
        }

        as("publisher")
                .contentType("application/json")
                .body("[{\"eventId\":\"%s\",\"eventType\":\"TripPlanned\",\"data\":{\"insured\":false}}]"
                        .formatted(cause))
                .post("/v1/streams/Trip/" + id + "/events")
                .then()
                .statusCode(201);

        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> as("reader").get("/v1/sagas/trip/" + saga).statusCode() == 200);
        end(saga.toString());
    }

    private static UUID named(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_failed_precondition_tells_the_position_only_of_a_stream_that_is_there_for_the_caller() {
        post("admin", "Order", "[{\"eventType\":\"Hidden\",\"data\":1},{\"eventType\":\"Hidden\",\"data\":2}]")
                .statusCode(201);

        String hidden = expecting("shop", id, 7).statusCode(412).extract().asString();
        String absent = expecting("shop", "x" + id, 7).statusCode(412).extract().asString();
        assertThat(hidden).doesNotContain("actualPosition").isEqualTo(absent.replace("x" + id, id));

        expecting("publisher", id, 7).statusCode(412).body("actualPosition", equalTo(2));
        post("admin", "Order", "[{\"eventType\":\"OrderPlaced\",\"data\":1}]").statusCode(201);
        expecting("shop", id, 7).statusCode(412).body("actualPosition", equalTo(3));
    }

    private static ValidatableResponse expecting(String principal, String stream, int position) {
        return as(principal)
                .contentType("application/json")
                .header("If-Match", "\"" + position + "\"")
                .body("[{\"eventType\":\"OrderPlaced\",\"data\":1}]")
                .post("/v1/streams/Order/" + stream + "/events")
                .then();
    }

    @Test
    void a_long_hidden_stream_takes_no_longer_than_one_that_does_not_exist() {
        StreamId hidden = new StreamId("Order", id);
        for (int n = 0; n < LONG; n += AT_ONCE) {
            List<NewEvent> events =
                    Collections.nCopies(AT_ONCE, NewEvent.of("Hidden", "{\"text\":\"" + "x".repeat(200) + "\"}"));
            store.append(AppendRequest.to(hidden, ExpectedPosition.ANY, events))
                    .await()
                    .atMost(PATIENCE);
        }
        for (String query : List.of("", "?direction=backward", "?from=20000&limit=1000", "?from=40000")) {
            Response one = look(id, query);
            Response other = look("x" + id, query);
            assertThat(one.statusCode()).isEqualTo(404);
            assertThat(one.asString()).isEqualTo(other.asString().replace("x" + id, id));
            assertThat(one.headers().asList().stream().map(header -> header.getName()))
                    .isEqualTo(other.headers().asList().stream()
                            .map(header -> header.getName())
                            .toList());
            assertThat(as("shop").head(path(id) + query).statusCode())
                    .isEqualTo(as("shop").head(path("x" + id) + query).statusCode())
                    .isEqualTo(404);
        }

        List<Long> ofHidden = new ArrayList<>();
        List<Long> ofAbsent = new ArrayList<>();
        for (int n = 0; n < LOOKS; n++) {
            ofHidden.add(nanos(id));
            ofAbsent.add(nanos("x" + id));
        }

        // What was 2.2 s against 33 ms; the rest is noise of the machine.
        assertThat(median(ofHidden))
                .as("hidden %s, absent %s", ofHidden, ofAbsent)
                .isLessThan(3 * median(ofAbsent) + Duration.ofMillis(20).toNanos());
    }

    @Test
    void a_stream_is_there_from_its_first_granted_event_on_wherever_that_stands() {
        for (int n = 0; n < 150; n++) {
            post("admin", "Order", "[{\"eventType\":\"Hidden%s\",\"data\":1}]".formatted("x".repeat(50) + n))
                    .statusCode(201);
        }
        as("shop").get(path(id)).then().statusCode(404);

        post("admin", "Order", "[{\"eventType\":\"OrderPlaced\",\"data\":1}]").statusCode(201);

        // More types than are remembered: the page itself tells.
        as("shop").get(path(id) + "?direction=backward").then().statusCode(200).body("events.size()", equalTo(1));
        String other = "y" + id;
        as("admin")
                .contentType("application/json")
                .body("[{\"eventType\":\"Hidden\",\"data\":1},{\"eventType\":\"OrderPlaced\",\"data\":1}]")
                .post(path(other))
                .then()
                .statusCode(201);
        as("shop").get(path(other) + "?limit=1").then().statusCode(200).body("events.size()", equalTo(0));
    }

    private Response look(String stream, String query) {
        return as("shop").get(path(stream) + query);
    }

    private long nanos(String stream) {
        long began = System.nanoTime();
        look(stream, "");
        return System.nanoTime() - began;
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }

    private static String path(String stream) {
        return "/v1/streams/Order/" + stream + "/events";
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/timeline"})
    void a_saga_whose_events_are_not_granted_is_no_saga(String of) {
        String saga = startTrip("publisher", "k-" + id, 201);

        String hidden = as("placed")
                .get("/v1/sagas/trip/" + saga + of)
                .then()
                .statusCode(404)
                .extract()
                .asString();
        String absent = as("placed")
                .get("/v1/sagas/trip/x" + saga + of)
                .then()
                .statusCode(404)
                .extract()
                .asString();

        assertThat(hidden).isEqualTo(absent.replace("x" + saga, saga));
        for (String query : List.of("", "?businessKey=k-" + id, "?status=in_progress")) {
            as("placed")
                    .get("/v1/sagas/trip" + query)
                    .then()
                    .statusCode(200)
                    .body("sagas.size()", equalTo(0))
                    .body("types.size()", equalTo(0))
                    .body("next", nullValue());
        }
        end(saga);
    }

    @Test
    void an_operator_sees_how_a_saga_is_doing_and_nothing_of_what_it_is_about() {
        String saga = startTrip("publisher", "k-" + id, 201);
        String path = "/v1/sagas/trip/" + saga;

        String view = as("operator")
                .get(path)
                .then()
                .statusCode(200)
                .body("sagaId", equalTo(saga))
                .body("steps.name", not(nullValue()))
                .body("data", nullValue())
                .body("startedBy", nullValue())
                .extract()
                .asString();
        String timeline = as("operator")
                .get(path + "/timeline")
                .then()
                .statusCode(200)
                .body("timeline[0].eventType", equalTo("SagaStarted"))
                .body("timeline[0].data", nullValue())
                .extract()
                .asString();
        String list = as("operator")
                .get("/v1/sagas/trip?limit=1000")
                .then()
                .statusCode(200)
                .extract()
                .asString();
        String all = as("operator")
                .get("/v1/sagas?limit=1000")
                .then()
                .statusCode(200)
                .extract()
                .asString();
        String act = cancel("operator", saga).statusCode(200).extract().asString();

        for (String seen : List.of(view, timeline, list, all, act)) {
            assertThat(seen).contains(saga).doesNotContain(id, "the reason");
        }
        as("operator")
                .get("/v1/sagas/trip?businessKey=k-" + id)
                .then()
                .statusCode(403)
                .body("type", equalTo("/problems/forbidden"));
        as("operator").get("/v1/sagas?businessKey=nothing").then().statusCode(403);
        // Who may read its events sees everything, also as an operator.
        as("travel")
                .get(path)
                .then()
                .statusCode(200)
                .body("data.id", equalTo(id))
                .body("startedBy", equalTo("publisher"))
                .body("businessKey", equalTo("k-" + id));
        as("reader")
                .get(path + "/timeline")
                .then()
                .body("timeline[0].data.data.id", equalTo(id))
                .body("timeline[0].data.by", equalTo("publisher"));
        end(saga);
    }

    @Test
    void a_saga_is_started_by_those_only_who_may_write_its_first_event_and_tells_them_nothing_of_another() {
        as("teller")
                .contentType("application/json")
                .body("{\"data\":{\"id\":\"x\"}}")
                .post("/v1/sagas/trip")
                .then()
                .statusCode(403)
                .body("aggregateType", equalTo("Saga.trip"))
                .body("eventType", equalTo("SagaStarted"));
        String saga = startTrip("publisher", "k-" + id, 201);

        String second = as("starter")
                .contentType("application/json")
                .body("{\"businessKey\":\"k-" + id + "\",\"data\":{\"id\":\"guess\"}}")
                .post("/v1/sagas/trip")
                .then()
                .statusCode(200)
                .body("sagaId", equalTo(saga))
                .extract()
                .asString();

        assertThat(second).doesNotContain(id);
        end(saga);
    }

    @Test
    void an_operator_sees_which_events_a_projection_could_not_handle_and_nothing_of_what_is_in_them() {
        int position = as("admin")
                .contentType("application/json")
                .body("[{\"eventType\":\"Withdrawn\",\"data\":{\"amount\":\"much\"}}]")
                .post("/v1/streams/Ledger-hidden/" + id + "/events")
                .then()
                .statusCode(201)
                .extract()
                .path("lastGlobalPosition");
        String letters = "/v1/projections/ledger/dead-letters?after=" + (position - 1);
        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> as("admin")
                                .get(letters)
                                .jsonPath()
                                .getList("deadLetters")
                                .size()
                        == 1);

        as("admin").get(letters).then().body("deadLetters[0].key", equalTo(id));
        assertThat(as("operator")
                        .get(letters)
                        .then()
                        .statusCode(200)
                        .body("deadLetters[0].position", equalTo(position))
                        .body("deadLetters[0].reason", equalTo("java.io.UncheckedIOException"))
                        .extract()
                        .asString())
                .doesNotContain(id, "much");
    }

    @Test
    void an_idempotency_key_of_a_saga_start_neither_tells_another_principal_anything_nor_keeps_it_out() {
        String first = startWithKey("starter", 1).statusCode(201).extract().path("sagaId");
        String second = startWithKey("publisher", 2).statusCode(201).extract().path("sagaId");

        assertThat(second).isNotEqualTo(first);
        for (String principal : List.of("starter", "publisher")) {
            String own = principal.equals("starter") ? first : second;
            // Whatever else the repetition says, the saga is the principal's own one.
            for (int data : List.of(1, 2)) {
                String again = startWithKey(principal, data).extract().asString();
                assertThat(again).doesNotContain(own.equals(first) ? second : first);
            }
            startWithKey(principal, own.equals(first) ? 1 : 2)
                    .statusCode(200)
                    .body("sagaId", equalTo(own))
                    .body("data", nullValue());
        }
        assertThat(as("reader").get("/v1/sagas/trip?limit=1000").jsonPath().getList("sagas.sagaId", String.class))
                .contains(first, second);
        for (String saga : List.of(first, second)) {
            as("reader").get("/v1/sagas/trip/" + saga).then().body("data.id", equalTo(id));
            end(saga);
        }
    }

    private ValidatableResponse startWithKey(String principal, int number) {
        return as(principal)
                .contentType("application/json")
                .header("Idempotency-Key", "cust-" + id)
                .body("{\"data\":{\"id\":\"%s\",\"number\":%d}}".formatted(id, number))
                .post("/v1/sagas/trip")
                .then();
    }

    private String startTrip(String principal, String key, int status) {
        return as(principal)
                .contentType("application/json")
                .body("{\"businessKey\":\"%s\",\"data\":{\"id\":\"%s\"}}".formatted(key, id))
                .post("/v1/sagas/trip")
                .then()
                .statusCode(status)
                .extract()
                .path("sagaId");
    }

    private static ValidatableResponse cancel(String principal, String saga) {
        return as(principal)
                .contentType("application/json")
                .body("{\"reason\":\"the reason\"}")
                .post("/v1/sagas/trip/" + saga + "/cancel")
                .then();
    }

    /** The tests of this profile count positions: nothing may go on behind them. */
    private static void end(String saga) {
        cancel("operator", saga);
        org.awaitility.Awaitility.await().atMost(PATIENCE).until(() -> "cancelled"
                .equals(as("reader").get("/v1/sagas/trip/" + saga).path("status")));
    }

    private ValidatableResponse append(String principal, String type, String eventType, int data, String key) {
        return as(principal)
                .contentType("application/json")
                .header("Idempotency-Key", key)
                .body("[{\"eventType\":\"%s\",\"data\":%d}]".formatted(eventType, data))
                .post("/v1/streams/" + type + "/" + id + "/events")
                .then();
    }

    private ValidatableResponse post(String principal, String type, String events) {
        return as(principal)
                .contentType("application/json")
                .body(events)
                .post("/v1/streams/" + type + "/" + id + "/events")
                .then();
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }
}
