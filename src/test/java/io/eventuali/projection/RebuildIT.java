package io.eventuali.projection;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.EventStore;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Documents are built anew while the old ones are served, and take their place when they have caught up. */
@QuarkusTest
@TestProfile(ProjectionIT.Impatient.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class RebuildIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    EventStore store;

    @TestHTTPResource
    URI base;

    private final String type = "Ledger-" + UUID.randomUUID();
    private final String strictType = "Strict-" + UUID.randomUUID();
    private final String account = UUID.randomUUID().toString();

    @AfterEach
    void repair() {
        Strict.BROKEN.clear();
    }

    @Test
    void a_rebuild_under_load_ends_with_the_same_documents_and_reads_are_never_empty() {
        for (int i = 0; i < 500; i++) {
            append(type, account);
        }
        awaitState("ledger", account, append(type, account));
        AtomicInteger written = new AtomicInteger(501);
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            while (!stop.get()) {
                append(type, account);
                written.incrementAndGet();
            }
        });
        int before = generation("ledger");

        given().post("/v1/projections/ledger/rebuild").then().statusCode(202);
        int least = 0;
        while (generation("ledger") == before) {
            int entries = given().get("/v1/projections/ledger/state/" + account)
                    .then()
                    .statusCode(200)
                    .extract()
                    .path("entries");
            assertThat(entries).isGreaterThanOrEqualTo(least);
            least = entries;
        }
        stop.set(true);
        writer.join();

        long last = append(type, account);
        awaitState("ledger", account, last);
        given().get("/v1/projections/ledger/state/" + account)
                .then()
                .body("entries", equalTo(written.get() + 1))
                .body("amount", equalTo(written.get() + 1));
        given().get("/v1/projections/ledger").then().body("rebuild", nullValue());
        given().get("/v1/projections/ledger/history")
                .then()
                .statusCode(200)
                .body("history.what", hasItem("rebuild-started"))
                .body("history.what", hasItem("rebuild-served"));
        assertThat(Ledger.EFFECTS.stream().filter(account::equals).count())
                .as("effects at least once each, but not twice for all that was handled before the rebuild")
                .isBetween(written.get() + 1L, written.get() + 1L + 400);
    }

    @Test
    void a_rebuild_that_stops_tells_why_while_the_old_documents_go_on_and_is_followed_to_its_end() {
        append(strictType, account);
        awaitState("strict", account, append(strictType, account));
        Strict.BROKEN.add(account);
        given().post("/v1/projections/strict/rebuild")
                .then()
                .statusCode(202)
                .body("rebuild", notNullValue())
                .body("rebuild.version", equalTo(1));

        try (SseProbe probe = SseProbe.to(base.resolve("/v1/projections/strict/rebuild/stream"))
                .open()) {
            await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/projections/strict/rebuild")
                    .then()
                    .statusCode(200)
                    .body("failure.reason", equalTo("broken on purpose")));
            given().post("/v1/projections/strict/rebuild")
                    .then()
                    .statusCode(409)
                    .body("type", equalTo("/problems/rebuild-in-progress"));
            awaitState("strict", account + "-other", append(strictType, account + "-other"));
            given().get("/v1/projections/strict")
                    .then()
                    .body("failure", nullValue())
                    .body("rebuild.failure", notNullValue());
            probe.await("progress", p -> p.frames("progress").stream()
                    .anyMatch(frame -> frame.data().contains("broken on purpose")));

            given().delete("/v1/projections/strict/rebuild").then().statusCode(204);

            probe.await("the end", p -> p.frames("discarded").size() == 1);
        }
        given().delete("/v1/projections/strict/rebuild")
                .then()
                .statusCode(404)
                .body("type", equalTo("/problems/rebuild-not-found"));
        given().get("/v1/projections/strict/rebuild").then().statusCode(404);
        given().get("/v1/projections/strict/rebuild/stream").then().statusCode(204);
        awaitState("strict", account + "-other", append(strictType, account + "-other"));

        given().post("/v1/projections/strict/rebuild").then().statusCode(202);
        await().atMost(PATIENCE).untilAsserted(() -> given().get("/v1/projections/strict/rebuild")
                .then()
                .body("failure.reason", equalTo("broken on purpose")));
        try (SseProbe probe = SseProbe.to(base.resolve("/v1/projections/strict/rebuild/stream"))
                .open()) {
            Strict.BROKEN.clear();
            given().post("/v1/projections/strict/resume").then().statusCode(200);

            probe.await("the end", p -> p.frames("served").size() == 1);
        }
        given().get("/v1/projections/strict/state/" + account).then().body(equalTo("2"));
    }

    @Test
    void after_a_reset_the_documents_are_made_anew() {
        awaitState("strict", account, append(strictType, account));
        int before = generation("strict");

        given().post("/v1/projections/strict/reset").then().statusCode(202);

        assertThat(generation("strict")).isNotEqualTo(before);
        awaitState("strict", account, append(strictType, account));
        given().get("/v1/projections/strict/state/" + account).then().body(equalTo("2"));
        given().get("/v1/projections/strict/history?limit=5").then().body("history.what", hasItem("reset"));
    }

    @Test
    void a_projection_in_memory_is_neither_rebuilt_nor_reset() {
        for (String operation : List.of("rebuild", "reset")) {
            given().post("/v1/projections/heap-counts/" + operation)
                    .then()
                    .statusCode(409)
                    .body("detail", containsString("in memory"));
        }
        given().post("/v1/projections/nobody/rebuild").then().statusCode(404);
    }

    private static int generation(String projection) {
        return given().get("/v1/projections/" + projection).then().extract().path("generation");
    }

    private static void awaitState(String projection, String key, long after) {
        given().get("/v1/projections/%s/state/%s?after=%d&timeout=30s".formatted(projection, key, after))
                .then()
                .statusCode(200);
    }

    private long append(String aggregateType, String id) {
        return store.append(AppendRequest.to(
                        new StreamId(aggregateType, id),
                        ExpectedPosition.ANY,
                        List.of(NewEvent.of("Deposited", "{\"amount\":1}"))))
                .await()
                .atMost(PATIENCE)
                .lastGlobalPosition();
    }
}
