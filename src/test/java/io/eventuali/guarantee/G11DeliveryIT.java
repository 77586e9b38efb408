package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.Cluster;
import io.eventuali.support.ConsumerClient;
import io.eventuali.support.ConsumerClient.Claim;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G11: every event that passes a consumer's filter is delivered at least once; for a key never out of order, and never while an earlier
 * one is unacknowledged, parked or waiting to be retried; a checkpoint never passes an event that is neither acknowledged nor recorded as
 * parked or skipped. Workers acknowledge, give back, forget and die at random while replicas are killed and the consumer is paused.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G11DeliveryIT {
    private static final int REPLICAS = 2;
    private static final int WORKERS = 6;
    private static final int KEYS = 20;
    private static final int EVENTS_OF_KEY = 30;

    private final Seed seed = Seed.next();
    private final AtomicInteger clock = new AtomicInteger();
    private final List<Delivery> deliveries = new ArrayList<>();
    /** When the acknowledgement of an event was first sent, and when one was first confirmed. */
    private final Map<Long, Integer> sent = new ConcurrentHashMap<>();

    private final Map<Long, Integer> confirmed = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();

    /** An event that a worker got: the claim, when it was asked for and when it came. */
    private record Delivery(int claim, String key, long position, int asked, int came) {}

    @Test
    void no_event_is_lost_or_overtakes_another_one_of_its_key_whatever_dies() {
        int kills = Rounds.of(3, "kills of a replica", seed);
        try (Cluster cluster = new Cluster(REPLICAS)) {
            ConsumerClient consumer = new ConsumerClient(cluster.replica(0).uri("/"), "work");
            consumer.put("{\"filter\":{\"aggregateType\":\"Work*\"},\"maxInFlight\":60,"
                    + "\"retry\":{\"attempts\":1000,\"first\":\"10ms\",\"longest\":\"50ms\"}}");
            ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
            List<CompletableFuture<Void>> workers = IntStream.range(0, WORKERS)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> work(cluster, consumer, i), threads))
                    .toList();
            SplittableRandom random = new SplittableRandom(seed.value());
            LogClient log = new LogClient(cluster.replica(0).uri("/"));
            for (int round = 0; round < kills; round++) {
                append(log, random, EVENTS_OF_KEY / kills + 1);
                int before = confirmed.size();
                await().atMost(Duration.ofMinutes(1)).until(() -> confirmed.size() > before + 20);
                Replica victim = cluster.replica(1);
                victim.kill();
                if (random.nextBoolean()) {
                    consumer.send("POST", "/pause", null);
                    consumer.send("POST", "/resume", null);
                }
                victim.restart();
            }
            long head = log.head();
            await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                assertThat(consumer.show().get("position").asLong())
                        .as("%s", seed)
                        .isEqualTo(head);
                assertThat(consumer.show().get("waiting").asLong()).isZero();
            });
            over.set(true);
            workers.forEach(CompletableFuture::join);
            threads.shutdown();
            check(log);
        }
    }

    private static void append(LogClient log, SplittableRandom random, int rounds) {
        for (int i = 0; i < rounds; i++) {
            for (int key = 0; key < KEYS; key++) {
                log.append("Work", "key-" + key, LogClient.event("Done", Integer.toString(random.nextInt(100))));
                if (random.nextInt(4) == 0) {
                    log.append("Other", "x", LogClient.event("Ignored", "1"));
                }
            }
        }
    }

    private void work(Cluster cluster, ConsumerClient consumer, int number) {
        SplittableRandom random = new SplittableRandom(seed.value() + number);
        while (!over.get()) {
            ConsumerClient at =
                    consumer.at(cluster.replica(random.nextInt(REPLICAS)).uri("/"));
            int asked = clock.incrementAndGet();
            try {
                List<Claim> claims = at.claim("{\"max\":%d,\"wait\":\"200ms\",\"leaseFor\":\"%dms\",\"member\":\"w%d\"}"
                        .formatted(1 + random.nextInt(20), 500 + random.nextInt(1_500), number));
                int came = clock.incrementAndGet();
                synchronized (deliveries) {
                    claims.forEach(
                            claim -> deliveries.add(new Delivery(came, claim.key(), claim.position(), asked, came)));
                }
                settle(at, claims, random);
            } catch (AssertionError | UncheckedIOException away) {
                // The replica was killed, or the claim had ended: what was held comes again, here or elsewhere.
            }
        }
    }

    private void settle(ConsumerClient at, List<Claim> claims, SplittableRandom random) {
        if (claims.isEmpty() || random.nextInt(8) == 0) {
            return; // It died.
        }
        List<Claim> acks = new ArrayList<>();
        List<Claim> retries = new ArrayList<>();
        Set<String> broken = new HashSet<>();
        for (Claim claim : claims) {
            if (broken.contains(claim.key())) {
                continue;
            }
            int fate = random.nextInt(10);
            if (fate == 0) {
                retries.add(claim);
            } else if (fate > 1) {
                acks.add(claim);
            }
            if (fate < 2) {
                broken.add(claim.key());
            }
        }
        if (acks.isEmpty() && retries.isEmpty()) {
            return;
        }
        int now = clock.incrementAndGet();
        acks.forEach(claim -> sent.merge(claim.position(), now, Math::min));
        int status = at.send(
                        "POST",
                        "/settle",
                        "{\"acks\":[%s],\"retries\":[%s]}"
                                .formatted(ConsumerClient.tokens(acks), ConsumerClient.tokens(retries)))
                .statusCode();
        assertThat(status).isIn(200, 409, 503);
        if (status == 200) {
            int done = clock.incrementAndGet();
            acks.forEach(claim -> confirmed.merge(claim.position(), done, Math::min));
        }
    }

    private void check(LogClient log) {
        Map<String, List<Long>> streams = new HashMap<>();
        log.logAfter(0).stream()
                .filter(event -> event.get("aggregateType").asText().equals("Work"))
                .forEach(event -> streams.computeIfAbsent(
                                "Work/" + event.get("aggregateId").asText(), key -> new ArrayList<>())
                        .add(event.get("globalPosition").asLong()));
        Map<Integer, Set<Long>> claims = new HashMap<>();
        deliveries.forEach(delivery ->
                claims.computeIfAbsent(delivery.claim(), key -> new HashSet<>()).add(delivery.position()));
        for (Delivery delivery : deliveries) {
            for (long earlier : streams.get(delivery.key())) {
                if (earlier >= delivery.position()) {
                    break;
                }
                boolean settled = sent.getOrDefault(earlier, Integer.MAX_VALUE) < delivery.came();
                assertThat(settled || claims.get(delivery.claim()).contains(earlier))
                        .as(
                                "%d of %s was delivered before %d was acknowledged, %s",
                                delivery.position(), delivery.key(), earlier, seed)
                        .isTrue();
            }
            assertThat(confirmed.getOrDefault(delivery.position(), Integer.MAX_VALUE))
                    .as("%d was acknowledged before it was delivered again, %s", delivery.position(), seed)
                    .isGreaterThan(delivery.asked());
        }
        streams.values()
                .forEach(positions -> assertThat(sent.keySet()).as("%s", seed).containsAll(positions));
        assertThat(deliveries).as("it was disturbed").hasSizeGreaterThan(sent.size());
    }
}
