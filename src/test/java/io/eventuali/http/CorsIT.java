package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsStringIgnoringCase;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** CORS is Quarkus' own ({@code quarkus.http.cors.*}); switched on, a page of another origin can follow and append. */
@QuarkusTest
@TestProfile(CorsIT.OneOrigin.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class CorsIT {
    private static final String ORIGIN = "https://shop.example";

    @Test
    void a_preflight_lets_the_allowed_origin_resume_a_stream() {
        given().header("Origin", ORIGIN)
                .header("Access-Control-Request-Method", "GET")
                .header("Access-Control-Request-Headers", "Last-Event-ID")
                .options("/v1/events/stream")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN))
                .header("Access-Control-Allow-Headers", containsStringIgnoringCase("Last-Event-ID"));
    }

    @Test
    void an_answer_shows_its_headers_to_the_allowed_origin() {
        given().header("Origin", ORIGIN)
                .get("/v1/position")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN))
                .header("Access-Control-Expose-Headers", containsStringIgnoringCase("ETag"))
                .header("Access-Control-Expose-Headers", containsStringIgnoringCase("Location"))
                .header("Access-Control-Expose-Headers", containsStringIgnoringCase("Retry-After"))
                .header("Access-Control-Expose-Headers", containsStringIgnoringCase("Idempotent-Replayed"))
                .header("Access-Control-Expose-Headers", containsStringIgnoringCase("WWW-Authenticate"));
    }

    @Test
    void the_bare_address_answers_a_page_of_the_allowed_origin() {
        given().header("Origin", ORIGIN)
                .get("/")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN));
    }

    @Test
    void another_origin_is_not_let_in() {
        given().header("Origin", "https://elsewhere.example")
                .header("Access-Control-Request-Method", "GET")
                .options("/v1/events/stream")
                .then()
                .header("Access-Control-Allow-Origin", nullValue());
    }

    /** One origin may use everything. */
    public static class OneOrigin implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.cors.enabled", "true",
                    "quarkus.http.cors.origins", ORIGIN,
                    "quarkus.http.cors.headers", "Last-Event-ID,Content-Type,If-Match,If-None-Match,Idempotency-Key");
        }
    }
}
