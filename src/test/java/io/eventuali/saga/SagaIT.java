package io.eventuali.saga;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.saga.TripSaga.Trip;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.eventuali.store.ReservedStreamException;
import io.eventuali.store.engine.EngineStore;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a saga does with steps that succeed, fail and never answer, with events, and with what operators ask. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    EventStore store;

    @Inject
    EngineStore engineStore;

    private final String trip = UUID.randomUUID().toString();

    @Test
    void a_saga_started_by_an_event_runs_its_steps_and_ends() {
        append("Trip", trip, "TripPlanned", "{\"insured\":true}");
        String id = awaitSaga();
        awaitStatus(id, "in_progress", "await-TripPaid", "executing");

        append("Trip", trip, "TripPaid", "{\"receipt\":\"R1\"}");

        JsonPath saga = awaitFinal(id);
        assertThat(saga.getString("status")).isEqualTo("completed");
        assertThat(saga.getList("steps.findAll { it.name != 'visa' }.status")).containsOnly("completed");
        assertThat(saga.getString("data.flight")).isEqualTo("F1");
        assertThat(saga.getString("data.hotel")).isEqualTo("H1");
        assertThat(saga.getString("data.payment")).isEqualTo("R1");
        assertThat(saga.getString("businessKey")).isEqualTo(trip);
        assertThat(saga.getList("timers")).isEmpty();
        assertThat(saga.getList("allowedVerbs")).isEmpty();
        assertThat(types(id))
                .startsWith("SagaStarted", "StepStarted", "StepCompleted")
                .endsWith("AwaitedEventReceived", "StepCompleted", "StepStarted", "StepCompleted", "SagaCompleted");
        assertThat(events("Trip", trip)).extracting(StreamEvent::eventType).endsWith("TripConfirmed");
        assertThat(TripSaga.CALLS.get(trip)).allMatch(call -> call.key().equals(id + ":" + call.step()));
    }

    @Test
    void a_saga_started_through_the_api_is_found_by_its_business_key_and_a_second_start_returns_it() {
        ValidatableResponse first = start(trip, 201);
        String id = first.extract().path("sagaId");
        first.header("Location", containsString("/v1/sagas/trip/" + id));

        start(trip, 200).body("sagaId", equalTo(id));

        given().get("/v1/sagas/trip?businessKey=" + trip)
                .then()
                .statusCode(200)
                .body("sagas.sagaId", equalTo(List.of(id)))
                .body("next", nullValue())
                .body("types.type", equalTo(List.of("trip")));
        pay();
        awaitFinal(id);
        String second = start(trip, 201).extract().path("sagaId");
        assertThat(second).isNotEqualTo(id);
        pay();
        awaitFinal(second);
        given().get("/v1/sagas?type=trip&status=completed&businessKey=" + trip + "&limit=1")
                .then()
                .body("sagas", hasSize(1))
                .body("next", notNullValue());
    }

    @Test
    void a_start_that_is_repeated_with_its_idempotency_key_returns_the_saga_also_after_that_has_ended() {
        String body = "{\"businessKey\":\"%s\",\"data\":{\"id\":\"%s\"}}".formatted(trip, trip);
        String id = startWithKey(trip, body, 201);
        assertThat(startWithKey(trip, body, 200)).isEqualTo(id);
        pay();
        await().atMost(PATIENCE).until(() -> status(id).equals("completed"));

        assertThat(startWithKey(trip, body, 200)).isEqualTo(id);
        assertThat(startWithKey(trip + "-other", body, 201)).isNotEqualTo(id);
        given().header("Idempotency-Key", "a b")
                .contentType("application/json")
                .body(body)
                .post("/v1/sagas/trip")
                .then()
                .statusCode(400)
                .body("field", equalTo("Idempotency-Key"));
    }

    private static String startWithKey(String key, String body, int status) {
        return given().header("Idempotency-Key", key)
                .contentType("application/json")
                .body(body)
                .post("/v1/sagas/trip")
                .then()
                .statusCode(status)
                .extract()
                .path("sagaId");
    }

    @Test
    void a_step_that_fails_is_tried_again_with_the_same_key() {
        AtomicInteger calls = new AtomicInteger();
        script("car", (data, context) -> {
            if (calls.incrementAndGet() < 3) {
                throw new IllegalStateException("no car");
            }
            return null;
        });
        String id = start(trip, 201).extract().path("sagaId");
        pay();

        JsonPath saga = awaitFinal(id);

        assertThat(saga.getString("status")).isEqualTo("completed");
        assertThat(saga.getInt("steps.find { it.name == 'car' }.attempts")).isEqualTo(3);
        assertThat(TripSaga.CALLS.get(trip).stream()
                        .filter(call -> call.step().equals("car"))
                        .map(TripSaga.Call::key)
                        .distinct())
                .hasSize(1);
    }

    @Test
    void a_saga_whose_first_step_fails_has_failed_with_nothing_to_undo() {
        script("car", (data, context) -> {
            throw new IllegalStateException("no car");
        });
        String id = start(trip, 201).extract().path("sagaId");

        JsonPath saga = awaitFinal(id);

        assertThat(saga.getString("status")).isEqualTo("failed");
        assertThat(saga.getString("failure")).contains("no car");
        assertThat(saga.getString("steps[0].error.type")).isEqualTo("java.lang.IllegalStateException");
        assertThat(saga.getList("steps.status", String.class))
                .startsWith("failed")
                .filteredOn(status -> !status.equals("failed"))
                .containsOnly("pending");
        assertThat(TripSaga.steps(trip)).containsOnly("car");
    }

    @Test
    void what_was_done_is_undone_in_reverse_order() {
        append("Trip", trip, "TripPlanned", "{\"insured\":true}");
        script("confirm", (data, context) -> {
            throw new IllegalStateException("not confirmed");
        });
        String id = awaitSaga();
        pay();

        JsonPath saga = awaitFinal(id);

        assertThat(saga.getString("status")).isEqualTo("compensated");
        assertThat(TripSaga.steps(trip).stream()
                        .filter(step -> step.startsWith("undo-"))
                        .toList())
                .startsWith("undo-insurance")
                .containsExactlyInAnyOrder("undo-insurance", "undo-hotel", "undo-flight", "undo-car")
                .endsWith("undo-car");
        assertThat(events("Trip", trip)).extracting(StreamEvent::eventType).doesNotContain("TripConfirmed");
        assertThat(TripSaga.CALLS.get(trip).stream()
                        .filter(call -> call.step().equals("undo-car"))
                        .map(TripSaga.Call::key))
                .containsExactly(id + ":car:compensation");
    }

    @Test
    void a_step_that_answers_too_late_is_undone_and_its_answer_is_recorded_but_not_heard() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        String slow = TripSaga.SLOW + trip;
        TripSaga.SCRIPT.put(slow + ":visa", (data, context) -> {
            boolean went = false;
            while (!went) {
                try {
                    went = go.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException ignored) {
                    // A service that does not hear that nobody waits for it any more.
                }
            }
            return null;
        });
        String id = start(slow, 201).extract().path("sagaId");
        await().atMost(PATIENCE).until(() -> status(id).equals("compensated"));

        go.countDown();

        await().atMost(PATIENCE)
                .until(() ->
                        types(id).stream().filter("LateResultIgnored"::equals).count() == 3);
        assertThat(status(id)).isEqualTo("compensated");
        assertThat(types(id).stream().filter("StepStarted"::equals)).hasSize(4);
        assertThat(TripSaga.steps(slow)).endsWith("undo-visa", "undo-car");
    }

    @Test
    void a_compensation_that_fails_for_ever_waits_for_an_operator() {
        script("confirm", (data, context) -> {
            throw new IllegalStateException("not confirmed");
        });
        script("undo-flight", (data, context) -> {
            throw new IllegalStateException("no refund");
        });
        script("undo-car", (data, context) -> {
            throw new IllegalStateException("car is gone");
        });
        String id = start(trip, 201).extract().path("sagaId");
        pay();
        await().atMost(PATIENCE).until(() -> status(id).equals("compensation_failed"));
        assertThat(TripSaga.steps(trip)).doesNotContain("undo-car");
        // The list is made of the streams and may be a moment behind them.
        await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/sagas/trip?status=compensation_failed&limit=1000")
                .then()
                .body("sagas.sagaId", hasItem(id)));

        ask(id, "cancel", "{}")
                .statusCode(409)
                .body("type", equalTo("/problems/verb-not-allowed"))
                .body("sagaStatus", equalTo("compensation_failed"))
                .body("allowedVerbs", equalTo(List.of("resolve", "retry", "skip")));
        ask(id, "resolve", "{}").statusCode(400).body("field", equalTo("reason"));
        ask(id, "retry", "{\"by\":\"ada\",\"reason\":\"bank is back\"}").statusCode(200);
        await().atMost(PATIENCE)
                .until(() ->
                        types(id).stream().filter("CompensationFailed"::equals).count() >= 12);
        await().atMost(PATIENCE).until(() -> status(id).equals("compensation_failed"));
        ask(id, "resolve", "{\"by\":\"ada\",\"reason\":\"refunded by hand\"}").statusCode(200);
        await().atMost(PATIENCE)
                .until(() ->
                        TripSaga.steps(trip).stream().filter("undo-car"::equals).count() == 3);
        await().atMost(PATIENCE).until(() -> status(id).equals("compensation_failed"));
        ask(id, "skip", "{\"by\":\"ada\"}").statusCode(200);

        JsonPath saga = awaitFinal(id);
        assertThat(saga.getString("status")).isEqualTo("compensated");
        given().get("/v1/sagas/trip/" + id + "/timeline?limit=1000")
                .then()
                .body("timeline.find { it.eventType == 'RetryRequested' }.data.by", equalTo("ada"))
                .body(
                        "timeline.find { it.eventType == 'StepCompensated' && it.data.by == 'ada' }.data.reason",
                        equalTo("refunded by hand"));
        ask(id, "retry", "{}").statusCode(409).body("allowedVerbs", empty());
    }

    @Test
    void a_saga_that_waits_can_be_cancelled_or_have_its_step_skipped() {
        String cancelled = start(trip, 201).extract().path("sagaId");
        awaitStatus(cancelled, "in_progress", "await-TripPaid", "executing");
        ask(cancelled, "cancel", "{\"by\":\"ada\",\"reason\":\"changed her mind\"}")
                .statusCode(200)
                .body("status", equalTo("compensating"));
        assertThat(awaitFinal(cancelled).getString("status")).isEqualTo("cancelled");
        assertThat(TripSaga.steps(trip)).endsWith("undo-car");

        String skipped = start(trip, 201).extract().path("sagaId");
        awaitStatus(skipped, "in_progress", "await-TripPaid", "executing");
        ask(skipped, "skip", "{\"step\":\"await-TripPaid\"}").statusCode(200);
        assertThat(awaitFinal(skipped).getString("status")).isEqualTo("completed");
    }

    @Test
    void an_event_that_came_before_the_saga_got_to_it_counts() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        script("flight", (data, context) -> {
            await().atMost(PATIENCE).until(() -> go.getCount() == 0);
            return null;
        });
        String id = start(trip, 201).extract().path("sagaId");
        awaitStatus(id, "in_progress", "flight", "executing");
        pay();
        go.countDown();

        assertThat(awaitFinal(id).getString("status")).isEqualTo("completed");
    }

    @Test
    void one_event_starts_and_reaches_sagas_of_two_types() {
        append("Trip", trip, "TripBooked", "{\"insured\":false}");
        String id = awaitSaga();
        String invoice = awaitSaga(InvoiceSaga.NAME);

        pay();

        assertThat(awaitFinal(id).getString("status")).isEqualTo("completed");
        await().atMost(PATIENCE).until(() -> given().get("/v1/sagas/invoice/" + invoice)
                .jsonPath()
                .getString("status")
                .equals("completed"));
    }

    @Test
    void one_event_reaches_every_saga_of_a_type_that_waits_for_it() {
        List<String> ids = new ArrayList<>();
        for (String key : List.of("a-" + trip, "b-" + trip, "c-" + trip)) {
            ids.add(start(key, trip, 201).extract().path("sagaId"));
        }
        ids.forEach(id -> awaitStatus(id, "in_progress", "await-TripPaid", "executing"));

        pay();

        ids.forEach(id -> assertThat(awaitFinal(id).getString("status")).isEqualTo("completed"));
        assertThat(ids.stream()
                        .map(id -> events("Saga.trip", id).stream()
                                .filter(event -> event.eventType().equals("AwaitedEventReceived"))
                                .map(event -> event.data().text().replaceAll("\\s", ""))
                                .toList())
                        .distinct())
                .singleElement()
                .asInstanceOf(LIST)
                .hasSize(1);
    }

    @Test
    void no_more_sagas_run_at_a_time_than_allowed_and_all_of_them_end() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicBoolean go = new AtomicBoolean();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String each = UUID.randomUUID().toString();
            TripSaga.SCRIPT.put(each + ":car", (data, context) -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                try {
                    await().atMost(PATIENCE).untilTrue(go);
                } finally {
                    running.decrementAndGet();
                }
                return null;
            });
            ids.add(start(each, 201).extract().path("sagaId"));
            append("Trip", each, "TripPaid", "{\"receipt\":\"R\"}");
        }

        await().atMost(PATIENCE).until(() -> running.get() > 1);
        go.set(true);
        ids.forEach(id -> assertThat(awaitFinal(id).getString("status")).isEqualTo("completed"));
        assertThat(most.get()).isBetween(2, 16);
    }

    @Test
    void a_saga_without_its_code_is_halted_and_says_why() {
        String id = UUID.randomUUID().toString();
        append(
                "Saga.trip",
                id,
                "SagaStarted",
                "{\"version\":99,\"steps\":[\"car\"],\"data\":{},\"deadlineMs\":60000,\"after\":0}");

        await().atMost(PATIENCE).until(() -> saga(id).getString("halted") != null);
        assertThat(saga(id).getString("halted")).contains("no code for version 99");
        assertThat(saga(id).getString("status")).isEqualTo("started");
        await().atMost(PATIENCE).until(() -> given().get("/v1/sagas/trip?limit=1000")
                .jsonPath()
                .getList("sagas.findAll { it.halted != null }.sagaId")
                .contains(id));
        await().atMost(PATIENCE).until(() -> given().get("/q/metrics")
                .asString()
                .lines()
                .anyMatch(line -> line.startsWith("eventuali_saga_stuck{saga=\"trip\"}") && !line.endsWith(" 0.0")));
        given().get("/q/health/ready").then().statusCode(200).body("checks.name", hasItem("sagas"));
    }

    @Test
    void what_is_no_event_of_a_saga_in_its_stream_holds_nothing_up() {
        append("Saga.trip", UUID.randomUUID().toString(), "Odd", "{}");
        double before = unreadable();
        append("Trip", UUID.randomUUID().toString(), "TripPlanned", "[]");
        String id = start(trip, 201).extract().path("sagaId");
        pay();

        assertThat(awaitFinal(id).getString("status")).isEqualTo("completed");
        await().atMost(PATIENCE).until(() -> unreadable() > before);
    }

    @Test
    void a_saga_lives_on_with_events_in_its_stream_that_the_engine_did_not_write() {
        String id = start(trip, 201).extract().path("sagaId");
        awaitStatus(id, "in_progress", "await-TripPaid", "executing");

        append("Saga.trip", id, "Garbage", "{\"any\":[1e99,null]}");
        append("Saga.trip", id, "SagaCompleted", "{}");
        append("Saga.trip", id, "SagaCompleted", "{\"durationMs\":1}");
        append("Saga.trip", id, "CancelRequested", "{\"by\":7}");
        append("Saga.trip", id, "StepCompleted", "{\"step\":\"await-TripPaid\",\"attempt\":1,\"durationMs\":1}");
        append(
                "Saga.trip",
                id,
                "AwaitedEventReceived",
                "{\"step\":\"await-TripPaid\",\"position\":0,\"eventId\":\"x\"}");

        assertThat(saga(id).getString("status")).isEqualTo("in_progress");
        assertThat(saga(id).getInt("ignoredEvents")).isEqualTo(6);
        assertThat(given().get("/v1/sagas/trip/" + id + "/timeline?limit=1000")
                        .jsonPath()
                        .getList("timeline.eventType", String.class))
                .contains("Garbage");
        given().get("/v1/sagas/trip?businessKey=" + trip).then().body("sagas[0].sagaId", equalTo(id));
        pay();
        assertThat(awaitFinal(id).getString("status")).isEqualTo("completed");
        assertThat(TripSaga.steps(trip)).containsOnlyOnce("confirm");
    }

    @Test
    void a_step_that_appends_to_a_stream_of_a_saga_fails_and_nothing_of_it_is_written() {
        String other = UUID.randomUUID().toString();
        script("confirm", (data, context) -> {
            context.append(new StreamId("Saga.trip", other), NewEvent.of("SagaStarted", "{}"));
            return null;
        });
        String id = start(trip, 201).extract().path("sagaId");
        pay();

        JsonPath saga = awaitFinal(id);
        assertThat(saga.getString("status")).isEqualTo("compensated");
        assertThat(saga.getString("failure")).contains("Saga.trip is reserved");
        assertThat(store.streamPosition(new StreamId("Saga.trip", other))
                        .await()
                        .atMost(PATIENCE))
                .isZero();
    }

    @Test
    void the_java_api_appends_to_no_stream_of_a_saga() {
        StreamId forged = new StreamId("Saga.trip", UUID.randomUUID().toString());
        StreamId mine = new StreamId("Trip", trip);
        NewEvent event = NewEvent.of("CancelRequested", "{}");
        AppendRequest request = new AppendRequest(
                List.of(
                        new AppendRequest.StreamAppend(mine, ExpectedPosition.ANY, List.of(event)),
                        new AppendRequest.StreamAppend(forged, ExpectedPosition.ANY, List.of(event))),
                Optional.empty());

        assertThatThrownBy(() -> store.append(request).await().atMost(PATIENCE))
                .isInstanceOf(ReservedStreamException.class)
                .hasMessageContaining("Saga.trip is reserved");
        assertThatThrownBy(() -> engineStore.append(request, mine).await().atMost(PATIENCE))
                .isInstanceOf(ReservedStreamException.class);
        assertThat(store.streamPosition(mine).await().atMost(PATIENCE)).isZero();
        post("/v1/streams/Saga.trip/x/events", "[{\"eventType\":\"CancelRequested\",\"data\":{}}]")
                .statusCode(403)
                .body("type", equalTo("/problems/reserved-stream"));
    }

    @Test
    void bad_input_gets_a_problem_document() {
        given().get("/v1/sagas/nothing").then().statusCode(404).body("type", equalTo("/problems/saga-type-not-found"));
        given().get("/v1/sagas/trip/nothing").then().statusCode(404).body("type", equalTo("/problems/saga-not-found"));
        given().get("/v1/sagas/trip/nothing/timeline").then().statusCode(404);
        given().get("/v1/sagas?status=odd").then().statusCode(400).body("field", equalTo("status"));
        ask("nothing", "retry", "").statusCode(404);
        post("/v1/sagas/trip", "{\"data\":{\"id\":[1]}}").statusCode(400).body("field", equalTo("data"));
        post("/v1/sagas/trip", "{\"data\":null}").statusCode(400).body("field", equalTo("data"));
        post("/v1/sagas/trip", "{\"dat\":1}").statusCode(400).body("field", equalTo("dat"));
        post("/v1/sagas/trip", "{").statusCode(400).body("field", equalTo("body"));
        post("/v1/sagas/trip", "{\"businessKey\":\"\",\"data\":{\"id\":\"x\"}}")
                .statusCode(400)
                .body("field", equalTo("businessKey"));
    }

    private static double unreadable() {
        return given().get("/q/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("eventuali_saga_unreadable_total{saga=\"trip\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private void script(String step, SagaAction<Trip> action) {
        TripSaga.SCRIPT.put(trip + ":" + step, action);
    }

    private static ValidatableResponse start(String key, int status) {
        return start(key, key, status);
    }

    private static ValidatableResponse start(String key, String id, int status) {
        return post("/v1/sagas/trip", "{\"businessKey\":\"%s\",\"data\":{\"id\":\"%s\"}}".formatted(key, id))
                .statusCode(status);
    }

    private static ValidatableResponse ask(String id, String verb, String body) {
        return post("/v1/sagas/trip/" + id + "/" + verb, body);
    }

    private static ValidatableResponse post(String path, String body) {
        return given().contentType("application/json").body(body).post(path).then();
    }

    private void pay() {
        append("Trip", trip, "TripPaid", "{\"receipt\":\"R\"}");
    }

    private void append(String type, String id, String eventType, String data) {
        // As it may have been appended before the streams of sagas were reserved.
        engineStore
                .append(
                        AppendRequest.to(
                                new StreamId(type, id), ExpectedPosition.ANY, List.of(NewEvent.of(eventType, data))),
                        new StreamId(type, id))
                .await()
                .atMost(PATIENCE);
    }

    private List<StreamEvent> events(String type, String id) {
        return store.readStream(new StreamId(type, id), 1, 1000, EventStore.Direction.FORWARD)
                .await()
                .atMost(PATIENCE)
                .orElseThrow()
                .events();
    }

    private List<String> types(String sagaId) {
        return events("Saga.trip", sagaId).stream().map(StreamEvent::eventType).toList();
    }

    /** The saga with the trip as its business key. */
    private String awaitSaga() {
        return awaitSaga(TripSaga.NAME);
    }

    private String awaitSaga(String type) {
        return await().atMost(PATIENCE)
                .until(
                        () -> given().get("/v1/sagas/" + type + "?businessKey=" + trip)
                                .jsonPath()
                                .getString("sagas[0].sagaId"),
                        Objects::nonNull);
    }

    private static String status(String id) {
        return saga(id).getString("status");
    }

    private static JsonPath saga(String id) {
        return given().get("/v1/sagas/trip/" + id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private static void awaitStatus(String id, String status, String step, String stepStatus) {
        await().atMost(PATIENCE).until(() -> {
            JsonPath saga = saga(id);
            return saga.getString("status").equals(status)
                    && stepStatus.equals(saga.getString("steps.find { it.name == '" + step + "' }.status"));
        });
    }

    private static JsonPath awaitFinal(String id) {
        await().atMost(PATIENCE).until(() -> SagaStatus.valueOf(status(id).toUpperCase(Locale.ROOT))
                .isFinal());
        return saga(id);
    }
}
