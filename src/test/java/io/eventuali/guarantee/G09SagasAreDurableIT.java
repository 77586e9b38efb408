package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.saga.order.SimulatedServices;
import io.eventuali.saga.order.SimulatedServices.Mood;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.PackagedApp;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G9: a saga survives {@code kill -9} at any instruction; each step runs at least once with a stable key; compensation runs in
 * reverse order; one that fails is a state. Orders run over services that fail in every way, on replicas that are killed and
 * frozen; in the end the effects at the services have to be those of the state that each order ended in.
 * {@code -Drounds=30} for a longer run.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G09SagasAreDurableIT {
    private static final Seed SEED = Seed.next();
    private static final int SAGAS = Rounds.of(150, "sagas", SEED);
    private static final int KILLS = Math.max(4, SAGAS / 100);
    private static final int OUTAGES = 3;
    private static final int SAGAS_AN_OUTAGE = 30;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Set<String> FINAL = Set.of("completed", "compensated", "failed", "cancelled");
    private static final List<String> UNDOABLE = List.of("reserve", "charge", "courier", "wrap", "ship");

    @Test
    void effects_are_those_of_the_final_state_though_replicas_are_killed() {
        Seed seed = SEED;
        var random = seed.random();
        Map<String, Boolean> doomed = new ConcurrentHashMap<>();
        try (DatabaseServer database = new DatabaseServer();
                SimulatedServices services = new SimulatedServices((operation, order, call) ->
                        mood(seed.value(), doomed.containsKey(order), operation, order, call));
                Replica first = replica(database, services);
                Replica second = replica(database, services)) {
            List<Replica> replicas = List.of(first, second);
            AtomicInteger started = new AtomicInteger();
            CompletableFuture<Void> killer = killer(replicas, started, seed.value());
            List<String> orders = new ArrayList<>();
            for (int i = 0; i < SAGAS; i++) {
                String order = new UUID(random.nextLong(), random.nextLong()).toString();
                orders.add(order);
                if (random.nextInt(50) == 0) {
                    doomed.put(order, true);
                }
                boolean gift = random.nextBoolean();
                boolean approval = random.nextInt(4) == 0;
                boolean early = random.nextBoolean();
                if (random.nextBoolean()) {
                    startByEvent(replicas, order, gift, approval);
                } else {
                    startByApi(replicas, order, gift, approval);
                }
                if (approval && early) {
                    append(replicas, order, "PurchaseApproved", "{}");
                } else if (approval && random.nextInt(8) > 0) {
                    CompletableFuture.runAsync(() -> append(replicas, order, "PurchaseApproved", "{}"));
                }
                if (random.nextInt(40) == 0) {
                    cancel(replicas, order);
                }
                started.incrementAndGet();
            }
            killer.join();
            replicas.forEach(Replica::awaitReady);
            Map<String, String> sagas = awaitSettled(first, orders);

            Map<String, Integer> ends = new ConcurrentHashMap<>();
            sagas.forEach((saga, order) -> {
                String status = check(first, services, saga, doomed.containsKey(order), seed);
                ends.merge(status, 1, Integer::sum);
            });
            // The schedule has to have been worth something.
            assertThat(ends.keySet()).as("%s %s", ends, seed).contains("completed", "compensated");
        }
    }

    @Test
    void effects_are_those_of_the_final_state_though_the_database_is_killed() {
        Seed seed = SEED;
        var random = seed.random();
        try (DatabaseServer database = new DatabaseServer();
                SimulatedServices services = new SimulatedServices(
                        (operation, order, call) -> mood(seed.value(), false, operation, order, call));
                Replica first = replica(database, services);
                Replica second = replica(database, services)) {
            List<Replica> replicas = List.of(first, second);
            List<String> orders = new ArrayList<>();
            for (int i = 0; i < OUTAGES * SAGAS_AN_OUTAGE; i++) {
                String order = new UUID(random.nextLong(), random.nextLong()).toString();
                orders.add(order);
                if (random.nextBoolean()) {
                    startByEvent(replicas, order, random.nextBoolean(), false);
                } else {
                    startByApi(replicas, order, random.nextBoolean(), false);
                }
                if (i % SAGAS_AN_OUTAGE == SAGAS_AN_OUTAGE / 2) {
                    await().atMost(PATIENCE).until(() -> services.wasAsked(order));
                    database.kill();
                    database.start();
                }
            }
            replicas.forEach(Replica::awaitReady);
            Map<String, String> sagas = awaitSettled(first, orders);

            sagas.keySet().forEach(saga -> check(first, services, saga, false, seed));
        }
    }

    @Test
    void a_timer_fires_once_though_every_replica_was_killed_before_it_was_due() {
        try (DatabaseServer database = new DatabaseServer();
                SimulatedServices services = new SimulatedServices((operation, order, call) -> Mood.FINE);
                Replica first = replica(database, services);
                Replica second = replica(database, services)) {
            List<Replica> replicas = List.of(first, second);
            String order = UUID.randomUUID().toString();
            String saga = startByApi(replicas, order, false, true);
            await().atMost(PATIENCE)
                    .until(() -> types(first, saga).stream().anyMatch(type -> type.equals("StepStarted"))
                            && step(get(first, "/v1/sagas/order/" + saga), "await-PurchaseApproved")
                                    .path("status")
                                    .asText()
                                    .equals("executing"));

            replicas.forEach(Replica::kill);
            replicas.forEach(Replica::restart);

            await().atMost(PATIENCE)
                    .until(() -> isSettled(
                            get(first, "/v1/sagas/order/" + saga).path("status").asText()));
            assertThat(get(first, "/v1/sagas/order/" + saga).path("status").asText())
                    .isEqualTo("compensated");
            assertThat(timeline(first, saga).stream()
                            .filter(event ->
                                    event.at("/data/errorType").asText().equals("AwaitTimeout")))
                    .hasSize(1);
            assertThat(services.effectsOf(saga)).isEmpty();
        }
    }

    @Test
    void a_former_owner_that_was_frozen_changes_nothing() {
        Set<String> slow = ConcurrentHashMap.newKeySet();
        CompletableFuture<Void> go = new CompletableFuture<>();
        try (DatabaseServer database = new DatabaseServer();
                SimulatedServices services = new SimulatedServices((operation, order, call) -> {
                    if (operation.equals("reserve") && call == 1) {
                        slow.add(order);
                        go.join();
                    }
                    return Mood.FINE;
                });
                Replica owner = replica(database, services)) {
            String order = UUID.randomUUID().toString();
            String saga = startByApi(List.of(owner), order, false, false);
            await().atMost(PATIENCE).until(() -> slow.contains(order));
            owner.freeze();
            try (Replica other = replica(database, services)) {
                await().atMost(PATIENCE).until(() -> get(other, "/v1/sagas/order/" + saga)
                        .path("status")
                        .asText()
                        .equals("completed"));
                List<String> before = decisions(other, saga);
                owner.thaw();
                go.complete(null);
                await().atMost(PATIENCE).until(() -> owner.metric("eventuali_saga_running") == 0);

                assertThat(decisions(other, saga)).isEqualTo(before);
                assertThat(services.effectsOf(saga)).containsExactlyInAnyOrder("reserve", "charge", "courier", "ship");
            }
        } finally {
            go.complete(null);
        }
    }

    /**
     * The sagas of all orders by their ids, once all have ended or need an operator. An order has a second one if a killed replica did not
     * answer its start, and its saga had ended when the start was repeated.
     */
    private static Map<String, String> awaitSettled(Replica replica, List<String> orders) {
        Map<String, String> sagas = new LinkedHashMap<>();
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> {
            for (String order : orders) {
                if (!sagas.containsValue(order)) {
                    JsonNode found =
                            get(replica, "/v1/sagas/order?businessKey=" + order).path("sagas");
                    if (found.isEmpty()) {
                        return false;
                    }
                    for (JsonNode saga : found) {
                        if (!isSettled(saga.path("status").asText())) {
                            return false;
                        }
                    }
                    found.forEach(saga -> sagas.put(saga.path("sagaId").asText(), order));
                }
            }
            return true;
        });
        return sagas;
    }

    /** Mostly fine; a doomed order cannot be shipped and its courier cannot be sent home. */
    private static Mood mood(long seed, boolean doomed, String operation, String order, int call) {
        if (doomed && (operation.equals("ship") || operation.equals("undo-courier"))) {
            return Mood.REFUSES;
        }
        int dice = new Random(seed ^ (operation + order + call).hashCode()).nextInt(100);
        if (operation.startsWith("undo-") && call > 4) {
            return Mood.FINE;
        }
        if (dice < 78) {
            return Mood.FINE;
        }
        Mood[] bad = {
            Mood.REFUSES, Mood.BREAKS_BEFORE, Mood.BREAKS_AFTER, Mood.HANGS_UP, Mood.DAWDLES,
        };
        return bad[dice % bad.length];
    }

    /** Kills and restarts one replica after the other while sagas are started, and for a while after that. */
    private static CompletableFuture<Void> killer(List<Replica> replicas, AtomicInteger started, long seed) {
        Random random = new Random(seed);
        return CompletableFuture.runAsync(() -> {
            for (int kill = 1; kill <= KILLS; kill++) {
                int from = SAGAS * kill / (KILLS + 1);
                await().atMost(PATIENCE).until(() -> started.get() >= from);
                Replica victim = replicas.get(random.nextInt(replicas.size()));
                victim.kill();
                victim.restart();
            }
        });
    }

    /** Holds the effects and the stream of a saga against its state, which it returns. */
    private static String check(Replica replica, SimulatedServices services, String saga, boolean doomed, Seed seed) {
        JsonNode details = get(replica, "/v1/sagas/order/" + saga);
        String status = details.path("status").asText();
        String which = "%s %s %s".formatted(details, types(replica, saga), seed);
        Set<String> effects = services.effectsOf(saga);
        if (status.equals("completed")) {
            Set<String> expected = new TreeSet<>();
            details.path("steps").forEach(step -> {
                if (UNDOABLE.contains(step.path("name").asText())
                        && step.path("status").asText().equals("completed")) {
                    expected.add(step.path("name").asText());
                }
            });
            assertThat(effects).as(which).isEqualTo(expected);
            assertThat(expected).as(which).contains("reserve", "charge", "courier", "ship");
        } else if (FINAL.contains(status)) {
            assertThat(effects).as(which).isEmpty();
        } else {
            assertThat(status).as(which).isEqualTo("compensation_failed");
            assertThat(doomed).as(which).isTrue();
            assertThat(effects).as(which).contains("reserve").doesNotContain("ship", "wrap");
        }
        checkStream(replica, services, saga, which);
        return status;
    }

    private static void checkStream(Replica replica, SimulatedServices services, String saga, String which) {
        Set<String> begun = new LinkedHashSet<>();
        List<String> undone = new ArrayList<>();
        int ends = 0;
        for (JsonNode event : timeline(replica, saga)) {
            String type = event.path("eventType").asText();
            String step = event.at("/data/step").asText();
            if (type.equals("StepStarted")) {
                begun.add(step);
            } else if (type.equals("CompensationStarted")) {
                assertThat(begun).as(which).contains(step);
                if (!undone.contains(step)) {
                    undone.add(step);
                }
            } else if (Set.of("SagaCompleted", "SagaCompensated", "SagaFailed", "SagaCancelled")
                    .contains(type)) {
                ends++;
            }
        }
        assertThat(ends).as(which).isLessThanOrEqualTo(1);
        List<String> order = new ArrayList<>(begun);
        List<String> reversed = new ArrayList<>(undone);
        reversed.sort(Comparator.comparingInt(order::indexOf).reversed());
        assertThat(undone).as(which).isEqualTo(reversed);
    }

    private static boolean isSettled(String status) {
        return FINAL.contains(status) || status.equals("compensation_failed");
    }

    private static Replica replica(DatabaseServer database, SimulatedServices services) {
        return Replica.startJar(
                PackagedApp.with("io.eventuali.saga.order"),
                database,
                "-Deventuali.ownership.duration=2s",
                "-Deventuali.ownership.renew=200ms",
                "-Deventuali.saga.poll=100ms",
                "-Deventuali.saga.concurrency=32",
                "-Dorder.services=" + services.uri());
    }

    private static void startByEvent(List<Replica> replicas, String order, boolean gift, boolean approval) {
        append(replicas, order, "PurchasePlaced", "{\"gift\":%s,\"approval\":%s}".formatted(gift, approval));
    }

    private static String startByApi(List<Replica> replicas, String order, boolean gift, boolean approval) {
        String body = "{\"businessKey\":\"%s\",\"data\":{\"id\":\"%s\",\"gift\":%s,\"approval\":%s}}"
                .formatted(order, order, gift, approval);
        return json(insist(replicas, "/v1/sagas/order", body).body())
                .path("sagaId")
                .asText();
    }

    private static void append(List<Replica> replicas, String order, String type, String data) {
        String body =
                "[{\"eventId\":\"%s\",\"eventType\":\"%s\",\"data\":%s}]".formatted(UUID.randomUUID(), type, data);
        insist(replicas, "/v1/streams/Order/" + order + "/events", body);
    }

    private static void cancel(List<Replica> replicas, String order) {
        replicas.stream()
                .filter(replica -> replica.status("/q/health/ready") == 200)
                .findFirst()
                .ifPresent(replica -> {
                    JsonNode found =
                            get(replica, "/v1/sagas/order?businessKey=" + order).path("sagas");
                    if (found.size() == 1) {
                        post(
                                replica,
                                "/v1/sagas/order/" + found.get(0).path("sagaId").asText() + "/cancel",
                                "{\"by\":\"test\"}");
                    }
                });
    }

    /** Posts to any replica until one has answered well. The request has to be one that can be repeated. */
    private static HttpResponse<String> insist(List<Replica> replicas, String path, String body) {
        AtomicInteger turn = new AtomicInteger(body.hashCode());
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .pollDelay(Duration.ZERO)
                .until(
                        () -> post(replicas.get(Math.floorMod(turn.getAndIncrement(), replicas.size())), path, body),
                        response -> response != null && response.statusCode() / 100 == 2);
    }

    private static HttpResponse<String> post(Replica replica, String path, String body) {
        try {
            return Replica.HTTP.send(
                    HttpRequest.newBuilder(replica.uri(path))
                            .timeout(Duration.ofSeconds(10))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException noAnswer) {
            return null;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static List<String> types(Replica replica, String saga) {
        return timeline(replica, saga).stream()
                .map(event -> event.path("eventType").asText())
                .toList();
    }

    /** What happened to a saga, without what was only noted. */
    private static List<String> decisions(Replica replica, String saga) {
        return types(replica, saga).stream()
                .filter(type -> !type.equals("LateResultIgnored"))
                .toList();
    }

    private static List<JsonNode> timeline(Replica replica, String saga) {
        List<JsonNode> events = new ArrayList<>();
        get(replica, "/v1/sagas/order/" + saga + "/timeline?limit=1000")
                .path("timeline")
                .forEach(events::add);
        return events;
    }

    private static JsonNode step(JsonNode saga, String name) {
        for (JsonNode step : saga.path("steps")) {
            if (step.path("name").asText().equals(name)) {
                return step;
            }
        }
        throw new AssertionError("no step " + name + " in " + saga);
    }

    private static JsonNode get(Replica replica, String path) {
        return json(replica.get(path));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError(text, malformed);
        }
    }
}
