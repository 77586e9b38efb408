package io.eventuali.guarantee;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.AppendResult;
import io.eventuali.store.EventStore;
import io.eventuali.store.EventStoreException.VersionConflict;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G5: the events of one request are all stored, consecutively, or none is. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class G05AtomicityIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    EventStore store;

    @Test
    void an_append_to_several_streams_is_stored_consecutively() {
        String order = "order-" + UUID.randomUUID();
        String stock = "stock-" + UUID.randomUUID();

        append(order, "\"none\"", stock, "\"any\"").statusCode(201).body("appends[1].aggregateId", equalTo(stock));

        append(order, "1", stock, "2")
                .statusCode(201)
                .body("appends[0].streamPosition", equalTo(2))
                .body("appends[1].streamPosition", equalTo(4));
    }

    @Test
    void an_append_to_several_streams_of_which_one_is_elsewhere_writes_nothing() {
        String order = "order-" + UUID.randomUUID();
        String stock = "stock-" + UUID.randomUUID();
        append(order, "\"any\"", stock, "\"any\"").statusCode(201);

        append(order, "1", stock, "7")
                .statusCode(412)
                .contentType("application/problem+json")
                .body("type", equalTo("/problems/version-conflict"))
                .body("aggregateId", equalTo(stock))
                .body("expectedPosition", equalTo(7))
                .body("actualPosition", equalTo(2));
        given().get("/v1/streams/Order/" + order + "/events").then().body("events.size()", equalTo(1));
    }

    @Test
    void something_can_be_expected_of_streams_that_are_not_written_to() {
        String order = "order-" + UUID.randomUUID();
        String customer = "customer-" + UUID.randomUUID();
        String stranger = "customer-" + UUID.randomUUID();
        given().contentType(ContentType.JSON)
                .body("[{\"eventType\":\"Registered\",\"data\":{}}]")
                .post("/v1/streams/Customer/" + customer + "/events")
                .then()
                .statusCode(201);

        for (String events : List.of("", ",\"events\":[]")) {
            expecting(order, customer, "2" + events).statusCode(412).body("actualPosition", equalTo(1));
            expecting(order, customer, "\"none\"" + events).statusCode(412).body("aggregateId", equalTo(customer));
            expecting(order, stranger, "1" + events).statusCode(412).body("actualPosition", equalTo(0));
        }
        given().get("/v1/streams/Order/" + order + "/events").then().statusCode(404);

        expecting(order, customer, "1")
                .statusCode(201)
                .body("appends.aggregateId", equalTo(List.of(order)))
                .body("appends[0].streamPosition", equalTo(1));
        expecting(order, stranger, "\"none\",\"events\":[]").statusCode(201).body("appends.size()", equalTo(1));
        given().get("/v1/streams/Customer/" + stranger + "/events").then().statusCode(404);
        given().get("/v1/streams/Customer/" + customer + "/events").then().header("ETag", "\"1\"");

        expecting(order, customer, "\"any\"").statusCode(400).body("field", equalTo("appends[1].events"));
        expecting(order, customer, "\"any\",\"events\":[]").statusCode(400).body("field", equalTo("appends[1].events"));
        given().contentType(ContentType.JSON)
                .body("{\"appends\":[{\"aggregateType\":\"Customer\",\"aggregateId\":\"" + customer
                        + "\",\"expectedPosition\":1}]}")
                .post("/v1/events")
                .then()
                .statusCode(400)
                .body("detail", containsString("must not be empty"));
    }

    @Test
    void a_retry_is_a_replay_though_what_it_expects_of_another_stream_holds_no_longer() {
        String order = "order-" + UUID.randomUUID();
        String customer = "customer-" + UUID.randomUUID();
        String key = UUID.randomUUID().toString();

        expecting(order, customer, "0", key).statusCode(201);
        append(order, "\"any\"", customer, "\"any\"").statusCode(201);
        given().contentType(ContentType.JSON)
                .body("[{\"eventType\":\"Registered\",\"data\":{}}]")
                .post("/v1/streams/Customer/" + customer + "/events")
                .then()
                .statusCode(201);

        expecting(order, customer, "0", key)
                .statusCode(200)
                .header("Idempotent-Replayed", "true")
                .body("appends.aggregateId", equalTo(List.of(order)));
        expecting(order, customer, "0").statusCode(412);
    }

    /** Appends to an order, and expects something of a customer. */
    private static ValidatableResponse expecting(String order, String customer, String customerAt) {
        return expecting(order, customer, customerAt, UUID.randomUUID().toString());
    }

    private static ValidatableResponse expecting(String order, String customer, String customerAt, String key) {
        return given().contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body("""
                        {"appends":[
                          {"aggregateType":"Order","aggregateId":"%s",
                           "events":[{"eventType":"OrderPlaced","data":{}}]},
                          {"aggregateType":"Customer","aggregateId":"%s","expectedPosition":%s}]}
                        """.formatted(order, customer, customerAt))
                .post("/v1/events")
                .then();
    }

    /** Many requests at once, so that they share transactions, against a model of what each may do. */
    @Test
    void requests_that_share_a_transaction_succeed_or_fail_each_for_itself() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String run = UUID.randomUUID().toString();
        Map<StreamId, Long> model = new HashMap<>();
        for (int round = 0; round < 50; round++) {
            List<Uni<Object>> answers = new ArrayList<>();
            List<AppendRequest> requests = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                AppendRequest request = request(random, run, model);
                requests.add(request);
                answers.add(store.append(request)
                        .map(Object.class::cast)
                        .onFailure()
                        .recoverWithItem(Object.class::cast));
            }
            List<Object> outcomes =
                    Uni.join().all(answers).andFailFast().await().atMost(PATIENCE);

            for (int i = 0; i < requests.size(); i++) {
                boolean fits = requests.get(i).appends().stream()
                        .allMatch(append -> append.expected().accepts(model.getOrDefault(append.stream(), 0L)));
                assertThat(outcomes.get(i))
                        .as("seed %d round %d request %d", seed, round, i)
                        .isInstanceOf(fits ? AppendResult.class : VersionConflict.class);
                if (fits) {
                    assertConsecutive((AppendResult) outcomes.get(i), requests.get(i), model);
                }
            }
        }
    }

    private static AppendRequest request(Random random, String run, Map<StreamId, Long> model) {
        List<StreamAppend> appends = new ArrayList<>();
        int first = random.nextInt(5);
        for (int i = 0; i <= random.nextInt(3); i++) {
            StreamId stream = new StreamId("Atomic", run + "-" + (first + i));
            long guess = model.getOrDefault(stream, 0L) + random.nextInt(4);
            ExpectedPosition expected = random.nextBoolean() ? ExpectedPosition.ANY : ExpectedPosition.at(guess);
            List<NewEvent> events = new ArrayList<>();
            // Some streams are not written to: only something is expected of them.
            boolean written = i == 0 || expected == ExpectedPosition.ANY || random.nextBoolean();
            for (int e = 0; written && e <= random.nextInt(3); e++) {
                events.add(NewEvent.of("Happened", Integer.toString(e)));
            }
            appends.add(new StreamAppend(stream, expected, events));
        }
        return new AppendRequest(appends, Optional.empty());
    }

    private static void assertConsecutive(AppendResult result, AppendRequest request, Map<StreamId, Long> model) {
        long next = result.firstGlobalPosition();
        List<StreamAppend> written = request.appends().stream()
                .filter(append -> !append.events().isEmpty())
                .toList();
        assertThat(result.streams()).hasSameSizeAs(written);
        for (int a = 0; a < written.size(); a++) {
            StreamAppend append = written.get(a);
            AppendResult.StreamResult stream = result.streams().get(a);
            int count = append.events().size();
            assertThat(stream.firstGlobalPosition()).isEqualTo(next);
            assertThat(stream.streamPosition()).isEqualTo(model.merge(append.stream(), (long) count, Long::sum));
            next += count;
        }
        assertThat(result.lastGlobalPosition()).isEqualTo(next - 1);
    }

    private static ValidatableResponse append(String order, String orderAt, String stock, String stockAt) {
        return given().contentType(ContentType.JSON)
                .body("""
                        {"appends":[
                          {"aggregateType":"Order","aggregateId":"%s","expectedPosition":%s,
                           "events":[{"eventType":"OrderPlaced","data":{}}]},
                          {"aggregateType":"Stock","aggregateId":"%s","expectedPosition":%s,
                           "events":[{"eventType":"Reserved","data":1},{"eventType":"Reserved","data":2}]}]}
                        """.formatted(order, orderAt, stock, stockAt))
                .post("/v1/events")
                .then();
    }
}
