package io.eventuali.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.ConsumerClient;
import io.eventuali.support.ConsumerClient.Claim;
import io.eventuali.support.LogClient;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Workers share the events of a consumer over HTTP. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class ConsumersIT {
    @TestHTTPResource
    URI server;

    private final String type = "Mail-" + UUID.randomUUID();
    private LogClient log;
    private ConsumerClient consumer;

    @BeforeEach
    void connect() {
        log = new LogClient(server);
        consumer = new ConsumerClient(server, type.toLowerCase());
    }

    private JsonNode create(String more) {
        return consumer.put("{\"filter\":{\"aggregateType\":[\"%s\"]}%s}".formatted(type, more));
    }

    private void append(String id, int events) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            all.add(LogClient.event("MailWanted", "{\"n\":" + i + "}"));
        }
        log.append(type, id, all);
    }

    private static List<Long> numbers(List<Claim> claims) {
        return claims.stream()
                .map(claim -> claim.event().get("streamPosition").asLong())
                .toList();
    }

    private static String problem(HttpResponse<String> answer) {
        return LogClient.json(answer.body()).get("type").asText();
    }

    @Test
    void a_consumer_is_shown_with_its_defaults_and_can_be_changed() {
        assertThat(consumer.send("PUT", "", "{}").statusCode()).isEqualTo(201);
        JsonNode shown = consumer.show();
        assertThat(shown.get("order").asText()).isEqualTo("key");
        assertThat(shown.get("maxInFlight").asInt()).isEqualTo(1_000);
        assertThat(shown.get("ackTimeout").asText()).isEqualTo("30s");
        assertThat(shown.get("retry").toString()).isEqualTo("{\"attempts\":5,\"first\":\"1s\",\"longest\":\"60s\"}");
        assertThat(shown.get("onPoison").asText()).isEqualTo("park");
        assertThat(shown.get("state").asText()).isEqualTo("running");

        HttpResponse<String> changed = consumer.send("PUT", "", "{\"order\":\"log\",\"retry\":{\"first\":\"1500ms\"}}");

        assertThat(changed.statusCode()).isEqualTo(200);
        shown = LogClient.json(changed.body());
        assertThat(shown.get("order").asText()).isEqualTo("log");
        assertThat(shown.get("onPoison").asText()).isEqualTo("stop");
        assertThat(shown.get("retry").get("first").asText()).isEqualTo("1500ms");
        assertThat(LogClient.json(consumer.send("GET", "/history", null).body())
                        .get("history")
                        .findValuesAsText("what"))
                .containsExactly("changed", "created");
        assertThat(consumer.send("DELETE", "", null).statusCode()).isEqualTo(204);
        assertThat(problem(consumer.send("GET", "", null))).isEqualTo("/problems/consumer-not-found");
        assertThat(problem(consumer.send("POST", "/claim", "{}"))).isEqualTo("/problems/consumer-not-found");
    }

    @Test
    void events_of_a_key_come_in_order_and_not_before_the_ones_ahead_are_settled() {
        append("a", 3);
        append("b", 1);
        create("");

        List<Claim> first = consumer.claim("{\"max\":2,\"member\":\"w1\"}");
        List<Claim> second = consumer.claim("{\"max\":10}");

        assertThat(numbers(first)).containsExactly(1L, 2L);
        assertThat(second).singleElement().satisfies(claim -> {
            assertThat(claim.key()).isEqualTo(type + "/b");
            assertThat(claim.attempt()).isEqualTo(1);
        });
        assertThat(consumer.show().get("members").toString()).isEqualTo("[\"w1\"]");
        assertThat(consumer.claim("{}")).isEmpty();
        consumer.ack(second);
        consumer.ack(first);
        List<Claim> third = consumer.claim("{\"wait\":\"5s\"}");
        assertThat(numbers(third)).containsExactly(3L);
        consumer.ack(third);
        JsonNode shown = consumer.show();
        assertThat(shown.get("settled").asInt()).isEqualTo(4);
        assertThat(shown.get("inFlight").asInt()).isZero();
        assertThat(shown.get("position").asLong())
                .isGreaterThanOrEqualTo(third.get(0).position());
    }

    @Test
    void an_acknowledgement_ahead_of_an_earlier_event_of_the_key_is_refused_and_nothing_is_settled() {
        append("a", 2);
        create("");
        List<Claim> claims = consumer.claim("{}");

        HttpResponse<String> refused =
                consumer.send("POST", "/settle", "{\"acks\":[" + ConsumerClient.tokens(claims.get(1)) + "]}");

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(problem(refused)).isEqualTo("/problems/settled-out-of-order");
        assertThat(LogClient.json(refused.body()).get("position").asLong())
                .isEqualTo(claims.get(0).position());
        assertThat(consumer.show().get("inFlight").asInt()).isEqualTo(2);
    }

    @Test
    void a_retried_event_comes_again_with_what_followed_it_and_holds_its_key_up_meanwhile() {
        append("a", 2);
        append("b", 1);
        create(",\"retry\":{\"first\":\"300ms\"}");
        List<Claim> claims = consumer.claim("{}");
        assertThat(claims).hasSize(3);

        assertThat(consumer.send(
                                "POST",
                                "/settle",
                                "{\"acks\":[%s],\"retries\":[{\"token\":%s,\"reason\":\"no route\"}]}"
                                        .formatted(
                                                ConsumerClient.tokens(claims.get(2)),
                                                ConsumerClient.tokens(claims.get(0))))
                        .statusCode())
                .isEqualTo(200);

        List<Claim> again = consumer.claim("{\"wait\":\"10s\"}");
        assertThat(numbers(again)).containsExactly(1L, 2L);
        assertThat(again.get(0).attempt()).isEqualTo(2);
        // It went back untried.
        assertThat(again.get(1).attempt()).isEqualTo(1);
        consumer.ack(again);
    }

    @Test
    void a_claim_that_is_over_is_lost_and_its_events_go_to_somebody_else() {
        append("a", 1);
        create("");
        List<Claim> lost = consumer.claim("{\"leaseFor\":\"200ms\"}");

        List<Claim> taken = new ArrayList<>();
        await().until(() -> taken.addAll(consumer.claim("{\"wait\":\"5s\"}")));
        HttpResponse<String> late =
                consumer.send("POST", "/settle", "{\"acks\":[" + ConsumerClient.tokens(lost) + "]}");

        assertThat(taken.get(0).attempt()).isEqualTo(2);
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(problem(late)).isEqualTo("/problems/claim-lost");
        assertThat(LogClient.json(late.body()).get("lost").get(0).asText())
                .isEqualTo(lost.get(0).token());
        consumer.ack(taken);
    }

    @Test
    void a_claim_can_be_extended() {
        append("a", 1);
        create("");
        List<Claim> held = consumer.claim("{\"leaseFor\":\"4s\"}");

        assertThat(consumer.send(
                                "POST",
                                "/settle",
                                "{\"extend\":[{\"token\":%s,\"leaseFor\":\"60s\"}]}"
                                        .formatted(ConsumerClient.tokens(held)))
                        .statusCode())
                .isEqualTo(200);

        assertThat(consumer.claim("{\"wait\":\"5s\"}")).isEmpty();
        consumer.ack(held);
    }

    @Test
    void poison_is_parked_with_what_follows_for_its_key_until_an_operator_says_more() {
        append("a", 2);
        append("b", 1);
        create(",\"retry\":{\"attempts\":1}");
        List<Claim> claims = consumer.claim("{}");
        consumer.send(
                "POST",
                "/settle",
                "{\"acks\":[%s],\"retries\":[{\"token\":%s,\"reason\":\"no such person\"}]}"
                        .formatted(ConsumerClient.tokens(claims.get(2)), ConsumerClient.tokens(claims.get(0))));
        append("a", 1);

        assertThat(consumer.claim("{}")).isEmpty();
        JsonNode letters = deadLetters();
        assertThat(letters.findValuesAsText("attempts")).containsExactly("1", "0", "0");
        assertThat(letters.get(0).get("reason").asText()).isEqualTo("no such person");
        assertThat(letters.get(0).get("key").asText()).isEqualTo(type + "/a");
        long second = letters.get(1).get("position").asLong();
        assertThat(problem(consumer.send("POST", "/dead-letters/" + second + "/retry", null)))
                .isEqualTo("/problems/earlier-dead-letter");

        long first = letters.get(0).get("position").asLong();
        assertThat(consumer.send("POST", "/dead-letters/" + first + "/discard", null)
                        .statusCode())
                .isEqualTo(200);
        assertThat(consumer.send("POST", "/dead-letters/retry?key=" + LogClient.encode(type + "/a"), null)
                        .body())
                .startsWith("{\"events\":2}");
        List<Claim> rest = consumer.claim("{\"wait\":\"5s\"}");
        assertThat(numbers(rest)).containsExactly(2L, 3L);
        consumer.ack(rest);
        assertThat(deadLetters()).isEmpty();
    }

    private JsonNode deadLetters() {
        return LogClient.json(consumer.send("GET", "/dead-letters", null).body())
                .get("deadLetters");
    }

    @Test
    void poison_stops_a_consumer_that_is_to_stop_until_it_is_resumed() {
        append("a", 1);
        create(",\"onPoison\":\"stop\",\"retry\":{\"attempts\":1}");
        List<Claim> claims = consumer.claim("{}");
        consumer.send(
                "POST",
                "/settle",
                "{\"retries\":[{\"token\":%s,\"reason\":\"broken\"}]}".formatted(ConsumerClient.tokens(claims)));

        assertThat(consumer.claim("{}")).isEmpty();
        assertThat(consumer.show().get("state").asText()).isEqualTo("stopped");
        assertThat(consumer.show().get("failure").asText()).isEqualTo("broken");

        assertThat(consumer.send("POST", "/resume", null).statusCode()).isEqualTo(200);
        List<Claim> again = consumer.claim("{\"wait\":\"5s\"}");
        assertThat(again).hasSize(1);
        consumer.ack(again);
    }

    @Test
    void poison_is_skipped_with_a_record_by_a_consumer_that_is_to_skip() {
        append("a", 2);
        create(",\"onPoison\":\"skip\",\"retry\":{\"attempts\":1}");
        List<Claim> claims = consumer.claim("{\"max\":1}");
        consumer.send("POST", "/settle", "{\"retries\":[" + ConsumerClient.tokens(claims) + "]}");

        assertThat(numbers(consumer.claim("{\"wait\":\"5s\"}"))).containsExactly(2L);
        assertThat(consumer.send("GET", "/history", null).body())
                .contains("\"what\":\"skipped\",\"position\":" + claims.get(0).position());
    }

    @Test
    void a_paused_consumer_gives_out_nothing_and_goes_on_when_it_is_resumed() {
        append("a", 1);
        create("");
        consumer.send("POST", "/pause", null);
        assertThat(consumer.claim("{}")).isEmpty();
        CompletableFuture<List<Claim>> waiting =
                CompletableFuture.supplyAsync(() -> consumer.claim("{\"wait\":\"30s\"}"));

        consumer.send("POST", "/resume", null);

        assertThat(waiting.join()).hasSize(1);
    }

    @Test
    void a_worker_that_waits_gets_the_event_when_it_is_appended() {
        create("");
        CompletableFuture<List<Claim>> waiting =
                CompletableFuture.supplyAsync(() -> consumer.claim("{\"wait\":\"30s\"}"));

        append("a", 1);

        assertThat(waiting.join()).hasSize(1);
    }

    @Test
    void a_stream_pushes_as_many_events_as_may_be_in_flight() throws Exception {
        append("a", 1);
        append("b", 1);
        append("c", 1);
        create(",\"maxInFlight\":2");
        try (SseProbe probe = SseProbe.to(log.resolve("/v1/consumers/" + type.toLowerCase() + "/stream?member=pushed"))
                .open()) {
            JsonNode first = pushed(probe, 1);
            JsonNode second = pushed(probe, 2);
            assertThat(consumer.show().get("inFlight").asInt()).isEqualTo(2);
            assertThat(first.get("event").get("aggregateId").asText()).isEqualTo("a");
            assertThat(second.get("key").asText()).isEqualTo(type + "/b");

            consumer.send("POST", "/settle", "{\"acks\":[" + first.get("token") + "]}");

            assertThat(pushed(probe, 3).get("key").asText()).isEqualTo(type + "/c");
        }
    }

    private static JsonNode pushed(SseProbe probe, int number) {
        probe.await("claim " + number, seen -> seen.frames("claim").size() >= number);
        return LogClient.json(probe.frames("claim").get(number - 1).data());
    }

    @Test
    void a_replay_begins_again_and_loses_what_is_held() {
        append("a", 3);
        create("");
        List<Claim> done = consumer.claim("{\"max\":2}");
        consumer.ack(done);
        List<Claim> held = consumer.claim("{}");

        consumer.send("POST", "/replay", "{\"from\":" + (done.get(0).position() - 1) + "}");

        assertThat(numbers(consumer.claim("{\"wait\":\"5s\"}"))).containsExactly(1L, 2L, 3L);
        assertThat(problem(consumer.send("POST", "/settle", "{\"acks\":[" + ConsumerClient.tokens(held) + "]}")))
                .isEqualTo("/problems/claim-lost");
    }

    @Test
    void the_events_of_one_stream_can_be_handed_out_again() {
        append("a", 2);
        append("b", 1);
        create("");
        consumer.ack(consumer.claim("{}"));

        assertThat(consumer.send("POST", "/replay", "{\"aggregateType\":\"%s\",\"aggregateId\":\"a\"}".formatted(type))
                        .statusCode())
                .isEqualTo(200);

        List<Claim> again = consumer.claim("{\"wait\":\"5s\"}");
        assertThat(numbers(again)).containsExactly(1L, 2L);
        assertThat(again).allMatch(claim -> claim.key().equals(type + "/a"));
        consumer.ack(again);
        for (String body : List.of("{}", "{\"aggregateType\":\"A\"}", "{\"from\":0,\"aggregateId\":\"a\"}")) {
            assertThat(consumer.send("POST", "/replay", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
    }

    @Test
    void order_none_gives_out_everything_and_order_log_one_run_at_a_time() {
        append("a", 2);
        append("b", 1);
        create(",\"order\":\"none\",\"maxInFlight\":2");
        List<Claim> one = consumer.claim("{\"max\":1}");
        assertThat(numbers(consumer.claim("{}"))).containsExactly(2L);
        assertThat(consumer.claim("{}")).as("maxInFlight").isEmpty();
        consumer.ack(one);

        ConsumerClient log = new ConsumerClient(server, type.toLowerCase() + "-log");
        log.put("{\"filter\":{\"aggregateType\":\"%s\"},\"order\":\"log\"}".formatted(type));
        List<Claim> first = log.claim("{\"max\":1}");
        assertThat(log.claim("{}")).isEmpty();
        log.ack(first);
        assertThat(log.claim("{\"wait\":\"5s\"}")).hasSize(2);
    }

    @Test
    void what_makes_no_sense_is_refused() {
        create("");
        for (String body : List.of(
                "{\"max\":0}",
                "{\"max\":1001}",
                "{\"max\":1.5}",
                "{\"wait\":\"31s\"}",
                "{\"wait\":5}",
                "{\"leaseFor\":\"1ms\"}",
                "{\"member\":\"a b\"}",
                "{\"n\":1}",
                "[]")) {
            assertThat(consumer.send("POST", "/claim", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        String token = new Token(UUID.randomUUID(), 1).text();
        for (String body : List.of(
                "{}",
                "{\"acks\":[]}",
                "{\"acks\":\"x\"}",
                "{\"acks\":[\"x\"]}",
                "{\"acks\":[1]}",
                "{\"acks\":[\"%s\",\"%s\"]}".formatted(token, token),
                "{\"retries\":[{\"token\":\"%s\",\"after\":\"-1s\"}]}".formatted(token),
                "{\"retries\":[{\"token\":\"%s\",\"when\":\"1s\"}]}".formatted(token))) {
            assertThat(consumer.send("POST", "/settle", body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(problem(consumer.send("POST", "/settle", "{\"acks\":[\"" + token + "\"]}")))
                .isEqualTo("/problems/claim-lost");
        for (String body : List.of(
                "{\"order\":\"random\"}",
                "{\"order\":\"log\",\"onPoison\":\"park\"}",
                "{\"maxInFlight\":0}",
                "{\"start\":\"yesterday\"}",
                "{\"start\":-1}",
                "{\"retry\":{\"attempts\":0}}",
                "{\"retry\":{\"often\":1}}",
                "{\"filter\":{\"type\":\"A\"}}",
                "{\"filter\":{\"aggregateType\":[1]}}")) {
            assertThat(consumer.send("PUT", "", body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(new ConsumerClient(server, "-x").send("PUT", "", "{}").statusCode())
                .isEqualTo(400);
    }
}
