package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.ServedOpenApi;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What nobody expected is told as a problem that gives nothing away. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class InternalErrorIT {
    private static final String SECRET = "SELECT password FROM users";

    @Test
    void an_unexpected_failure_is_a_problem_without_its_cause() {
        String body = given().get("/v1/test/failure")
                .then()
                .statusCode(500)
                .contentType("application/problem+json")
                .extract()
                .asString();

        assertThat(ServedOpenApi.fetch().violations("Problem", body)).as(body).isEmpty();
        assertThat(ServedOpenApi.json(body).path("type").asText()).isEqualTo("/problems/internal-error");
        assertThat(body).doesNotContain(SECRET, "IllegalState", "java", "eventuali");
    }

    /** Fails like a bug. */
    @Path("/v1/test/failure")
    public static class FailingResource {
        @GET
        public String fail() {
            throw new IllegalStateException(SECRET);
        }
    }
}
