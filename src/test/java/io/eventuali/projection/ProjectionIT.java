package io.eventuali.projection;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a projection does with events, with failures of its handlers, and with what operators ask. */
@QuarkusTest
@TestProfile(ProjectionIT.Impatient.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ProjectionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    EventStore store;

    private final String type = "Ledger-" + UUID.randomUUID();
    private final String strictType = "Strict-" + UUID.randomUUID();
    private final String account = UUID.randomUUID().toString();

    /** Attempts that follow each other quickly, and handlers that may not take long. */
    public static class Impatient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "eventuali.projection.ledger.retry.attempts", "2",
                    "eventuali.projection.ledger.retry.delay", "10ms",
                    "eventuali.projection.ledger.handler-timeout", "1s",
                    "eventuali.projection.strict.retry.attempts", "1",
                    "eventuali.projection.strict.retry.delay", "10ms");
        }
    }

    @AfterEach
    void repair() {
        Ledger.BROKEN.clear();
        Strict.BROKEN.clear();
    }

    @Test
    void an_append_is_in_the_document_that_is_read_with_its_position() {
        for (int i = 1; i <= 100; i++) {
            long position = append(type, account, deposited(1));

            state(account, position)
                    .statusCode(200)
                    .header("ETag", equalTo("\"" + position + "\""))
                    .body("amount", equalTo(i));
        }
    }

    @Test
    void a_handler_that_returns_null_removes_the_document() {
        state(account, append(type, account, deposited(1))).statusCode(200);

        state(account, append(type, account, NewEvent.of("Closed", "{}")))
                .statusCode(404)
                .body("type", equalTo("/problems/state-not-found"));
        state(account, append(type, account, deposited(2))).statusCode(200).body("history", equalTo("2"));
    }

    @Test
    void a_document_that_has_not_changed_is_answered_with_304() {
        long position = append(type, account, deposited(1));
        String tag = state(account, position).extract().header("ETag");
        long later = append(type, "another", deposited(1));

        given().header("If-None-Match", tag)
                .get("/v1/projections/ledger/state/" + account + "?after=" + later)
                .then()
                .statusCode(304)
                .header("ETag", equalTo(tag));
        append(type, account, deposited(1));
        await().atMost(PATIENCE)
                .until(() -> given().header("If-None-Match", tag)
                                .get("/v1/projections/ledger/state/" + account)
                                .statusCode()
                        == 200);
    }

    @Test
    void handlers_may_answer_later_and_old_events_are_upcast_before_they_see_them() {
        append(type, account, NewEvent.of("Withdrawn", "{\"amount\":5}"));
        append(type, account, NewEvent.of("Deposited", "{}"));
        append(type, account, deposited(7).withMetadata("{\"schemaVersion\":2}"));

        state(account, append(type, account, deposited(1))).statusCode(200).body("history", equalTo("-5,0,7,1"));
    }

    @Test
    void documents_are_paged_by_key_within_a_prefix() {
        long position = 0;
        for (String key : List.of("a", "b", "c", "d", "e")) {
            position = append(type, account + "/" + key, deposited(1));
        }
        append(type, account, deposited(1));

        List<String> keys = new ArrayList<>();
        int pages = 0;
        String after = "";
        while (after != null) {
            pages++;
            var page = given().queryParam("prefix", account + "/")
                    .queryParam("limit", 2)
                    .queryParam("after", position)
                    .queryParam("after-key", after)
                    .get("/v1/projections/ledger/state")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            keys.addAll(page.getList("states.key", String.class));
            after = page.getString("next");
        }

        assertThat(keys)
                .containsExactly(account + "/a", account + "/b", account + "/c", account + "/d", account + "/e");
        assertThat(pages)
                .as("the last page, though it is full, says that it is the last")
                .isEqualTo(3);
        given().get("/v1/projections/ledger/state?limit=5&prefix=" + account + "/")
                .then()
                .body("next", nullValue());
    }

    @Test
    void a_projection_stops_before_the_event_that_it_cannot_handle_and_goes_on_from_it() {
        Strict.BROKEN.add(account);
        append(strictType, account + "-before", deposited(1));
        long poison = append(strictType, account, deposited(1));
        append(strictType, account + "-behind", deposited(1));

        await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/projections/strict")
                .then()
                .body("status", equalTo("stopped"))
                .body("position", equalTo((int) poison - 1))
                .body("failure.position", equalTo((int) poison))
                .body("failure.reason", equalTo("broken on purpose")));
        given().get("/v1/projections/strict/state/" + account + "-before")
                .then()
                .statusCode(200);
        given().get("/v1/projections/strict/state/" + account + "-behind")
                .then()
                .statusCode(404);
        await().atMost(PATIENCE).untilAsserted(() -> given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'projections' }.data.strict", containsString("broken on purpose")));
        // The others are not held up by it.
        state(account, append(type, account, deposited(1))).statusCode(200);

        Strict.BROKEN.clear();
        given().post("/v1/projections/strict/resume").then().statusCode(200);

        given().get("/v1/projections/strict/state/%s-behind?after=%d&timeout=20s".formatted(account, poison + 1))
                .then()
                .statusCode(200)
                .body(equalTo("1"));
        given().get("/v1/projections/strict/state/" + account).then().body(equalTo("1"));
    }

    @Test
    void a_parked_event_holds_up_its_key_only_and_is_retried_in_order() {
        Ledger.BROKEN.add(account);
        long first = append(type, account, deposited(1));
        long second = append(type, account, deposited(2));
        state("other-" + account, append(type, "other-" + account, deposited(1)))
                .statusCode(200);
        deadLetters(first)
                .body("deadLetters.position", contains((int) first, (int) second))
                .body("deadLetters[0].attempts", equalTo(3))
                .body("deadLetters[0].reason", equalTo("the account is broken"))
                .body("deadLetters[1].attempts", equalTo(0));
        Ledger.BROKEN.clear();
        long third = append(type, account, deposited(3));

        given().post(deadLetter(second) + "/retry")
                .then()
                .statusCode(409)
                .body("type", equalTo("/problems/earlier-dead-letter"))
                .body("position", equalTo((int) first));
        given().post(deadLetter(first) + "/retry").then().statusCode(202);

        await().atMost(PATIENCE).untilAsserted(() -> deadLetters(first).body("deadLetters", hasSize(0)));
        state(account, third).statusCode(200).body("history", equalTo("1,2,3"));
        state(account, append(type, account, deposited(4))).body("history", equalTo("1,2,3,4"));
    }

    @Test
    void a_retry_in_vain_is_counted_and_a_discarded_event_never_counts() {
        Ledger.BROKEN.add(account);
        long poison = append(type, account, deposited(1));
        state("other", append(type, "other", deposited(1))).statusCode(200);

        given().post(deadLetter(poison) + "/retry").then().statusCode(202);
        await().atMost(PATIENCE).untilAsserted(() -> deadLetters(poison).body("deadLetters[0].attempts", equalTo(4)));
        given().post(deadLetter(poison) + "/discard").then().statusCode(202);
        await().atMost(PATIENCE).untilAsserted(() -> deadLetters(poison).body("deadLetters", hasSize(0)));

        Ledger.BROKEN.clear();
        state(account, append(type, account, deposited(5))).body("history", equalTo("5"));
        given().post(deadLetter(poison) + "/discard")
                .then()
                .statusCode(404)
                .body("type", equalTo("/problems/dead-letter-not-found"));
    }

    @Test
    void an_undecodable_payload_a_document_too_large_and_a_handler_that_never_answers_are_failures_of_their_event() {
        long undecodable = append(type, account + "-1", NewEvent.of("Withdrawn", "{\"amount\":\"much\"}"));
        long tooLarge = append(type, account + "-2", deposited(1), NewEvent.of("Inflated", "{}"), deposited(2));
        long asleep = append(type, account + "-3", NewEvent.of("Slept", "{}"));
        long last = append(type, account + "-4", deposited(1));

        given().get("/v1/projections/ledger/state/%s-4?after=%d&timeout=30s".formatted(account, last))
                .then()
                .statusCode(200);
        deadLetters(undecodable)
                .body("deadLetters.position", contains((int) undecodable, (int) tooLarge - 1, (int) tooLarge, (int)
                        asleep))
                .body("deadLetters[0].reason", containsString("no Deposited"))
                .body("deadLetters[1].reason", containsString("exceed 1048576 bytes"))
                .body("deadLetters[2].attempts", equalTo(0))
                .body("deadLetters[3].reason", containsString("did not answer"));
        String letters = "/v1/projections/ledger/dead-letters?after=%d&limit=".formatted(undecodable - 1);
        given().get(letters + 2).then().body("deadLetters", hasSize(2)).body("next", equalTo((int) tooLarge - 1));
        given().get(letters + 4).then().body("deadLetters", hasSize(4)).body("next", nullValue());
        state(account + "-2", last).body("history", equalTo("1"));
    }

    @Test
    void a_paused_projection_waits_and_readers_of_their_own_writes_are_told() {
        given().post("/v1/projections/ledger/pause").then().statusCode(200);
        long position = append(type, account, deposited(1));

        given().get("/v1/projections/ledger/state/%s?after=%d&timeout=300ms".formatted(account, position))
                .then()
                .statusCode(504)
                .body("type", equalTo("/problems/not-caught-up"))
                .body("position", equalTo((int) position));
        given().get("/v1/projections/ledger")
                .then()
                .body("status", equalTo("paused"))
                .body("lagEvents", greaterThan(0));

        given().post("/v1/projections/ledger/resume").then().statusCode(200);
        state(account, position).statusCode(200);
    }

    @Test
    void a_projection_in_memory_has_counted_the_whole_log() {
        long position = append(type, account, deposited(1), deposited(2), deposited(3));

        given().get("/v1/projections/heap-counts/state/%s?after=%d&timeout=20s".formatted(type, position))
                .then()
                .statusCode(200)
                .body(equalTo("3"));
        given().post("/v1/projections/heap-counts/pause")
                .then()
                .statusCode(409)
                .body("type", equalTo("/problems/not-pausable"));
    }

    @Test
    void the_statistics_of_the_log_are_a_projection_like_any_other() {
        long position = append(type, account, deposited(1), deposited(2), NewEvent.of("Closed", "{}"));

        given().urlEncodingEnabled(false)
                .get("/v1/projections/event-statistics/state/%s%%2FDeposited?after=%d&timeout=20s"
                        .formatted(type, position))
                .then()
                .statusCode(200)
                .body("count", equalTo(2))
                .body("eventType", equalTo("Deposited"))
                .body("lastPosition", equalTo((int) position - 1));
        given().get("/v1/projections/event-statistics/state?prefix=" + type + "/")
                .then()
                .body("states.key", contains(type + "/Closed", type + "/Deposited"));
    }

    @Test
    void what_does_not_exist_is_a_problem_document() {
        for (String path : List.of("", "/state/x", "/state", "/dead-letters")) {
            given().get("/v1/projections/nobody" + path)
                    .then()
                    .statusCode(404)
                    .contentType("application/problem+json")
                    .body("type", equalTo("/problems/projection-not-found"));
        }
        given().get("/v1/projections/ledger/state/x?afterr=1").then().statusCode(400);
        given().get("/v1/projections/ledger/state/x?after=1&timeout=1h")
                .then()
                .statusCode(400)
                .body("field", equalTo("timeout"));
        given().get("/v1/projections/ledger/dead-letters?limit=0").then().statusCode(400);
        given().post("/v1/projections/ledger/dead-letters/x/retry").then().statusCode(400);
    }

    private static NewEvent deposited(long amount) {
        return NewEvent.of("Deposited", "{\"amount\":" + amount + "}");
    }

    private long append(String aggregateType, String id, NewEvent... events) {
        return store.append(AppendRequest.to(new StreamId(aggregateType, id), ExpectedPosition.ANY, List.of(events)))
                .await()
                .atMost(PATIENCE)
                .lastGlobalPosition();
    }

    private static ValidatableResponse state(String key, long after) {
        return given().get("/v1/projections/ledger/state/%s?after=%d&timeout=20s".formatted(key, after))
                .then();
    }

    private static String deadLetter(long position) {
        return "/v1/projections/ledger/dead-letters/" + position;
    }

    /** Dead letters from this position on. */
    private static ValidatableResponse deadLetters(long from) {
        return given().get("/v1/projections/ledger/dead-letters?after=" + (from - 1))
                .then()
                .statusCode(200);
    }
}
