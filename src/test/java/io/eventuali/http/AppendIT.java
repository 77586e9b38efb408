package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class AppendIT {
    @Test
    void an_append_answers_201_with_positions_and_etag() {
        String stream = "/v1/streams/User/" + UUID.randomUUID() + "/events";

        given().contentType(ContentType.JSON)
                .body("[{\"eventType\":\"UserRegistered\",\"data\":{\"name\":\"Ada\"}}]")
                .post(stream)
                .then()
                .statusCode(201)
                .header("ETag", "\"1\"")
                .body("streamPosition", equalTo(1))
                .body("eventIds", hasSize(1));
    }
}
