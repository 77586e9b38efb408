package io.eventuali.projection;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Followers of a document see it as it is, and then every change, with nothing lost between the two. */
@QuarkusTest
@TestProfile(ProjectionIT.Impatient.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class StateStreamIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int EVENTS = 300;

    @Inject
    EventStore store;

    @TestHTTPResource
    URI base;

    private final String type = "Ledger-" + UUID.randomUUID();
    private final String account = UUID.randomUUID().toString();

    @Test
    void the_present_state_comes_first_and_then_every_change_while_a_writer_runs() throws Exception {
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> deposit(EVENTS));
        List<SseProbe> probes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            probes.add(SseProbe.to(stream("ledger", "key=" + account)).open());
        }
        writer.get();

        for (SseProbe probe : probes) {
            try (probe) {
                probe.await("the last state", p -> entries(p) == EVENTS);

                assertThat(probe.frames().get(0).event()).isEqualTo("state");
                assertThat(probe.header("Content-Type")).startsWith("text/event-stream");
                long position = -1;
                int entries = -1;
                for (SseFrame frame : probe.frames()) {
                    JsonNode data = json(frame);
                    assertThat(data.get("key").asText()).isEqualTo(account);
                    assertThat(data.get("position").asLong())
                            .isGreaterThan(position)
                            .isEqualTo(frame.position());
                    assertThat(data.at("/state/entries").asInt()).isGreaterThan(entries);
                    position = frame.position();
                    entries = data.at("/state/entries").asInt();
                }
            }
        }
    }

    @Test
    void a_document_comes_and_goes() {
        try (SseProbe probe = SseProbe.to(stream("ledger", "key=" + account)).open()) {
            probe.await("no document", p -> p.frameCount() == 1);
            assertThat(json(probe.frames().get(0)).get("state").isNull()).isTrue();

            deposit(1);
            probe.await("a document", p -> p.frames("changed").size() == 1);
            append(NewEvent.of("Closed", "{}"));
            probe.await("none", p -> p.frames("removed").size() == 1);
            deposit(1);

            probe.await("another document", p -> p.frames("changed").size() == 2);
            assertThat(json(probe.frames("changed").get(1)).at("/state/entries").asInt())
                    .isEqualTo(1);
        }
    }

    @Test
    void deltas_make_of_each_state_the_next_one() throws Exception {
        long first = append(NewEvent.of("Deposited", "{\"amount\":1}"));
        given().get("/v1/projections/ledger/state/%s?timeout=30s&after=%d".formatted(account, first))
                .then()
                .statusCode(200);
        try (SseProbe probe =
                SseProbe.to(stream("ledger", "delta=true&key=" + account)).open()) {
            probe.await("a state", p -> entries(p) == 1);
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> deposit(EVENTS));
            writer.get();
            probe.await("the last delta", p -> merged(p).path("entries").asInt() == EVENTS + 1);

            assertThat(merged(probe).get("amount").asInt()).isEqualTo(EVENTS + 1);
            assertThat(json(probe.frames("changed").get(0)).has("state")).isFalse();
        }
    }

    @Test
    void a_rate_leaves_states_out_but_never_the_last_one() {
        try (SseProbe probe =
                SseProbe.to(stream("ledger", "maxRate=1&key=" + account)).open()) {
            probe.await("a state", p -> p.frameCount() == 1);
            deposit(EVENTS);

            probe.await("the last state", p -> entries(p) == EVENTS);
            assertThat(probe.frames("changed")).hasSizeLessThan(EVENTS);
        }
    }

    @Test
    void a_projection_in_memory_is_followed_likewise() {
        try (SseProbe probe = SseProbe.to(stream("heap-counts", "key=" + type)).open()) {
            deposit(10);

            probe.await(
                    "ten",
                    p -> p.frameCount() > 0
                            && json(p.frames().get(p.frameCount() - 1))
                                            .path("state")
                                            .asInt()
                                    == 10);
        }
    }

    @Test
    void a_list_has_the_documents_that_are_there_and_then_those_that_come_change_and_go() {
        deposit(1);
        given().get("/v1/projections/ledger/state/" + account + "?after=" + deposited(1) + "&timeout=20s")
                .then()
                .statusCode(200);
        for (String query : List.of("prefix=" + account.substring(0, 20), "")) {
            String other = account.substring(0, 20) + UUID.randomUUID();
            try (SseProbe probe = SseProbe.to(stream("ledger", query)).open()) {
                probe.await("what is there", p -> keys(p, "state").contains(account));

                append(other, NewEvent.of("Deposited", "{\"amount\":1}"));
                probe.await("a new one", p -> keys(p, "changed").contains(other));
                append(other, NewEvent.of("Closed", "{}"));
                probe.await("none any more", p -> keys(p, "removed").contains(other));

                assertThat(keys(probe, "state")).doesNotContain(other);
            }
        }
    }

    private long deposited(int times) {
        return append(NewEvent.of("Deposited", "{\"amount\":" + times + "}"));
    }

    private static List<String> keys(SseProbe probe, String event) {
        return probe.frames(event).stream()
                .map(frame -> json(frame).get("key").asText())
                .toList();
    }

    @Test
    void what_cannot_be_followed_is_a_problem_document() {
        given().get("/v1/projections/nobody/stream?key=x")
                .then()
                .statusCode(404)
                .body("type", equalTo("/problems/projection-not-found"));
        given().get("/v1/projections/ledger/stream?key=x&prefix=y")
                .then()
                .statusCode(400)
                .body("field", equalTo("prefix"));
        given().get("/v1/projections/ledger/stream?key=x&maxRate=0").then().statusCode(400);
        given().get("/v1/projections/ledger/stream?key=x&delta=maybe").then().statusCode(400);
        given().get("/v1/projections/ledger/stream?key=x&keys=y").then().statusCode(400);
    }

    private URI stream(String projection, String query) {
        return base.resolve("/v1/projections/" + projection + "/stream?" + query);
    }

    private void deposit(int times) {
        for (int i = 0; i < times; i++) {
            append(NewEvent.of("Deposited", "{\"amount\":1}"));
        }
    }

    private long append(NewEvent event) {
        return append(account, event);
    }

    private long append(String id, NewEvent event) {
        return store.append(AppendRequest.to(new StreamId(type, id), ExpectedPosition.ANY, List.of(event)))
                .await()
                .atMost(PATIENCE)
                .lastGlobalPosition();
    }

    /** Entries of the newest state. */
    private static int entries(SseProbe probe) {
        List<SseFrame> frames = probe.frames();
        return frames.isEmpty()
                ? 0
                : json(frames.get(frames.size() - 1)).at("/state/entries").asInt();
    }

    /** What a client has that merges each delta into the state before. */
    private static ObjectNode merged(SseProbe probe) {
        ObjectNode state = JSON.createObjectNode();
        for (SseFrame frame : probe.frames()) {
            JsonNode data = json(frame);
            state.setAll((ObjectNode) (data.has("state") ? data.get("state") : data.get("delta")));
        }
        return state;
    }

    private static JsonNode json(SseFrame frame) {
        try {
            return JSON.readTree(frame.data());
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(frame.data(), malformed);
        }
    }
}
