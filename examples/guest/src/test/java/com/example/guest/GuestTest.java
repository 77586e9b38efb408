package com.example.guest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.agroal.DataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the application is for itself, as if Eventuali were not there; and Eventuali, in it. */
@QuarkusTest
@QuarkusTestResource(TwoDatabases.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class GuestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Inject
    javax.sql.DataSource own;

    @Inject
    @DataSource("eventuali")
    javax.sql.DataSource log;

    private final String id = UUID.randomUUID().toString();

    @Test
    void each_database_has_the_tables_of_its_owner() throws SQLException {
        Set<String> own = tables(this.own);
        Set<String> log = tables(this.log);

        assertThat(own).containsExactlyInAnyOrder("flyway_schema_history", "setting", "customer");
        assertThat(log)
                .contains("eventuali_schema_history", "events", "log_identity", "projection", "customer_row")
                .doesNotContain("flyway_schema_history", "setting", "customer");
        given().get("/v1/customers/greeting").then().statusCode(200).body(equalTo("hello"));
    }

    @Test
    void its_entities_and_names_on_the_wire_are_its_own() {
        register("Ada Lovelace").body("full_name", equalTo("Ada Lovelace")).body("$", hasKey("global_position"));

        given().get("/v1/customers/{id}", id).then().statusCode(200).body("full_name", equalTo("Ada Lovelace"));
        given().contentType("application/json")
                .body("{\"full_name\":\"A\",\"unknown\":1}")
                .put("/v1/customers/{id}", UUID.randomUUID())
                .then()
                .statusCode(400);
    }

    @Test
    void it_tells_its_failures_itself() {
        given().get("/v1/customers/failure")
                .then()
                .statusCode(418)
                .body(equalTo("the application says: IllegalStateException"))
                .header("X-Frame-Options", nullValue())
                .header("Cache-Control", nullValue());
        given().get("/v1/customers/nobody")
                .then()
                .statusCode(404)
                .body(equalTo("the application says: NotFoundException"));
        assertThat(given().get("/nowhere").then().statusCode(404).extract().contentType())
                .doesNotContain("problem");
    }

    @Test
    void a_failure_of_the_log_that_it_lets_through_is_its_own_to_tell() {
        given().header("X-API-Key", TwoDatabases.KEY)
                .contentType("application/json")
                .body("[{\"eventType\":\"CustomerInvented\",\"data\":{}}]")
                .post("/v1/streams/Customer/{id}/events", id)
                .then()
                .statusCode(201);

        register("Three", id, 418).body(equalTo("the application says: VersionConflict"));
    }

    @Test
    void its_paths_need_no_credentials_of_ours_and_those_that_it_gets_are_not_looked_at() {
        given().get("/v1/customers/greeting").then().statusCode(200);
        given().header("X-API-Key", "one of its own")
                .get("/v1/customers/greeting")
                .then()
                .statusCode(200);
        given().header("Authorization", "ApiKey one-of-its-own")
                .get("/v1/customers/greeting")
                .then()
                .statusCode(200);
    }

    @Test
    void its_health_traces_and_defaults_are_its_own() {
        given().get("/q/health")
                .then()
                .statusCode(200)
                .body("checks.name", hasItem("Database connections health check"))
                .body("checks.find { it.name == 'Database connections health check' }.data", not(hasKey("eventuali")));
        given().get("/v1/customers/trace").then().statusCode(200).body(equalTo("true"));
        var config = ConfigProvider.getConfig();
        for (String key : Set.of(
                "quarkus.otel.sdk.disabled",
                "quarkus.log.console.json.enabled",
                "quarkus.banner.enabled",
                "quarkus.http.auth.proactive",
                "quarkus.http.limits.max-body-size",
                "quarkus.shutdown.timeout",
                "quarkus.datasource.health.enabled",
                "quarkus.flyway.table")) {
            assertThat(config.getConfigValue(key).getSourceName()).as(key).isNotEqualTo(ours());
        }
    }

    @Test
    void the_api_is_below_its_root_path_and_speaks_as_it_always_does() {
        long position = register("Grace Hopper").extract().jsonPath().getLong("global_position");

        withKey().get("/v1/position").then().statusCode(200).body("$", hasKey("globalPosition"));
        withKey()
                .get("/v1/events/{position}", position)
                .then()
                .statusCode(200)
                .body("eventType", equalTo("CustomerRegistered"))
                .body("data.full_name", equalTo("Grace Hopper"))
                .header("X-Frame-Options", "DENY");
        withKey()
                .contentType("application/json")
                .body("[{\"eventType\":\"E\",\"data\":{}}]")
                .post("/v1/streams/Other/{id}/events", id)
                .then()
                .statusCode(201)
                .header("Location", startsWith("/guest/v1/"));
        problem(withKey().get("/v1/events/{position}", 999_999).then().statusCode(404), "event-not-found");
        problem(withKey().get("/v1/events?limit=x").then().statusCode(400), "invalid-request");
        problem(withKey().get("/v1/streams/bogus").then().statusCode(403), "forbidden");
        problem(withKey().accept("text/html").get("/v1/position").then().statusCode(406), "not-acceptable");
        problem(given().get("/v1/position").then().statusCode(401), "unauthorized");
        problem(given().header("X-API-Key", "bad").get("/v1/position").then().statusCode(401), "unauthorized");
    }

    @Test
    void projections_tables_and_sagas_work_in_it() throws SQLException {
        long position = register("Mary").extract().jsonPath().getLong("global_position");

        withKey()
                .queryParam("after", position)
                .queryParam("timeout", "20s")
                .get("/v1/projections/customer-names/state/{id}", id)
                .then()
                .statusCode(200)
                .body("full_name", equalTo("Mary"));
        await().atMost(PATIENCE).until(() -> "Mary".equals(row()));
        await().atMost(PATIENCE).untilAsserted(() -> withKey()
                .get("/v1/streams/Customer/{id}/events", id)
                .then()
                .statusCode(200)
                .body("events.eventType", hasItem("CustomerWelcomed")));
    }

    @Test
    void its_document_has_both_where_they_are() {
        given().accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .body("paths", hasKey("/guest/v1/customers/{id}"))
                .body("paths", hasKey("/guest/v1/position"))
                .body("paths", not(hasKey("/v1/position")));
    }

    private String row() throws SQLException {
        try (Connection connection = log.getConnection();
                var query = connection.prepareStatement("SELECT fullName FROM customer_row WHERE id = ?")) {
            query.setString(1, id);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    private static String ours() {
        return ConfigProvider.getConfig()
                .getConfigValue("quarkus.datasource.eventuali.reactive.idle-timeout")
                .getSourceName();
    }

    private static Set<String> tables(javax.sql.DataSource database) throws SQLException {
        Set<String> names = new TreeSet<>();
        try (Connection connection = database.getConnection();
                ResultSet tables = connection.getMetaData().getTables(null, "public", "%", new String[] {"TABLE"})) {
            while (tables.next()) {
                names.add(tables.getString("TABLE_NAME"));
            }
        }
        return names;
    }

    private ValidatableResponse register(String name) {
        return register(name, id, 200);
    }

    private static ValidatableResponse register(String name, String id, int status) {
        return given().contentType("application/json")
                .body("{\"full_name\":\"" + name + "\"}")
                .put("/v1/customers/{id}", id)
                .then()
                .statusCode(status);
    }

    private static RequestSpecification withKey() {
        return given().header("X-API-Key", TwoDatabases.KEY);
    }

    private static void problem(ValidatableResponse answer, String type) {
        answer.contentType(startsWith("application/problem+json")).body("type", equalTo("/problems/" + type));
    }
}
