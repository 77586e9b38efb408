package io.eventuali.saga.client;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.saga.client.RecordingService.Request;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What a service that a step calls through a REST client gets to know of the step. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class StepHeadersIT {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String STATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

    @Test
    void a_request_of_a_step_has_its_key_also_where_it_follows_another_one() {
        try (RecordingService service = new RecordingService()) {
            String id = given().contentType("application/json")
                    .header("traceparent", TRACE)
                    .header("tracestate", STATE)
                    .body("{\"data\":{\"uri\":\"%s\"},\"metadata\":{\"correlationId\":\"c-1\"}}"
                            .formatted(service.uri()))
                    .post("/v1/sagas/calling")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("sagaId");
            await().atMost(Duration.ofSeconds(30)).until(() -> given().get("/v1/sagas/calling/" + id)
                    .jsonPath()
                    .getString("status")
                    .equals("compensated"));

            assertThat(service.requests())
                    .containsExactly(
                            new Request("blocking", id + ":blocking", "c-1", TRACE, STATE),
                            new Request("first", id + ":chained", "c-1", TRACE, STATE),
                            new Request("second", id + ":chained", "c-1", TRACE, STATE),
                            new Request(RecordingService.REFUSED, id + ":refused", "c-1", TRACE, STATE),
                            new Request("undo-blocking", id + ":blocking:compensation", "c-1", TRACE, STATE));
        }
    }

    @Test
    void a_request_that_is_in_a_trace_of_its_own_gets_nothing_of_the_other_one() {
        try (RecordingService service = new RecordingService()) {
            String id = given().contentType("application/json")
                    .header("traceparent", TRACE)
                    .header("tracestate", STATE)
                    .body("{\"data\":{\"uri\":\"%s\"},\"metadata\":{\"correlationId\":\"c-1\"}}"
                            .formatted(service.uri()))
                    .post("/v1/sagas/foreign-trace")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("sagaId");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> service.requests().size() == 1);

            assertThat(service.requests())
                    .containsExactly(new Request("foreign", id + ":call", "c-1", ForeignTraceSaga.TRACE, null));
        }
    }

    @Test
    void a_request_that_no_step_makes_goes_as_it_is() {
        try (RecordingService service = new RecordingService()) {
            CallingSaga.Service.at(service.uri()).call("else");

            assertThat(service.requests()).containsExactly(new Request("else", null, null, null, null));
        }
    }
}
