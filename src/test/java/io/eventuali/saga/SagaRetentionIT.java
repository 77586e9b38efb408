package io.eventuali.saga;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What is left of a saga that was finished long ago. */
@QuarkusTest
@TestProfile(SagaRetentionIT.Short.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaRetentionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> TABLES = List.of("saga", "saga_await");

    @Inject
    @ReactiveDataSource("eventuali")
    Pool pool;

    private final String trip = UUID.randomUUID().toString();

    /** Long ago is at once. */
    public static class Short implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("eventuali.saga.retention", "100ms");
        }
    }

    @Test
    void a_saga_that_was_finished_long_ago_leaves_the_tables_and_keeps_its_events() {
        String waiting = start("waiting-" + trip, "waiting-" + trip);
        String id = start(trip, trip);
        given().contentType("application/json")
                .body("[{\"eventType\":\"TripPaid\",\"data\":{\"receipt\":\"R\"}}]")
                .post("/v1/streams/Trip/" + trip + "/events")
                .then()
                .statusCode(201);
        await().atMost(PATIENCE).until(() -> saga(id).getString("status").equals("completed"));
        int events = timeline(id).size();

        await().atMost(PATIENCE).until(() -> rows(id) == 0);

        given().get("/v1/sagas/trip?limit=1000").then().body("sagas.sagaId", not(hasItem(id)));
        given().get("/v1/sagas?businessKey=" + trip).then().body("sagas", empty());
        assertThat(saga(id).getString("status")).isEqualTo("completed");
        assertThat(saga(id).getList("allowedVerbs")).isEmpty();
        assertThat(timeline(id)).hasSize(events);
        given().contentType("application/json")
                .body("{}")
                .post("/v1/sagas/trip/" + id + "/cancel")
                .then()
                .statusCode(409)
                .body("sagaStatus", equalTo("completed"));
        // What is not finished stays, however old it is.
        assertThat(rows(waiting)).isPositive();
        assertThat(start(trip, trip)).isNotEqualTo(id);
    }

    private static String start(String key, String id) {
        return given().contentType("application/json")
                .body("{\"businessKey\":\"%s\",\"data\":{\"id\":\"%s\"}}".formatted(key, id))
                .post("/v1/sagas/trip")
                .then()
                .statusCode(201)
                .extract()
                .path("sagaId");
    }

    private static JsonPath saga(String id) {
        return given().get("/v1/sagas/trip/" + id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    private static List<Object> timeline(String id) {
        return given().get("/v1/sagas/trip/" + id + "/timeline?limit=1000")
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getList("timeline");
    }

    private long rows(String id) {
        return TABLES.stream()
                .mapToLong(table -> pool.preparedQuery("SELECT count(*) FROM " + table + " WHERE saga_id = $1")
                        .execute(Tuple.of(id))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .join()
                        .iterator()
                        .next()
                        .getLong(0))
                .sum();
    }
}
