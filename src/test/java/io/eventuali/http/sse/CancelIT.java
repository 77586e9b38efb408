package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.LogClient;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A connection that is gone leaves nothing behind. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class CancelIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CONNECTIONS = 100;

    @TestHTTPResource
    URI base;

    private final String id = "cancel-" + UUID.randomUUID() + "-";
    private final List<SseProbe> probes = new ArrayList<>();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void live_subscribers_that_vanish_are_released() {
        for (int i = 0; i < CONNECTIONS; i++) {
            probes.add(log.follow("from=end&id=" + id + i).open());
        }
        probes.forEach(probe -> probe.await("caught-up"));
        assertThat(log.subscriptions(id)).hasSize(CONNECTIONS).allSatisfy(subscription -> assertThat(
                        subscription.get("state").asText())
                .isEqualTo("live"));

        probes.forEach(SseProbe::abort);

        assertEverythingIsReleased();
    }

    @Test
    void subscribers_that_vanish_while_they_catch_up_are_released() {
        for (int i = 0; i < 300; i++) {
            log.append("Long", "1", LogClient.event("Said", "\"" + "x".repeat(1000) + "\""));
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            SseProbe probe = log.follow("from=start&id=" + id + i).open();
            probes.add(probe);
            probe.await("a first frame", p -> p.frameCount() > 0);
            probe.abort();
        }

        assertEverythingIsReleased();
    }

    @Test
    void subscribers_that_vanish_after_they_stopped_reading_are_released() {
        long start = log.head();
        String large = "\"" + "x".repeat(900_000) + "\"";
        for (int i = 0; i < 16; i++) {
            log.append("Large", "1", LogClient.event("Said", large));
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            probes.add(log.follow("from=" + start + "&id=" + id + i)
                    .receiveBuffer(8 * 1024)
                    .paused()
                    .open());
        }
        await("all have begun and none has come to the end").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        log.subscriptions(id))
                .hasSize(CONNECTIONS)
                .allSatisfy(subscription -> {
                    assertThat(subscription.get("delivered").asLong()).isPositive();
                    assertThat(subscription.get("lag").asLong()).isPositive();
                }));

        probes.forEach(SseProbe::abort);

        assertEverythingIsReleased();
    }

    private void assertEverythingIsReleased() {
        await("subscriptions and gauges at zero").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(log.subscriptions("")).isEmpty();
            assertThat(log.get("/q/metrics").body())
                    .contains("eventuali_subscribers{state=\"live\"} 0.0")
                    .contains("eventuali_subscribers{state=\"catching-up\"} 0.0");
        });
    }
}
