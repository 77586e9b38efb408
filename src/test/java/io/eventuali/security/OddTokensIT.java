package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that the provider has signed, and that say something odd. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class OddTokensIT {
    /** Claims of a good token; what a test says replaces a claim, or takes it out. */
    private static final List<String> GOOD = List.of("iss", "aud", "sub", "exp", "iat", "realm_access");

    @TestHTTPResource
    URI base;

    @Test
    void a_token_with_nothing_odd_in_it_is_taken() {
        get(token("x", "null")).statusCode(200);
    }

    /** A claim and what is said instead; a hyphen for nothing at all. Times are relative to now where they begin with a plus. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "exp | 1000000000000000000",
                "exp | 9223372036854775807",
                "exp | 99999999999999999999999999",
                "exp | 1e18",
                "exp | 1e999",
                "exp | -1",
                "exp | -1e30",
                "exp | 0",
                "exp | \"2099-01-01\"",
                "exp | \"4102444800\"",
                "exp | null",
                "exp | true",
                "exp | []",
                "exp | {}",
                "exp | -",
                "nbf | 1000000000000000000",
                "nbf | \"soon\"",
                "nbf | +3600",
                "iat | 1000000000000000000",
                "iat | -1e99",
                "iat | \"now\"",
                "iat | +3600",
                "sub | -",
                "sub | null",
                "sub | \"\"",
                "sub | 7",
                "sub | [\"ada\"]",
                "sub | {\"a\":1}",
                "sub | \"a\\u0000b\"",
                "sub | \"a\\nb\"",
                "sub | \"\\u202eada\"",
                "sub | \"\\ud800\"",
                "iss | -",
                "iss | null",
                "iss | 7",
                "iss | \"https://elsewhere.example\"",
                "aud | -",
                "aud | 7",
                "aud | \"other\"",
                "x | [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
            })
    void a_token_that_says_something_odd_is_refused_and_no_failure(String claim, String value) {
        get(token(claim, value)).statusCode(401).body("type", equalTo("/problems/unauthorized"));
    }

    /** Refused or without a role, but no failure of the service. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "7",
                "[]",
                "{}",
                "{\"roles\":null}",
                "{\"roles\":7}",
                "{\"roles\":{\"admin\":true}}",
                "{\"roles\":[7,null,{\"a\":1},[\"admin\"]]}",
                "{\"roles\":[\"ADMIN\",\" admin\"]}"
            })
    void roles_that_are_none_let_nobody_in(String access) {
        assertThat(get(token("realm_access", access)).extract().statusCode()).isIn(401, 403);
    }

    @Test
    void a_token_nested_deeper_than_any_reader_goes_is_refused() {
        String deep = "[".repeat(2_000) + "]".repeat(2_000);

        get(token("x", deep)).statusCode(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | 403",
                "[] | 403",
                "\"\" | 403",
                "7 | 403",
                "true | 403",
                "{\"a\":\"*\"} | 403",
                "[null] | 403",
                "[[\"*\"]] | 403",
                "[\"*\", 7] | 403",
                "[\"*\"] | 200",
                "\"Order* *\" | 200"
            })
    void a_claim_that_is_no_list_of_patterns_opens_nothing(String claim, int status) {
        assertThat(get(token("eventuali_aggregate_types", claim)).extract().statusCode())
                .isEqualTo(status);
        assertThat(given().header("Authorization", "Bearer " + token("eventuali_projections", claim))
                        .get("/v1/projections/event-statistics/state")
                        .statusCode())
                .isEqualTo(status);
    }

    @Test
    void a_blank_in_a_pattern_does_not_make_two_of_it() {
        String id = UUID.randomUUID().toString();
        for (String type : List.of("Order%20one", "Order", "Cart")) {
            given().header("X-API-Key", TestKeys.key("admin"))
                    .urlEncodingEnabled(false)
                    .contentType("application/json")
                    .body("[{\"eventType\":\"E\",\"data\":{}}]")
                    .post("/v1/streams/" + type + "/" + id + "/events")
                    .then()
                    .statusCode(201);
        }

        assertThat(given().urlEncodingEnabled(false)
                        .header("Authorization", "Bearer " + token("eventuali_aggregate_types", "[\"Order *\"]"))
                        .get("/v1/events?limit=1000&aggregateId=" + id)
                        .then()
                        .statusCode(200)
                        .extract()
                        .jsonPath()
                        .getList("events.aggregateType"))
                .containsExactly("Order one");
    }

    @Test
    void a_user_with_the_name_of_a_key_is_somebody_else() {
        String subscription = "sub-" + UUID.randomUUID();
        String token = Secured.issuer.token("reader", Duration.ofMinutes(5), Set.of("subscriber"), Map.of());
        URI stream = base.resolve("/v1/events/stream?id=" + subscription);
        try (SseProbe key = SseProbe.to(stream)
                        .header("X-API-Key", TestKeys.key("reader"))
                        .open()
                        .await("caught-up");
                SseProbe user = SseProbe.to(stream)
                        .header("Authorization", "Bearer " + token)
                        .open()
                        .await("caught-up")) {
            assertThat(given().header("X-API-Key", TestKeys.key("operator"))
                            .get("/v1/subscriptions")
                            .then()
                            .statusCode(200)
                            .extract()
                            .jsonPath()
                            .getList(
                                    "subscriptions.findAll { it.id == '" + subscription + "' }.principal",
                                    String.class))
                    .containsExactlyInAnyOrder("reader", Secured.issuer.url() + "#reader");
            assertThat(key.ended() || user.ended()).isFalse();

            given().header("X-API-Key", TestKeys.key("operator"))
                    .delete("/v1/subscriptions/" + subscription + "?principal=reader")
                    .then()
                    .statusCode(204);

            assertThat(key.awaitEnd().frames("closing").get(0).data()).contains("\"reason\":\"unsubscribed\"");
            assertThat(user.ended()).isFalse();
            assertThat(given().header("X-API-Key", TestKeys.key("reader"))
                            .get(stream)
                            .statusCode())
                    .isEqualTo(204);
            try (SseProbe again = SseProbe.to(stream)
                    .header("Authorization", "Bearer " + token)
                    .open()) {
                assertThat(again.status()).isEqualTo(200);
            }
        }
    }

    @Test
    void an_operator_cannot_halt_a_projection_in_the_name_of_a_key() {
        String token = Secured.issuer.token("operator", Duration.ofMinutes(5), Set.of("operator"), Map.of());
        given().header("Authorization", "Bearer " + token)
                .post("/v1/projections/event-statistics/pause")
                .then()
                .statusCode(200);
        given().header("X-API-Key", TestKeys.key("operator"))
                .post("/v1/projections/event-statistics/resume")
                .then()
                .statusCode(200);

        // Written in the background.
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(given().header("X-API-Key", TestKeys.key("operator"))
                                .get("/v1/projections/event-statistics/history?limit=100")
                                .then()
                                .statusCode(200)
                                .extract()
                                .jsonPath()
                                .getList("history.findAll { it.by != null }.collect { it.what + ' ' + it.by }"))
                        .contains("paused " + Secured.issuer.url() + "#operator", "resumed operator"));
    }

    private static io.restassured.response.ValidatableResponse get(String token) {
        return given().header("Authorization", "Bearer " + token)
                .get("/v1/events")
                .then();
    }

    private static String token(String claim, String value) {
        StringBuilder claims = new StringBuilder();
        for (String name : GOOD) {
            if (!name.equals(claim)) {
                add(claims, name, good(name));
            }
        }
        if (!value.equals("-")) {
            add(claims, claim, value.startsWith("+") ? seconds(Long.parseLong(value)) : value);
        }
        return Secured.issuer.signed("{" + claims + "}");
    }

    private static String good(String name) {
        return switch (name) {
            case "iss" -> "\"" + Secured.issuer.url() + "\"";
            case "aud" -> "\"eventuali\"";
            case "sub" -> "\"ada\"";
            case "exp" -> seconds(300);
            case "iat" -> seconds(0);
            default -> "{\"roles\":[\"subscriber\"]}";
        };
    }

    private static String seconds(long fromNow) {
        return Long.toString(Instant.now().getEpochSecond() + fromNow);
    }

    private static void add(StringBuilder claims, String name, String value) {
        claims.append(claims.isEmpty() ? "" : ",")
                .append('"')
                .append(name)
                .append("\":")
                .append(value);
    }
}
