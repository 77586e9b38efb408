package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.http.sse.ConsumerStreamResource;
import io.eventuali.http.sse.RebuildStreamResource;
import io.eventuali.http.sse.SseResource;
import io.eventuali.http.sse.StateStreamResource;
import io.eventuali.http.sse.VerifyStreamResource;
import io.eventuali.support.LogClient;
import io.eventuali.support.ServedOpenApi;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The OpenAPI document says what the service does: the same operations, members and answers. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class OpenApiIT {
    private static final java.nio.file.Path COPY = java.nio.file.Path.of("docs/openapi.yaml");
    private static final List<Class<?>> RESOURCES = List.of(
            AppendResource.class,
            CloudEventsResource.class,
            EventTypeListResource.class,
            IncidentResource.class,
            DamageResource.class,
            KafkaResource.class,
            LogOverviewResource.class,
            LogResource.class,
            StreamListResource.class,
            SubscriptionResource.class,
            TaskResource.class,
            TicketResource.class,
            SseResource.class,
            ProjectionResource.class,
            ProjectionStateResource.class,
            StateStreamResource.class,
            RebuildStreamResource.class,
            ConsumerResource.class,
            ConsumerStreamResource.class,
            DeadLetterResource.class,
            SagaResource.class,
            VerifyResource.class,
            VerifyStreamResource.class);
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete");

    @TestHTTPResource
    URI base;

    @Test
    void the_copy_in_the_repository_is_what_is_served() throws IOException {
        String served =
                given().get("/q/openapi").then().statusCode(200).extract().asString();
        if (Boolean.getBoolean("openapi.update")) {
            Files.createDirectories(COPY.getParent());
            Files.writeString(COPY, served);
        }

        assertThat(Files.readString(COPY))
                .as("%s is out of date: run this test with -Dopenapi.update=true and commit the file", COPY)
                .isEqualTo(served);
    }

    @Test
    void every_endpoint_is_described_and_everything_described_is_an_endpoint() {
        Set<String> described = new TreeSet<>();
        for (var path : ServedOpenApi.fetch().document().path("paths").properties()) {
            for (var entry : path.getValue().properties()) {
                if (METHODS.contains(entry.getKey())) {
                    described.add(entry.getKey() + " " + path.getKey());
                }
            }
        }

        assertThat(described).isEqualTo(endpoints());
    }

    @Test
    void every_operation_has_a_name_words_a_success_and_an_example_of_it() {
        JsonNode paths = ServedOpenApi.fetch().document().path("paths");

        Set<String> names = new TreeSet<>();
        paths.forEach(path -> path.properties().forEach(entry -> {
            if (!METHODS.contains(entry.getKey())) {
                return;
            }
            JsonNode operation = entry.getValue();
            assertThat(names.add(operation.path("operationId").asText()))
                    .as("%s", operation.path("operationId"))
                    .isTrue();
            assertThat(operation.path("summary").asText()).isNotBlank();
            assertThat(operation.path("description").asText()).isNotBlank();
            assertThat(operation.path("tags")).isNotEmpty();
            operation.path("responses").forEach(response -> response.path("content")
                    .forEach(content -> assertThat(content.has("example") || content.has("examples"))
                            .as("an example in %s", operation.path("operationId"))
                            .isTrue()));
        }));
        assertThat(names).doesNotContain("");
    }

    @Test
    void clients_made_of_it_have_a_class_for_each_kind_of_resource_and_short_heads() {
        JsonNode document = ServedOpenApi.fetch().document();
        Set<String> declared = new TreeSet<>();
        document.path("tags").forEach(tag -> declared.add(tag.path("name").asText()));
        Set<String> used = new TreeSet<>();
        document.path("paths")
                .forEach(path ->
                        path.forEach(operation -> operation.path("tags").forEach(tag -> used.add(tag.asText()))));

        assertThat(used).isEqualTo(declared).contains("Events", "Streams", "Projections", "Sagas");
        // It is copied into each generated file.
        assertThat(document.at("/info/description").asText()).hasSizeLessThan(200);
    }

    @Test
    void what_extensions_refer_to_exists() {
        JsonNode document = ServedOpenApi.fetch().document();
        List<String> references = new ArrayList<>();
        for (String extension : List.of("x-schema-by-format", "x-frames")) {
            document.findValues(extension)
                    .forEach(schemas -> schemas.forEach(schema -> references.add(schema.asText())));
        }

        assertThat(references).hasSizeGreaterThan(10);
        assertThat(references).allSatisfy(reference -> assertThat(
                        document.at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
    }

    @Test
    void events_in_either_format_fit_a_schema_of_its_own() {
        ServedOpenApi contract = ServedOpenApi.fetch();
        String stream = "/v1/streams/Formats/" + UUID.randomUUID() + "/events";
        post(stream, "[{\"eventType\":\"E\",\"data\":1}]").statusCode(201);

        fits(contract, "StreamPage", given().get(stream).then());
        fits(
                contract,
                "EventPage",
                given().get("/v1/events?aggregateType=Formats").then());
        String cloudEvents =
                given().get(stream + "?format=cloudevents").then().extract().asString();
        assertThat(contract.violations("CloudEventStreamPage", cloudEvents)).isEmpty();
        assertThat(contract.violations("StreamPage", cloudEvents)).isNotEmpty();
        fits(
                contract,
                "CloudEventPage",
                given().get("/v1/events?aggregateType=Formats&format=cloudevents")
                        .then());
    }

    @Test
    void what_streams_send_fits_the_schemas_of_their_frames() {
        ServedOpenApi contract = ServedOpenApi.fetch();
        LogClient log = new LogClient(base);
        String type = "Frames" + UUID.randomUUID();
        log.append(type, "1", LogClient.event("Said", "{}"));

        try (SseProbe probe = log.follow("id=" + type + "&from=start&aggregateType=" + type)
                        .open();
                SseProbe display = log.follow("maxRate=100&conflate=aggregate&from=start&aggregateType=" + type)
                        .open();
                SseProbe states = SseProbe.to(
                                log.resolve("/v1/projections/event-statistics/stream?key=" + type + "%2FSaid"))
                        .open()) {
            probe.await("caught-up");
            display.await("caught-up");
            states.await("state");
            log.append(type, "1", LogClient.event("Said", "{}"));
            states.await("changed");
            log.removeSubscription(type);
            probe.await("closing");
            assertFits(contract, "SubscribedFrame", probe, "subscribed");
            assertFits(contract, "StreamEvent", probe, "message");
            assertFits(contract, "UpdateFrame", display, "message");
            assertFits(contract, "CaughtUpFrame", probe, "caught-up");
            assertFits(contract, "ClosingFrame", probe, "closing");
            assertFits(contract, "StateFrame", states, "state");
            assertFits(contract, "ChangedFrame", states, "changed");
        }
    }

    private static void assertFits(ServedOpenApi contract, String schema, SseProbe probe, String event) {
        String data = probe.frames(event).get(0).data();
        assertThat(contract.violations(schema, data)).as("%s %s", schema, data).isEmpty();
    }

    @Test
    void the_examples_of_problems_fit_their_schema() {
        ServedOpenApi contract = ServedOpenApi.fetch();

        contract.document().at("/components/responses").forEach(response -> {
            JsonNode content = response.at("/content/application~1problem+json");
            List<JsonNode> examples = content.has("example")
                    ? List.of(content.path("example"))
                    : content.path("examples").findValues("value");
            assertThat(examples).isNotEmpty();
            examples.forEach(example -> assertThat(contract.violations("Problem", example.toString()))
                    .as("%s", example)
                    .isEmpty());
        });
    }

    @Test
    void the_answers_of_the_service_fit_their_schemas() {
        ServedOpenApi contract = ServedOpenApi.fetch();
        UUID id = UUID.randomUUID();
        String stream = "/v1/streams/Contract/" + id + "/events";
        String event = "{\"eventType\":\"E\",\"data\":[1.10,null],\"metadata\":{\"correlationId\":\"c\"}}";

        fits(
                contract,
                "AppendResponse",
                post(stream, "[" + event + "," + event + "]").statusCode(201));
        fits(
                contract,
                "MultiAppendResponse",
                post(
                                "/v1/events",
                                "{\"appends\":[{\"aggregateType\":\"Contract\",\"aggregateId\":\"" + id
                                        + "\",\"expectedPosition\":2,\"events\":[" + event + "]}]}")
                        .statusCode(201));
        fits(contract, "StreamPage", given().get(stream + "?limit=1").then().statusCode(200));
        fits(contract, "StreamPage", given().get(stream).then().statusCode(200));
        fits(contract, "EventPage", given().get("/v1/events").then().statusCode(200));
        fits(contract, "StreamEvent", given().get("/v1/events/1").then().statusCode(200));
        fits(contract, "PositionResponse", given().get("/v1/position").then().statusCode(200));
        fits(
                contract,
                "SubscriptionList",
                given().get("/v1/subscriptions").then().statusCode(200));
        fits(contract, "Ticket", given().post("/v1/tickets").then().statusCode(201));
        fits(contract, "ProjectionList", given().get("/v1/projections").then().statusCode(200));
        fits(
                contract,
                "Projection",
                given().get("/v1/projections/event-statistics").then().statusCode(200));
        fits(
                contract,
                "StatePage",
                given().get("/v1/projections/event-statistics/state?limit=1")
                        .then()
                        .statusCode(200));
        fits(
                contract,
                "ProjectionHistory",
                given().get("/v1/projections/event-statistics/history").then().statusCode(200));
        fits(
                contract,
                "DeadLetterPage",
                given().get("/v1/projections/event-statistics/dead-letters")
                        .then()
                        .statusCode(200));
    }

    @Test
    void the_answers_about_sagas_fit_their_schemas() {
        ServedOpenApi contract = ServedOpenApi.fetch();

        String saga = post("/v1/sagas/trip", "{\"data\":{\"id\":\"" + UUID.randomUUID() + "\",\"insured\":true}}")
                .statusCode(201)
                .extract()
                .header("Location");

        saga = saga.substring(saga.indexOf("/v1/"));
        fits(contract, "Saga", given().get(saga).then().statusCode(200));
        fits(contract, "Saga", post(saga + "/cancel", "{}").statusCode(200));
        fits(contract, "SagaTimeline", given().get(saga + "/timeline").then().statusCode(200));
        fits(contract, "SagaPage", given().get("/v1/sagas").then().statusCode(200));
        fits(contract, "Problem", post(saga + "/resolve", "{\"reason\":\"r\"}").statusCode(409));
    }

    @Test
    void without_being_asked_for_no_other_origin_is_let_in() {
        var headers = given().header("Origin", "https://elsewhere.example")
                .get("/v1/position")
                .then()
                .statusCode(200)
                .extract()
                .headers();

        assertThat(headers)
                .noneMatch(header -> header.getName().toLowerCase(Locale.ROOT).startsWith("access-control"));
    }

    @Test
    void the_service_says_that_it_is_live_and_ready() {
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
    }

    private static ValidatableResponse post(String path, String body) {
        return given().contentType("application/json").body(body).post(path).then();
    }

    private static void fits(ServedOpenApi contract, String schema, ValidatableResponse answer) {
        String body = answer.extract().asString();
        assertThat(contract.violations(schema, body)).as("%s %s", schema, body).isEmpty();
    }

    private static Set<String> endpoints() {
        Set<String> endpoints = new TreeSet<>();
        for (Class<?> resource : RESOURCES) {
            for (Method method : resource.getDeclaredMethods()) {
                verb(method)
                        .forEach(verb -> endpoints.add(verb + " "
                                + resource.getAnnotation(Path.class).value()
                                + (method.isAnnotationPresent(Path.class)
                                        ? method.getAnnotation(Path.class).value()
                                        : "")));
            }
        }
        return endpoints;
    }

    private static Stream<String> verb(Method method) {
        return Arrays.stream(method.getAnnotations())
                .map(annotation -> annotation.annotationType())
                .filter(type ->
                        Set.of(GET.class, POST.class, PUT.class, DELETE.class).contains(type))
                .map(type -> type.getSimpleName().toLowerCase(Locale.ROOT));
    }
}
