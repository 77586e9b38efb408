package io.eventuali.tracing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.eventuali.saga.client.RecordingService;
import io.eventuali.saga.client.RecordingService.Request;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
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

    private static final Duration PATIENCE = Duration.ofSeconds(30);

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

    @Test
    void the_steps_of_a_saga_are_spans_in_the_trace_of_the_request_that_started_it() {
        try (RecordingService service = new RecordingService()) {
            String id = given().contentType("application/json")
                    .header("traceparent", "00-" + trace + "-" + hex() + "-01")
                    .body("{\"data\":{\"uri\":\"%s\"}}".formatted(service.uri()))
                    .post("/v1/sagas/calling")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("sagaId");

            checkSteps(service);
            given().get("/v1/sagas/calling/" + id + "/timeline")
                    .then()
                    .body("timeline.metadata.traceparent.unique().size()", equalTo(1));
        }
    }

    @Test
    void the_steps_of_a_saga_are_spans_in_the_trace_of_the_event_that_started_it() {
        try (RecordingService service = new RecordingService()) {
            append(trace, "{\"eventType\":\"CallWanted\",\"data\":{\"uri\":\"%s\"}}".formatted(service.uri()), 201);

            checkSteps(service);
        }
    }

    @Test
    void a_saga_that_nothing_traced_has_started_makes_no_spans() {
        try (RecordingService service = new RecordingService()) {
            given().contentType("application/json")
                    .header("traceparent", "00-" + trace + "-" + hex() + "-00")
                    .body("{\"data\":{\"uri\":\"%s\"}}".formatted(service.uri()))
                    .post("/v1/sagas/calling")
                    .then()
                    .statusCode(201);

            await().atMost(PATIENCE).until(() -> operations(service).contains("undo-blocking"));
            assertThat(service.requests())
                    .allMatch(request -> request.traceId().equals(trace)
                            && request.traceparent().endsWith("-00"));
            assertThat(spans.ended()).noneMatch(span -> span.getTraceId().equals(trace));
        }
    }

    /** Each attempt is a span, and what the service was asked comes from a span below it. */
    private void checkSteps(RecordingService service) {
        await().atMost(PATIENCE)
                .until(() -> steps(), steps -> steps.size() == 4 && calls(steps).size() == 5);
        List<SpanData> steps = steps();
        assertThat(steps)
                .extracting(SpanData::getName)
                .containsExactly("calling blocking", "calling chained", "calling refused", "calling blocking");
        assertThat(steps)
                .extracting(span -> span.getAttributes().get(AttributeKey.stringKey("eventuali.kind")))
                .containsExactly("action", "action", "action", "compensation");
        assertThat(steps)
                .extracting(span -> span.getStatus().getStatusCode())
                .containsExactly(StatusCode.UNSET, StatusCode.UNSET, StatusCode.ERROR, StatusCode.UNSET);
        Set<String> parents = steps.stream().map(SpanData::getParentSpanId).collect(Collectors.toSet());
        assertThat(parents).hasSize(1);
        assertThat(spans(SpanKind.SERVER)).extracting(SpanData::getSpanId).containsAll(parents);
        assertThat(operations(service))
                .containsExactly("blocking", "first", "second", RecordingService.REFUSED, "undo-blocking");
        assertThat(service.requests()).allMatch(request -> request.traceId().equals(trace));
        assertThat(calls(steps))
                .extracting(SpanData::getSpanId)
                .containsExactlyInAnyOrderElementsOf(
                        service.requests().stream().map(Request::spanId).toList());
    }

    /** What steps have called. */
    private List<SpanData> calls(List<SpanData> steps) {
        Set<String> ids = steps.stream().map(SpanData::getSpanId).collect(Collectors.toSet());
        return spans(SpanKind.CLIENT).stream()
                .filter(span -> ids.contains(span.getParentSpanId()))
                .toList();
    }

    private static List<String> operations(RecordingService service) {
        return service.requests().stream().map(Request::operation).toList();
    }

    private List<SpanData> steps() {
        return spans(SpanKind.INTERNAL).stream()
                .filter(span -> span.getName().startsWith("calling "))
                .toList();
    }

    private List<SpanData> spans(SpanKind kind) {
        return spans.ended().stream()
                .filter(span -> span.getTraceId().equals(trace) && span.getKind() == kind)
                .toList();
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
