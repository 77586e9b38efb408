package io.eventuali.guarantee;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G4: an append retried with the same event ids returns the first result and writes nothing. The same id with other content
 * is refused.
 */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class G04IdempotenceIT {
    private final String stream = "/v1/streams/Order/" + UUID.randomUUID() + "/events";
    private final UUID first = UUID.randomUUID();
    private final UUID second = UUID.randomUUID();

    @Test
    void a_retry_returns_the_first_result_even_after_others_appended() {
        String body = events(event(first, "{\"a\":1}"), event(second, "2"));
        String answer = append(body).statusCode(201).extract().asString();
        append(events(event(UUID.randomUUID(), "3"))).statusCode(201);

        append(body)
                .statusCode(200)
                .header("Idempotent-Replayed", "true")
                .header("ETag", "\"2\"")
                .body(equalTo(answer));
        assertCount(3);
    }

    @Test
    void a_retry_of_an_append_with_a_precondition_returns_the_first_result() {
        String body = events(event(first, "1"));
        given().contentType(ContentType.JSON)
                .header("If-None-Match", "*")
                .body(body)
                .post(stream)
                .then()
                .statusCode(201);

        given().contentType(ContentType.JSON)
                .header("If-None-Match", "*")
                .body(body)
                .post(stream)
                .then()
                .statusCode(200);
        assertCount(1);
    }

    @Test
    void a_retry_that_orders_its_keys_otherwise_is_still_the_same() {
        append(events(event(first, "{\"a\":1,\"b\":[1.5,null]}"))).statusCode(201);

        append(events(event(first, "{ \"b\":[1.5,null], \"a\":1 }"))).statusCode(200);
    }

    @Test
    void a_retry_that_writes_its_numbers_otherwise_is_still_the_same() {
        append(events(event(first, "{\"a\":1,\"b\":[1.10,100,1e999999999]}"))).statusCode(201);

        append(events(event(first, "{\"a\":1.0,\"b\":[1.1,1e2,10e999999998]}"))).statusCode(200);
    }

    @Test
    void an_id_that_is_misused_with_what_no_reader_can_read_disturbs_nobody() throws Exception {
        append(events(event(first, "0"))).statusCode(201);
        ExecutorService writers = Executors.newFixedThreadPool(4);
        try {
            List<Future<Integer>> others = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String stream = "/v1/streams/Order/" + UUID.randomUUID() + "/events";
                others.add(writers.submit(() -> given().contentType(ContentType.JSON)
                        .body(events(event(UUID.randomUUID(), "1")))
                        .post(stream)
                        .statusCode()));
            }
            for (int i = 0; i < 50; i++) {
                conflict(append(events(event(first, "0e99999999999"))), first);
            }
            for (Future<Integer> other : others) {
                assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(201);
            }
        } finally {
            writers.shutdownNow();
        }
        append(events(event(second, "0e99999999999"))).statusCode(400);
        assertCount(1);
    }

    @Test
    void the_same_id_with_other_data_is_refused() {
        append(events(event(first, "{\"a\":1}"))).statusCode(201);

        conflict(append(events(event(first, "{\"a\":2}"))), first);
        assertCount(1);
    }

    @Test
    void the_same_id_in_another_stream_is_refused() {
        append(events(event(first, "1"))).statusCode(201);

        conflict(
                given().contentType(ContentType.JSON)
                        .body(events(event(first, "1")))
                        .post("/v1/streams/Order/" + UUID.randomUUID() + "/events")
                        .then(),
                first);
    }

    @Test
    void a_request_of_which_only_a_part_was_stored_before_is_refused_as_a_whole() {
        append(events(event(first, "1"))).statusCode(201);

        conflict(append(events(event(first, "1"), event(second, "2"))), first);
        assertCount(1);
    }

    @Test
    void the_same_ids_in_another_order_are_refused() {
        append(events(event(first, "1"), event(second, "1"))).statusCode(201);

        append(events(event(second, "1"), event(first, "1"))).statusCode(409);
        assertCount(2);
    }

    @Test
    void an_idempotency_key_makes_a_request_without_ids_repeatable() {
        String key = UUID.randomUUID().toString();
        String answer = keyed(key, "[%s,%s]".formatted(event(null, "1"), event(null, "2")))
                .statusCode(201)
                .header("Idempotent-Replayed", nullValue())
                .extract()
                .asString();

        keyed(key, "[%s,%s]".formatted(event(null, "1"), event(null, "2")))
                .statusCode(200)
                .body(equalTo(answer));
        assertCount(2);
    }

    @Test
    void an_idempotency_key_used_for_another_request_is_refused() {
        String key = UUID.randomUUID().toString();
        keyed(key, "[%s,%s]".formatted(event(null, "1"), event(null, "2"))).statusCode(201);

        keyed(key, "[%s]".formatted(event(null, "1"))).statusCode(409);
        keyed(key, "[%s,%s]".formatted(event(null, "1"), event(null, "3"))).statusCode(409);
        keyed(key, "[%s,%s,%s]".formatted(event(null, "1"), event(null, "2"), event(null, "3")))
                .statusCode(409);
        assertCount(2);
    }

    private ValidatableResponse append(String body) {
        return given().contentType(ContentType.JSON).body(body).post(stream).then();
    }

    private ValidatableResponse keyed(String key, String body) {
        return given().contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body(body)
                .post(stream)
                .then();
    }

    private void assertCount(int events) {
        given().get(stream).then().statusCode(200).body("events.size()", equalTo(events));
    }

    private static void conflict(ValidatableResponse response, UUID id) {
        response.statusCode(409)
                .contentType("application/problem+json")
                .body("type", equalTo("/problems/event-id-conflict"))
                .body("eventId", equalTo(id.toString()));
    }

    private static String events(String... events) {
        return "[" + String.join(",", events) + "]";
    }

    private static String event(UUID id, String data) {
        String eventId = id == null ? "" : "\"eventId\":\"" + id + "\",";
        return "{%s\"eventType\":\"OrderPlaced\",\"data\":%s}".formatted(eventId, data);
    }
}
