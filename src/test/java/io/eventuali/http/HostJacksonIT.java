package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** An application sets its Jackson up as it likes: the wire does not change. */
@QuarkusTest
@TestProfile(HostJacksonIT.OfItsOwn.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class HostJacksonIT {
    @Test
    void names_and_times_on_the_wire_are_those_of_the_contract() {
        String stream = "/v1/streams/Host/" + UUID.randomUUID() + "/events";
        int position = given().contentType("application/json")
                .body("[{\"eventType\":\"E\",\"data\":{\"theName\":1}}]")
                .post(stream)
                .then()
                .statusCode(201)
                .body("streamPosition", equalTo(1))
                .extract()
                .path("lastGlobalPosition");

        given().get(stream).then().statusCode(200).body("events[0].data.theName", equalTo(1));
        given().get("/v1/position").then().statusCode(200).body("$", hasKey("globalPosition"));
        given().get("/v1/projections/event-statistics")
                .then()
                .statusCode(200)
                .body("status", not(equalTo("stopped")))
                .body("$", hasKey("headPosition"));
        given().queryParam("timeout", "20s")
                .queryParam("after", position)
                .get("/v1/projections/event-statistics/state/{key}", "Host/E")
                .then()
                .statusCode(200)
                .body("lastPosition", equalTo(position))
                .body("first", matchesPattern("[0-9-]{10}T.*Z"));
        given().post("/v1/tickets").then().statusCode(201).body("$", hasKey("expiresAt"));
        given().get("/v1/subscriptions").then().statusCode(200);
        given().get("/v1/sagas").then().statusCode(200).body("$", hasKey("next"));
        given().get("/v1/position?bogus=1").then().statusCode(400).body("field", equalTo("bogus"));
    }

    @Test
    void answers_to_curl_end_with_a_line_break_and_others_do_not() {
        for (String path : new String[] {
            "/v1/position",
            "/v1/events?limit=1",
            "/v1/projections",
            "/v1/events/999999999",
            "/v1/nothing",
            "/nothing",
            "/v1/events/%zz",
            "/v1/events/stream?bogus=1",
            "/v1/events/stream?from=x",
            "/v1/projections/none/stream",
            "/v1/projections/event-statistics/stream?bogus=1",
            "/q/health",
            "/q/health/ready",
            "/q/health/live"
        }) {
            given().header("User-Agent", "curl/8.5.0").get(path).then().body(endsWith("}\n"));
            given().get(path).then().body(endsWith("}"));
        }
        for (String accept : new String[] {"image/png", "text/event-stream"}) {
            given().header("User-Agent", "curl/8.5.0")
                    .accept(accept)
                    .get("/v1/position")
                    .then()
                    .statusCode(406)
                    .body(endsWith("}\n"));
        }
        given().header("User-Agent", "curl/8.5.0")
                .delete("/v1/position")
                .then()
                .statusCode(405)
                .body(endsWith("}\n"));
        given().header("User-Agent", "curl/8.5.0")
                .body("x")
                .post("/v1/streams/A/b/events")
                .then()
                .statusCode(415)
                .body(endsWith("}\n"));
    }

    /** What an application may prefer. */
    public static class OfItsOwn implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.jackson.property-naming-strategy", "SNAKE_CASE",
                    "quarkus.jackson.write-dates-as-timestamps", "true",
                    "quarkus.jackson.fail-on-unknown-properties", "true",
                    "quarkus.jackson.serialization-inclusion", "non_null");
        }
    }
}
