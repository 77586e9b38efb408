package com.example.guest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.hasKey;

import io.eventuali.projection.ProjectionOperations;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** An application that keeps the log to itself. */
@QuarkusTest
@QuarkusTestResource(TwoDatabases.class)
@TestProfile(WithoutApiTest.NoApi.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class WithoutApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Inject
    ProjectionOperations projections;

    @Test
    void there_is_no_api() {
        for (String path : List.of(
                "/v1/position",
                "/v1/events",
                "/v1/events/stream",
                "/v1/streams/A/b/events",
                "/v1/projections",
                "/v1/sagas",
                "/v1/subscriptions",
                "/v1/tasks",
                "/q/asyncapi")) {
            given().header("X-API-Key", TwoDatabases.KEY).get(path).then().statusCode(404);
        }
        given().post("/v1/tickets").then().statusCode(404);
    }

    @Test
    void no_document_names_it() {
        String document = given().accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .body("paths", hasKey("/guest/v1/customers/{id}"))
                .extract()
                .asString();

        assertThat(JsonPath.from(document).getMap("paths").keySet())
                .allMatch(path -> ((String) path).startsWith("/guest/v1/customers/"));
        assertThat(document).doesNotContainIgnoringCase("eventuali").doesNotContain("/problems/");
    }

    @Test
    void the_log_is_there_for_the_application() {
        String id = UUID.randomUUID().toString();
        long position = given().contentType("application/json")
                .body("{\"full_name\":\"Ida\"}")
                .put("/v1/customers/{id}", id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getLong("global_position");

        await().atMost(PATIENCE).until(() -> projections
                .awaitPosition("customer-names", position, PATIENCE)
                .await()
                .atMost(PATIENCE));
    }

    /** As an application sets it. */
    public static class NoApi implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("eventuali.http.enabled", "false");
        }
    }
}
