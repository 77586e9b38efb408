package io.eventuali.guarantee;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
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
            for (int e = 0; e <= random.nextInt(3); e++) {
                events.add(NewEvent.of("Happened", Integer.toString(e)));
            }
            appends.add(new StreamAppend(stream, expected, events));
        }
        return new AppendRequest(appends, Optional.empty());
    }

    private static void assertConsecutive(AppendResult result, AppendRequest request, Map<StreamId, Long> model) {
        long next = result.firstGlobalPosition();
        for (int a = 0; a < request.appends().size(); a++) {
            StreamAppend append = request.appends().get(a);
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
