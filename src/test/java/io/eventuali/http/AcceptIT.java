package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Which representation a client gets for what it accepts. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class AcceptIT {
    private static final List<String> READS = List.of(
            "/v1/events",
            "/v1/events?format=cloudevents",
            "/v1/position",
            "/v1/subscriptions",
            "/v1/projections",
            "/v1/projections/event-statistics",
            "/v1/projections/event-statistics/state",
            "/v1/projections/event-statistics/history",
            "/v1/projections/event-statistics/dead-letters",
            "/v1/sagas");

    @Test
    void a_client_that_accepts_problems_only_gets_the_answers_of_all_operations() {
        for (String accept : List.of(
                "application/problem+json", "APPLICATION/PROBLEM+JSON;q=0.5", "text/x, application/problem+json")) {
            for (String read : READS) {
                assertThat(given().header("Accept", accept).get(read).statusCode())
                        .as("%s %s", accept, read)
                        .isEqualTo(200);
            }
            given().header("Accept", accept)
                    .contentType("application/json")
                    .body("[{\"eventType\":\"E\",\"data\":1}]")
                    .post("/v1/streams/Accept/" + UUID.randomUUID() + "/events")
                    .then()
                    .statusCode(201)
                    .contentType("application/json");
            given().header("Accept", accept).post("/v1/tickets").then().statusCode(201);
        }
    }

    @Test
    void the_problem_of_such_a_client_is_a_problem_document() {
        given().header("Accept", "application/problem+json")
                .get("/v1/events/999999999")
                .then()
                .statusCode(404)
                .contentType("application/problem+json");
    }

    @Test
    void a_client_of_cloud_events_that_accepts_nothing_else_is_answered() {
        String event =
                "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/a\",\"type\":\"T\"}".formatted(UUID.randomUUID());
        given().header("Accept", "application/cloudevents+json")
                .contentType("application/cloudevents+json")
                .body(event)
                .post("/v1/events")
                .then()
                .statusCode(201)
                .contentType("application/json");
        given().header("Accept", "application/cloudevents+json")
                .get("/v1/events?format=cloudevents")
                .then()
                .statusCode(200);
    }

    @Test
    void what_a_client_names_beside_problems_comes_first() {
        given().header("Accept", "application/x-ndjson, application/problem+json")
                .get("/v1/events?limit=1")
                .then()
                .statusCode(200)
                .contentType("application/x-ndjson");
    }

    @Test
    void a_content_type_that_is_none_is_refused_as_one_that_is_not_taken() {
        for (String path : List.of("/v1/events", "/v1/streams/Accept/a/events")) {
            for (String type :
                    List.of("foo", "foo/", "/foo", ";", ",", "application/", "a/b/c", "*/*", "application/*")) {
                given().config(RestAssuredConfig.config()
                                .encoderConfig(EncoderConfig.encoderConfig()
                                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)))
                        .header("Content-Type", type)
                        .body("[]".getBytes(StandardCharsets.UTF_8))
                        .post(path)
                        .then()
                        .statusCode(415);
            }
        }
    }

    @Test
    void a_client_that_accepts_something_else_is_refused() {
        List<String> paths = new ArrayList<>(READS);
        paths.add("/v1/streams/Accept/a/events");
        for (String path : paths) {
            given().header("Accept", "text/html").get(path).then().statusCode(406);
            given().header("Accept", "image/*").head(path).then().statusCode(406);
        }
        String event = "{\"eventType\":\"E\",\"data\":1}";
        given().header("Accept", "text/html")
                .contentType("application/json")
                .body("{\"appends\":[{\"aggregateType\":\"Accept\",\"aggregateId\":\"h\",\"events\":[" + event + "]}]}")
                .post("/v1/events")
                .then()
                .statusCode(406);
        given().header("Accept", "text/html")
                .contentType("application/cloudevents+json")
                .body("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/Accept\",\"type\":\"T\",\"subject\":\"h\"}"
                        .getBytes(StandardCharsets.UTF_8))
                .post("/v1/events")
                .then()
                .statusCode(406);
        given().get("/v1/streams/Accept/h/events").then().statusCode(404);
    }
}
