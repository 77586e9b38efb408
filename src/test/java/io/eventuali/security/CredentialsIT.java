package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;

import io.eventuali.support.RawHttp;
import io.quarkus.security.Authenticated;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in, with what, and how the others are told. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class CredentialsIT {
    private static final String BODY = "[{\"eventType\":\"OrderPlaced\",\"data\":{}}]";

    @TestHTTPResource
    URI base;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/events",
                "/v1/events/1",
                "/v1/events/stream",
                "/v1/position",
                "/v1/streams/A/1/events",
                "/v1/subscriptions",
                "/v1/projections",
                "/v1/projections/event-statistics/state",
                "/v1/sagas",
                "/v1/nothing/here",
                "/q/metrics",
                "/q/openapi",
                "/elsewhere"
            })
    void without_credentials_nothing_is_open_but_health(String path) {
        assertThat(refused(given().get(path).then(), 401, "unauthorized")
                        .extract()
                        .headers()
                        .getValues("WWW-Authenticate"))
                .containsExactly("ApiKey realm=\"eventuali\"", "Bearer realm=\"eventuali\"");
    }

    @Test
    void the_bare_address_tells_a_stranger_the_name_and_the_version_and_nothing_else() {
        String told = given().get("/").then().statusCode(200).extract().asString();

        assertThat(as("operator").get("/").then().statusCode(200).extract().asString())
                .isEqualTo(told);
        assertThat(told).contains("Eventuali", "version").doesNotContain("epoch", "position", "replica");
        refused(given().post("/").then(), 401, "unauthorized");
    }

    @Test
    void probes_need_no_credentials() {
        given().get("/q/health").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
        given().get("/q/health/live").then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health", "/q/health/ready", "/q/health/live", "/q/health/started", "/q/health/well"})
    void health_tells_a_stranger_that_it_is_up_and_nothing_else(String path) {
        for (RequestSpecification stranger : List.of(given(), as("reader"), as("expired"), as("nobody"))) {
            String body = stranger.get(path).then().statusCode(200).extract().asString();
            assertThat(body).isEqualTo("{\"status\":\"UP\",\"checks\":[]}");
        }
        given().get(path + "/").then().statusCode(403);
        as("operator").get("/q/health/ready").then().statusCode(200).body("checks.name", hasItem("live-tail"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-API-Key", "ApiKey", "apikey", "Bearer", "bearer"})
    void a_key_comes_in_a_header_of_its_own_or_in_that_of_authorization(String way) {
        String key = TestKeys.key("reader");
        RequestSpecification request =
                way.equals("X-API-Key") ? given().header(way, key) : given().header("Authorization", way + " " + key);

        request.get("/v1/events").then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "evk_", "evk_reader-9sQ0Yk3hGf7tZx2LwPq8VdRb5NcJm1aUe", "' OR 1=1 --", "*"})
    void a_key_that_is_not_known_is_refused_and_not_repeated(String key) {
        String body = refused(given().header("X-API-Key", key).get("/v1/events").then(), 401, "unauthorized")
                .extract()
                .asString();

        assertThat(body).doesNotContain("9sQ0Yk3hGf7t").doesNotContain("1=1");
    }

    @Test
    void a_resource_of_the_application_is_protected_by_its_own_annotations() {
        for (RequestSpecification stranger : List.of(given(), as("nobody"), as("expired"))) {
            assertThat(refused(stranger.get("/guarded").then(), 401, "unauthorized")
                            .extract()
                            .headers()
                            .getValues("WWW-Authenticate"))
                    .containsExactly("ApiKey realm=\"eventuali\"", "Bearer realm=\"eventuali\"");
        }
        as("reader").get("/guarded").then().statusCode(200);
        refused(as("reader").get("/guarded/further").then(), 403, "forbidden");
    }

    /** A resource as an application around the service has it. */
    @Path("/guarded")
    @Authenticated
    public static class GuardedResource {
        @GET
        @Operation(hidden = true)
        public String guarded() {
            return "guarded";
        }
    }

    @Test
    void a_grant_that_is_set_to_nothing_in_the_configuration_is_nothing() {
        as("unlisted").get("/v1/events").then().statusCode(200);
        refused(as("unlisted").get("/v1/projections/event-statistics/state").then(), 403, "forbidden");
        refused(as("nothing").get("/v1/events").then(), 403, "forbidden");
        refused(as("nothing").get("/v1/projections/event-statistics/state").then(), 403, "forbidden");
    }

    @Test
    void a_key_ends_at_its_end() {
        refused(as("expired").get("/v1/position").then(), 401, "unauthorized");
    }

    @ParameterizedTest
    @CsvSource({
        "publisher, GET, /v1/position, 200",
        "publisher, POST, /v1/streams/Order/%s/events, 201",
        "publisher, GET, /v1/events, 403",
        "publisher, GET, /v1/events/stream, 403",
        "publisher, GET, /v1/streams/Order/1/events, 403",
        "publisher, GET, /v1/projections, 403",
        "publisher, GET, /v1/subscriptions, 403",
        "publisher, GET, /q/metrics, 403",
        "reader, GET, /v1/events, 200",
        "reader, GET, /v1/projections, 200",
        "reader, GET, /v1/projections/event-statistics/state, 200",
        "reader, POST, /v1/streams/Order/%s/events, 403",
        "reader, POST, /v1/events, 403",
        "reader, POST, /v1/projections/event-statistics/pause, 403",
        "reader, GET, /v1/projections/event-statistics/dead-letters, 403",
        "reader, DELETE, /v1/subscriptions/x, 403",
        "reader, POST, /v1/sagas/order, 403",
        "reader, POST, /v1/sagas/order/1/retry, 403",
        "operator, GET, /v1/subscriptions, 200",
        "operator, GET, /v1/projections, 200",
        "operator, GET, /v1/projections/event-statistics/dead-letters, 200",
        "operator, POST, /v1/projections/event-statistics/resume, 200",
        "operator, GET, /q/metrics, 200",
        "operator, GET, /v1/events, 403",
        "operator, GET, /v1/events/stream, 403",
        "operator, GET, /v1/projections/event-statistics/state, 403",
        "operator, POST, /v1/streams/Order/%s/events, 403",
        "operator, POST, /v1/sagas/order, 403",
        "admin, GET, /v1/events, 200",
        "admin, POST, /v1/streams/Order/%s/events, 201",
        "admin, GET, /v1/subscriptions, 200",
        "admin, GET, /q/openapi, 200",
        // What has no rule is nobody's.
        "admin, GET, /v1/nothing/here, 403",
        "admin, GET, /elsewhere, 403",
        "admin, PUT, /v1/events, 403"
    })
    void roles_say_what_a_principal_may_do(String principal, String method, String path, int status) {
        String target = path.replace("%s", UUID.randomUUID().toString());
        RequestSpecification request = as(principal);
        if (method.equals("POST") && target.startsWith("/v1/streams")) {
            request.contentType("application/json").body(BODY);
        }

        ValidatableResponse answer = request.request(method, target).then();

        if (status == 403) {
            refused(answer, 403, "forbidden").header("WWW-Authenticate", notNullValue());
        } else {
            answer.statusCode(status);
        }
    }

    /** Sent as they stand: usual clients tidy them up before. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1//events",
                "//v1/events",
                "/v1/%65vents",
                "/v1/events;a=b",
                "/v1/events%3Ba=b",
                "/v1/events%3b",
                "/v1%2Fevents",
                "/v1/position%5C..%5Cevents",
                "/v1/events/",
                "/v1/./events",
                "/v1/position/../events",
                "/v1/position/%2e%2e/events",
                "/v1/sagas/x/%2e%2e/%2E%2e/events",
                "/q/openapi/%2e%2e/%2e%2e/v1/events",
                "/q/health/../../v1/events",
                "/q/health/..%2f..%2fv1/events",
                "/q/health/%2e%2e/%2e%2e/v1/events",
                "/q/health;/../../v1/events",
                "/q/health/live/../../metrics"
            })
    void another_spelling_of_a_path_falls_under_no_rule(String path) throws IOException {
        RawHttp http = new RawHttp(base.toURL());

        // Steps upwards are no path at all, and refused before anybody is asked who they are.
        assertThat(http.send(RawHttp.Request.get(path)).status()).isIn(400, 401);
        assertThat(http.send(RawHttp.Request.get(path, "X-API-Key: " + TestKeys.key("admin")))
                        .status())
                .isIn(400, 403);
    }

    @Test
    void a_token_gives_the_roles_that_its_provider_names() {
        bearer(token("ada", Set.of("subscriber", "offline_access"), Map.of()))
                .get("/v1/events")
                .then()
                .statusCode(200);
        refused(
                        bearer(token("ada", Set.of("offline_access"), Map.of()))
                                .get("/v1/events")
                                .then(),
                        403,
                        "forbidden")
                .header("WWW-Authenticate", notNullValue());
    }

    @Test
    void a_token_that_is_forged_or_foreign_or_over_is_refused() {
        for (String token : new String[] {
            Secured.issuer.forgedToken("eve", Set.of("admin")),
            Secured.issuer.foreignToken("eve", Set.of("admin")),
            Secured.issuer.token("eve", Duration.ofMinutes(-5), Set.of("admin"), Map.of()),
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUiLCJyZWFsbV9hY2Nlc3MiOnsicm9sZXMiOlsiYWRtaW4iXX19.",
            "nonsense"
        }) {
            String challenge = refused(bearer(token).get("/v1/position").then(), 401, "unauthorized")
                    .extract()
                    .headers()
                    .getValues("WWW-Authenticate")
                    .toString();
            assertThat(challenge).contains("Bearer realm=\"eventuali\", error=\"invalid_token\"");
        }
    }

    @Test
    void claims_of_a_token_limit_what_it_sees() {
        String type = "Tok" + UUID.randomUUID();
        append(type, "Granted");
        append(type, "Hidden");
        append("Other" + type, "Granted");
        String token = token(
                "ada",
                Set.of("subscriber"),
                Map.of("eventuali_aggregate_types", Set.of(type), "eventuali_event_types", "Granted Some*"));

        assertThat(bearer(token)
                        .get("/v1/events?aggregateType=*" + type)
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath()
                        .getList("events.eventType"))
                .containsExactly("Granted");
        // Empty, or not readable: nothing.
        refused(
                bearer(token("ada", Set.of("subscriber"), Map.of("eventuali_event_types", Set.of())))
                        .get("/v1/events")
                        .then(),
                403,
                "forbidden");
        refused(
                bearer(token("ada", Set.of("subscriber"), Map.of("eventuali_event_types", 7)))
                        .get("/v1/events")
                        .then(),
                403,
                "forbidden");
    }

    @Test
    void answers_tell_browsers_to_guess_and_keep_nothing() {
        as("reader")
                .get("/v1/events")
                .then()
                .statusCode(200)
                .header("X-Content-Type-Options", equalTo("nosniff"))
                .header("Referrer-Policy", equalTo("no-referrer"))
                .header("X-Frame-Options", equalTo("DENY"))
                .header("Cache-Control", equalTo("private, no-cache"))
                .header("Content-Security-Policy", containsString("default-src 'none'"));
        given().get("/v1/events").then().statusCode(401).header("X-Content-Type-Options", equalTo("nosniff"));
    }

    private static void append(String type, String eventType) {
        as("publisher")
                .contentType("application/json")
                .body("[{\"eventType\":\"" + eventType + "\",\"data\":{}}]")
                .post("/v1/streams/" + type + "/1/events")
                .then()
                .statusCode(201);
    }

    private static String token(String user, Set<String> roles, Map<String, ?> claims) {
        return Secured.issuer.token(user, Duration.ofMinutes(5), roles, claims);
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }

    private static RequestSpecification bearer(String token) {
        return given().header("Authorization", "Bearer " + token);
    }

    private static ValidatableResponse refused(ValidatableResponse answer, int status, String type) {
        return answer.statusCode(status)
                .contentType("application/problem+json")
                .body("type", equalTo("/problems/" + type))
                .body("status", equalTo(status))
                .body("title", notNullValue())
                .body("detail", notNullValue())
                .body("instance", notNullValue());
    }
}
