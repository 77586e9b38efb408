package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.eventuali.support.SseProbe;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A browser's way in: a ticket opens one stream, once, and what it stands for ends when the credential does. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class TicketIT {
    @TestHTTPResource
    URI base;

    @Inject
    @ReactiveDataSource("eventuali")
    Pool pool;

    @Test
    void a_ticket_opens_a_stream_with_the_access_of_who_asked_for_it() {
        String id = UUID.randomUUID().toString();
        long before = append("Secret", id, "OrderPlaced") - 1;
        long granted = append("Order", id, "OrderPlaced");

        try (SseProbe probe = open(ticket("shop"), "&from=" + before)) {
            probe.await("the granted event", seen -> seen.positions().contains(granted));
            assertThat(probe.positions()).containsExactly(granted);
        }
    }

    @Test
    void a_ticket_is_for_half_a_minute_at_most_and_is_not_stored_by_caches() {
        Instant asked = Instant.now();
        var answer =
                as("reader").post("/v1/tickets").then().statusCode(201).header("Cache-Control", equalTo("no-store"));
        JsonPath body = answer.extract().jsonPath();

        assertThat(body.getString("ticket")).startsWith("evt_").hasSizeGreaterThan(40);
        assertThat(Instant.parse(body.getString("expiresAt")))
                .isBefore(asked.plusSeconds(60))
                .isAfter(asked);
    }

    @Test
    void a_ticket_opens_one_stream_however_many_try_at_once() {
        String ticket = ticket("reader");

        List<Integer> statuses = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try (SseProbe probe = open(ticket, "")) {
                        return probe.status();
                    }
                }))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();

        assertThat(statuses)
                .containsOnlyOnce(200)
                .hasSize(8)
                .filteredOn(status -> status != 200)
                .containsOnly(401);
    }

    @Test
    void a_ticket_opens_streams_and_nothing_else() {
        String ticket = ticket("admin");

        given().get("/v1/events?ticket=" + ticket).then().statusCode(401);
        given().get("/v1/position?ticket=" + ticket).then().statusCode(401);
        given().header("Authorization", "Bearer " + ticket)
                .get("/v1/position")
                .then()
                .statusCode(401);
        given().post("/v1/tickets?ticket=" + ticket).then().statusCode(401);
        given().get("/v1/events/stream?ticket=evt_nothing")
                .then()
                .statusCode(401)
                .body("type", equalTo("/problems/unauthorized"));
    }

    @Test
    void a_ticket_does_not_give_a_role_that_its_owner_has_not() {
        given().get("/v1/events/stream?ticket=" + ticket("publisher")).then().statusCode(403);
    }

    @Test
    void a_stream_ends_with_the_token_that_opened_it() {
        String token = Secured.issuer.token("ada", Duration.ofSeconds(4), Set.of("subscriber"), Map.of());

        try (SseProbe direct = SseProbe.to(base.resolve("/v1/events/stream"))
                        .header("Authorization", "Bearer " + token)
                        .open();
                SseProbe byTicket = open(
                        given().header("Authorization", "Bearer " + token)
                                .post("/v1/tickets")
                                .then()
                                .statusCode(201)
                                .extract()
                                .jsonPath()
                                .getString("ticket"),
                        "")) {
            for (SseProbe probe : List.of(direct, byTicket)) {
                probe.await("caught-up").awaitEnd();
                assertThat(probe.failure()).isNull();
                assertThat(probe.frames("closing")).singleElement().satisfies(closing -> {
                    assertThat(closing.data()).startsWith("{\"reason\":\"expired\",\"position\":");
                    assertThat(closing.id()).isNotNull();
                    assertThat(closing.retry()).isPositive();
                });
            }
        }
    }

    @Test
    void a_bad_ticket_costs_no_transaction() {
        String used = ticket("reader");
        try (SseProbe probe = open(used, "")) {
            assertThat(probe.status()).isEqualTo(200);
        }
        char last = used.charAt(used.length() - 1);
        List<String> bad = List.of(
                used,
                used.substring(0, used.length() - 1) + (last == 'A' ? 'B' : 'A'),
                "evt_" + "A".repeat(96),
                "evt_nothing",
                "nothing");

        // While this is held, whoever asks the database about a ticket waits.
        SqlConnection holder = pool.getConnection().await().indefinitely();
        Transaction held = holder.begin().await().indefinitely();
        try {
            holder.query("LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE")
                    .execute()
                    .await()
                    .indefinitely();
            long begun = System.nanoTime();
            for (int i = 0; i < 40; i++) {
                given().get("/v1/events/stream?ticket=" + bad.get(i % bad.size()))
                        .then()
                        .statusCode(401);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("the database answers after 10 s that it does not answer")
                    .isLessThan(Duration.ofSeconds(10));
        } finally {
            held.rollback().await().indefinitely();
            holder.close().await().indefinitely();
        }
        try (SseProbe probe = open(ticket("reader"), "")) {
            assertThat(probe.status()).isEqualTo(200);
        }
    }

    private SseProbe open(String ticket, String more) {
        return SseProbe.to(base.resolve("/v1/events/stream?ticket=" + ticket + more))
                .open();
    }

    private static String ticket(String principal) {
        return as(principal)
                .post("/v1/tickets")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getString("ticket");
    }

    private static long append(String type, String id, String eventType) {
        return as("admin")
                .contentType("application/json")
                .body("[{\"eventType\":\"" + eventType + "\",\"data\":{}}]")
                .post("/v1/streams/" + type + "/" + id + "/events")
                .then()
                .statusCode(201)
                .extract()
                .jsonPath()
                .getLong("lastGlobalPosition");
    }

    private static RequestSpecification as(String principal) {
        return given().header("X-API-Key", TestKeys.key(principal));
    }
}
