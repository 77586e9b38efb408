package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.eventuali.projection.Strict;
import io.eventuali.saga.TripSaga;
import io.eventuali.support.SseProbe;
import io.eventuali.task.Rhythm;
import io.eventuali.task.Tasks;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * What code says about a failure quotes events. A projection, what is built for it, a saga's step and a task have failed here, and every
 * operation of the document that reads is asked by an operator who is no reader.
 */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class FailureTextsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Path DOCUMENT = Path.of("src/main/resources/META-INF/openapi.yaml");
    private static final String KIND = "java.lang.IllegalStateException";
    /** What the exceptions say. */
    private static final String IN_PROJECTIONS = "broken on purpose";

    private static final String IN_TASKS = "the card of alice is empty";
    private static final String IN_SAGAS = "the car of alice is gone";

    @Inject
    Tasks tasks;

    @TestHTTPResource
    URI base;

    private final String id = UUID.randomUUID().toString();
    private Cancellable task;
    private String saga;

    @BeforeEach
    void everything_fails() {
        task = tasks.tick("doomed", Rhythm.steady(Duration.ofMillis(20), Duration.ofSeconds(5)), () -> {
            throw new IllegalStateException(IN_TASKS);
        });
        TripSaga.SCRIPT.put(id + ":car", (trip, context) -> {
            throw new IllegalStateException(IN_SAGAS);
        });
        saga = as("publisher")
                .contentType("application/json")
                .body("{\"businessKey\":\"k-%s\",\"data\":{\"id\":\"%s\"}}".formatted(id, id))
                .post("/v1/sagas/trip")
                .then()
                .statusCode(201)
                .extract()
                .path("sagaId");
        // The second event stops what is served, and then the first one what is built beside it.
        Strict.BROKEN.add(id);
        for (String aggregate : List.of("early-" + id, id)) {
            as("publisher")
                    .contentType("application/json")
                    .body("[{\"eventType\":\"Broken\",\"data\":1}]")
                    .post("/v1/streams/Strict-" + id + "/" + aggregate + "/events")
                    .then()
                    .statusCode(201);
        }
        await().atMost(PATIENCE).until(() -> read("reader", strict("")).contains("\"stopped\""));
        Strict.BROKEN.add("early-" + id);
        as("operator").post(strict("/rebuild")).then().statusCode(202);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(read("reader", strict("/rebuild")))
                .contains(IN_PROJECTIONS));
        await().atMost(PATIENCE)
                .until(() -> read("reader", "/v1/sagas/trip/" + saga).contains(IN_SAGAS));
        await().atMost(PATIENCE).until(() -> read("admin", "/v1/tasks").contains(IN_TASKS));
    }

    @AfterEach
    void all_is_well_again() {
        task.cancel();
        TripSaga.SCRIPT.remove(id + ":car");
        Strict.BROKEN.clear();
        as("operator").delete(strict("/rebuild"));
        as("operator").post(strict("/resume")).then().statusCode(200);
        await().atMost(PATIENCE).until(() -> read("reader", strict("")).contains("\"live\""));
    }

    @Test
    void an_operator_sees_the_kind_of_each_failure_in_every_view_and_the_text_in_none() throws IOException {
        for (Map.Entry<String, String> target : targets().entrySet()) {
            String seen = target.getKey().startsWith("follow")
                    ? follow(target.getValue())
                    : read("operator", target.getValue());
            assertThat(seen)
                    .as(target.toString())
                    .doesNotContain(IN_PROJECTIONS, IN_SAGAS, IN_TASKS, "k-" + id, "\"" + id + "\"");
        }
        String health = read("operator", "/q/health");
        assertThat(health).contains(KIND).doesNotContain(IN_PROJECTIONS, IN_TASKS);

        as("operator")
                .get(strict(""))
                .then()
                .body("failure.reason", equalTo(KIND))
                .body("partitions[0].failure.reason", equalTo(KIND))
                .body("rebuild.failure.reason", equalTo(KIND));
        as("operator")
                .get(strict("/history"))
                .then()
                .body("history.find { it.what == 'stopped' }.detail", equalTo(KIND));
        as("operator")
                .get("/v1/sagas/trip/" + saga)
                .then()
                .body("steps.find { it.name == 'car' }.error.type", equalTo(KIND))
                .body("steps.find { it.name == 'car' }.error.message", equalTo(""));
        as("operator").get("/v1/tasks").then().body("tasks.find { it.task == 'doomed' }.reason", equalTo(KIND));
    }

    @Test
    void a_reader_sees_the_text() {
        as("reader")
                .get(strict(""))
                .then()
                .body("failure.reason", equalTo(IN_PROJECTIONS))
                .body("rebuild.failure.reason", equalTo(IN_PROJECTIONS));
        as("reader")
                .get(strict("/history"))
                .then()
                .body("history.find { it.what == 'stopped' }.detail", equalTo(IN_PROJECTIONS));
        as("reader")
                .get("/v1/sagas/trip/" + saga)
                .then()
                .body("steps.find { it.name == 'car' }.error.message", equalTo(IN_SAGAS));
    }

    @Test
    void a_reader_of_some_events_sees_no_text_of_a_task_that_may_have_to_do_with_others() {
        assertThat(read("travel", "/v1/tasks")).contains(KIND).doesNotContain(IN_TASKS);
    }

    @Test
    void what_an_operator_s_acts_are_answered_with_has_no_text_either() {
        String paused = as("operator").post(strict("/pause")).then().extract().asString();
        String started =
                as("operator").post(strict("/rebuild")).then().extract().asString();

        assertThat(paused).contains(KIND);
        assertThat(paused + started).doesNotContain(IN_PROJECTIONS);
    }

    /** Every operation that reads, by its id, about what has failed. */
    private Map<String, String> targets() throws IOException {
        Map<String, String> targets = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> path :
                new YAMLMapper().readTree(DOCUMENT.toFile()).path("paths").properties()) {
            JsonNode operation = path.getValue().path("get");
            if (!operation.isMissingNode()) {
                targets.put(
                        operation.path("operationId").asText(),
                        path.getKey()
                                .replace("{name}", Strict.NAME)
                                .replace("{sagaId}", saga)
                                .replace("{type}", "trip")
                                .replaceAll("\\{\\w+}", "1"));
            }
        }
        assertThat(targets).hasSizeGreaterThan(15).containsKeys("readProjection", "readRebuild", "listTasks");
        return targets;
    }

    /** The first frames of a stream, or what is answered instead. */
    private String follow(String target) throws IOException {
        try (SseProbe probe = SseProbe.to(base.resolve(target))
                .header("X-API-Key", TestKeys.key("operator"))
                .open()) {
            if (probe.status() != 200) {
                assertThat(probe.status()).as(target).isIn(204, 403, 404);
                return "";
            }
            probe.await("a frame with data", all -> all.frames().stream()
                    .anyMatch(frame ->
                            frame.data().contains(KIND) || frame.event().equals("ended")));
            return List.copyOf(probe.frames()).toString();
        }
    }

    private static String strict(String rest) {
        return "/v1/projections/" + Strict.NAME + rest;
    }

    private static String read(String client, String target) {
        return as(client).get(target).asString();
    }

    private static RequestSpecification as(String client) {
        return given().header("X-API-Key", TestKeys.key(client));
    }
}
