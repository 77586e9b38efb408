package io.eventuali.tracing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** One graph from the request that appends an event to what is made of it. */
@QuarkusTest
@TestProfile(TracingIT.Traced.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class TracingIT {
    /** Tracing on, and nowhere to send it: {@link Spans} has a copy. */
    public static class Traced implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.otel.sdk.disabled", "false", "quarkus.otel.traces.exporter", "none");
        }
    }

    @Inject
    Spans spans;

    private final String stream = "/v1/streams/Traced/" + UUID.randomUUID() + "/events";
    private final String trace = hex() + hex();

    @Test
    void an_event_carries_the_trace_of_the_request_that_appended_it_to_its_delivery() {
        append(trace, "{\"eventType\":\"Said\",\"data\":1,\"metadata\":{\"correlationId\":\"c-1\"}}", 201);

        String traceparent = given().get(stream).then().extract().path("events[0].metadata.traceparent");
        assertThat(traceparent).matches("00-" + trace + "-[0-9a-f]{16}-01");
        String parent = traceparent.split("-")[2];
        await().until(() -> spans.ended().stream()
                .anyMatch(span ->
                        span.getKind() == SpanKind.SERVER && span.getSpanId().equals(parent)));
        await().until(() -> spans.ended().stream()
                .anyMatch(span -> span.getName().equals("deliver")
                        && span.getLinks().stream()
                                .anyMatch(link ->
                                        link.getSpanContext().getSpanId().equals(parent))));
    }

    @Test
    void what_a_projection_makes_of_an_event_is_linked_to_the_request_that_appended_it() {
        append(trace, "{\"eventType\":\"Said\",\"data\":1}", 201);

        String traceparent = given().get(stream).then().extract().path("events[0].metadata.traceparent");
        String parent = traceparent.split("-")[2];
        await().until(() -> spans.ended().stream()
                .anyMatch(span -> span.getName().equals("project")
                        && "event-statistics"
                                .equals(span.getAttributes().get(AttributeKey.stringKey("eventuali.projection")))
                        && span.getLinks().stream()
                                .anyMatch(link ->
                                        link.getSpanContext().getSpanId().equals(parent))));
    }

    @Test
    void what_the_client_sent_in_its_metadata_stays() {
        append(
                trace,
                "{\"eventType\":\"Said\",\"data\":1,\"metadata\":{\"correlationId\":\"c-1\",\"amount\":1.10}}",
                201);

        assertThat(given().get(stream).asString()).contains(",\"correlationId\":\"c-1\",\"amount\":1.10}");
    }

    @Test
    void a_producer_that_names_the_trace_itself_is_believed() {
        String own = "00-" + hex() + hex() + "-" + hex() + "-01";
        append(trace, "{\"eventType\":\"Said\",\"data\":1,\"metadata\":{\"traceparent\":\"" + own + "\"}}", 201);

        given().get(stream).then().body("events[0].metadata", equalTo(Map.of("traceparent", own)));
    }

    @Test
    void a_request_outside_any_sampled_trace_leaves_nothing() {
        given().contentType("application/json")
                .header("traceparent", "00-" + trace + "-" + hex() + "-00")
                .body("[{\"eventType\":\"Said\",\"data\":1}]")
                .post(stream)
                .then()
                .statusCode(201);

        given().get(stream).then().body("events[0].metadata", equalTo(Map.of()));
    }

    /** G4: the first request may have been stored although its answer was lost. */
    @Test
    void a_retry_in_another_trace_is_still_a_retry() {
        String event = "{\"eventId\":\"" + UUID.randomUUID() + "\",\"eventType\":\"Said\",\"data\":1}";
        append(trace, event, 201);

        append(hex() + hex(), event, 200);
    }

    private ValidatableResponse append(String traceId, String event, int status) {
        return given().contentType("application/json")
                .header("traceparent", "00-" + traceId + "-" + hex() + "-01")
                .body("[" + event + "]")
                .post(stream)
                .then()
                .statusCode(status);
    }

    private static String hex() {
        return "%016x".formatted(UUID.randomUUID().getMostSignificantBits() | 1);
    }
}
