package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.engine.EngineStore;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the service's own engines write, nobody writes for them, whatever he may do otherwise. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ReservedStreamsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CANCEL =
            "{\"eventType\":\"CancelRequested\",\"data\":{\"by\":\"desk\",\"reason\":\"x\"}}";

    @Inject
    EngineStore engine;

    private final String id = UUID.randomUUID().toString();

    @ParameterizedTest
    @ValueSource(strings = {"publisher", "admin", "travel"})
    void a_publisher_cannot_cancel_a_saga_in_the_name_of_an_operator(String principal) {
        String saga = startTrip();
        long before = head();

        refused(post(principal, "/v1/streams/Saga.trip/" + saga + "/events", "[" + CANCEL + "]"), "Saga.trip");
        refused(post(principal, "/v1/streams/Saga%2Etrip/" + saga + "/events", "[" + CANCEL + "]"), "Saga.trip");

        assertThat(head()).isEqualTo(before);
        assertThat(status(saga)).isEqualTo("in_progress");
        end(saga);
    }

    @Test
    void a_publisher_cannot_skip_a_step_by_saying_that_it_was_done() {
        String saga = startTrip();
        int position = as("reader").get("/v1/sagas/trip/" + saga).path("position");

        refused(
                as("publisher")
                        .contentType("application/json")
                        .header("If-Match", "\"" + position + "\"")
                        .body(
                                "[{\"eventType\":\"StepCompleted\",\"data\":{\"step\":\"await-TripPaid\",\"attempt\":1,"
                                        + "\"durationMs\":1}},{\"eventType\":\"StepStarted\",\"data\":{\"step\":\"confirm\",\"attempt\":1}}]")
                        .post("/v1/streams/Saga.trip/" + saga + "/events")
                        .then(),
                "Saga.trip");

        as("reader").get("/v1/sagas/trip/" + saga).then().body("position", equalTo(position));
        end(saga);
    }

    @Test
    void a_forged_event_does_not_come_in_beside_others_and_takes_them_along() {
        long before = head();

        refused(
                post(
                        "admin",
                        "/v1/events",
                        "{\"appends\":[{\"aggregateType\":\"Order\",\"aggregateId\":\"%s\",\"events\":[{\"eventType\":\"T\",\"data\":1}]},"
                                        .formatted(id)
                                + "{\"aggregateType\":\"Saga.trip\",\"aggregateId\":\"%s\",\"events\":[%s]}]}"
                                        .formatted(id, CANCEL)),
                "Saga.trip");

        assertThat(head()).isEqualTo(before);
        as("reader").get("/v1/streams/Order/" + id + "/events").then().statusCode(404);
    }

    @Test
    void a_forged_event_does_not_come_in_as_a_cloud_event_of_any_mode() {
        long before = head();
        String forged = cloudEvent("Saga.trip");
        String honest = cloudEvent("Order");

        refused(cloudEvents("application/cloudevents+json", forged), "Saga.trip");
        refused(cloudEvents("application/cloudevents-batch+json", "[" + honest + "," + forged + "]"), "Saga.trip");
        for (String type : List.of("application/json", "application/octet-stream")) {
            refused(
                    as("admin")
                            .contentType(type)
                            .header("ce-specversion", "1.0")
                            .header("ce-id", UUID.randomUUID().toString())
                            .header("ce-source", "/x/Saga.trip")
                            .header("ce-type", "CancelRequested")
                            .header("ce-subject", id)
                            .body("{}".getBytes(StandardCharsets.UTF_8))
                            .post("/v1/events")
                            .then(),
                    "Saga.trip");
        }

        assertThat(head()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Saga.", "Saga.nothing", "Saga.trip.x", "Saga. trip"})
    void every_name_that_begins_like_the_service_s_own_is_refused(String aggregateType) {
        refused(
                as("admin")
                        .contentType("application/json")
                        .body("[" + CANCEL + "]")
                        .post("/v1/streams/{type}/{id}/events", aggregateType, id)
                        .then(),
                aggregateType);
    }

    /** Only the exact beginning is reserved: nothing folds the others, so nobody is misled by them. */
    @ParameterizedTest
    @ValueSource(strings = {"saga.trip", "SAGA.trip", "Saga", "Saga-trip", "Ѕaga.trip", "Saga．trip", "XSaga.trip"})
    void another_spelling_is_another_name(String aggregateType) {
        String saga = startTrip();

        as("admin")
                .contentType("application/json")
                .body("[" + CANCEL + "]")
                .post("/v1/streams/{type}/{id}/events", aggregateType, saga)
                .then()
                .statusCode(201);

        assertThat(status(saga)).isEqualTo("in_progress");
        end(saga);
    }

    @Test
    void what_a_forger_left_in_an_old_log_breaks_no_view_and_decides_nothing() {
        String saga = startTrip();
        for (String type : List.of("Garbage", "SagaCompleted", "CancelRequested", "StepCompleted", "SagaStarted")) {
            for (String data : List.of("{}", "[]", "{\"by\":1,\"step\":{},\"attempt\":\"x\",\"steps\":5}")) {
                leftBehind(saga, type, data);
            }
        }
        String other = UUID.randomUUID().toString();
        leftBehind(other, "Garbage", "{}");

        as("reader")
                .get("/v1/sagas/trip/" + saga)
                .then()
                .statusCode(200)
                .body("status", equalTo("in_progress"))
                .body("ignoredEvents", equalTo(15));
        as("reader").get("/v1/sagas/trip?limit=1000").then().statusCode(200);
        as("reader").get("/v1/sagas").then().statusCode(200);
        assertThat(as("reader")
                        .get("/v1/sagas/trip/" + saga + "/timeline?limit=1000")
                        .jsonPath()
                        .getList("timeline.eventType", String.class))
                .contains("Garbage");
        as("reader").get("/v1/sagas/trip/" + other).then().statusCode(404);
        end(saga);
        assertThat(as("reader")
                        .get("/v1/sagas/trip/" + saga + "/timeline?limit=1000")
                        .jsonPath()
                        .getList("timeline.findAll { it.eventType == 'CancelRequested' }.data.by"))
                .contains("operator");
    }

    private void leftBehind(String saga, String type, String data) {
        StreamId stream = new StreamId("Saga.trip", saga);
        engine.append(AppendRequest.to(stream, ExpectedPosition.ANY, List.of(NewEvent.of(type, data))), stream)
                .await()
                .atMost(PATIENCE);
    }

    private static void refused(ValidatableResponse answer, String aggregateType) {
        answer.statusCode(403)
                .body("type", equalTo("/problems/reserved-stream"))
                .body("aggregateType", equalTo(aggregateType));
    }

    private String cloudEvent(String aggregateType) {
        return "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/x/%s\",\"type\":\"CancelRequested\",\"subject\":\"%s\",\"data\":{}}"
                .formatted(UUID.randomUUID(), aggregateType, id);
    }

    private static ValidatableResponse cloudEvents(String mediaType, String body) {
        return as("admin")
                .contentType(mediaType)
                .body(body.getBytes(StandardCharsets.UTF_8))
                .post("/v1/events")
                .then();
    }

    /** A saga that waits for an event. */
    private String startTrip() {
        String saga = as("publisher")
                .contentType("application/json")
                .body("{\"data\":{\"id\":\"" + id + "\"}}")
                .post("/v1/sagas/trip")
                .then()
                .statusCode(201)
                .extract()
                .path("sagaId");
        await().atMost(PATIENCE).until(() -> "executing"
                .equals(as("reader")
                        .get("/v1/sagas/trip/" + saga)
                        .path("steps.find { it.name == 'await-TripPaid' }.status")));
        return saga;
    }

    /** The tests of this profile count positions: nothing may go on behind them. */
    private static void end(String saga) {
        as("operator")
                .contentType("application/json")
                .body("{\"reason\":\"a test\"}")
                .post("/v1/sagas/trip/" + saga + "/cancel")
                .then()
                .statusCode(200);
        await().atMost(PATIENCE).until(() -> status(saga).equals("cancelled"));
    }

    private static String status(String saga) {
        return as("reader").get("/v1/sagas/trip/" + saga).path("status");
    }

    private static ValidatableResponse post(String principal, String path, String body) {
        return as(principal)
                .urlEncodingEnabled(false)
                .contentType("application/json")
                .body(body)
                .post(path)
                .then();
    }

    private static long head() {
        return as("admin").get("/v1/position").then().extract().jsonPath().getLong("globalPosition");
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }
}
