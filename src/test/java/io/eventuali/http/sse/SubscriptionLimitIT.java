package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.LogClient;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Too many subscribers, and those that do not read: each is told or cut in a way after which it comes back and misses nothing. */
@QuarkusTest
@TestProfile(SubscriptionLimitIT.Tight.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SubscriptionLimitIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Room for two, who have to read. */
    public static final class Tight implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "eventuali.subscription.max", "2",
                    "eventuali.subscription.stall-timeout", "2s",
                    "eventuali.subscription.heartbeat", "500ms",
                    "eventuali.subscription.retry", "100ms");
        }
    }

    @TestHTTPResource
    URI base;

    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void one_subscriber_too_many_is_asked_to_come_back_in_a_way_that_browsers_follow() {
        await("an empty server").atMost(PATIENCE).until(() -> log.subscriptions("")
                .isEmpty());
        try (SseProbe first = log.follow("").open().await("caught-up")) {
            try (SseProbe second = log.follow("").open().await("caught-up");
                    SseProbe third = log.follow("").lastEventId("1").open().awaitEnd()) {
                assertThat(third.status()).isEqualTo(200);
                assertThat(third.header("Content-Type")).startsWith("text/event-stream");
                assertThat(third.frames()).hasSize(1);
                SseFrame closing = third.frames().get(0);
                assertThat(closing.event()).isEqualTo("closing");
                assertThat(closing.data()).contains("\"reason\":\"overloaded\"");
                assertThat(closing.retry()).isBetween(50L, 150L);
                // Without an id, so that the client resumes from its own.
                assertThat(closing.id()).isNull();
                assertThat(first.ended() || second.ended()).isFalse();
            }
            await("room after one has left").atMost(PATIENCE).until(() -> {
                try (SseProbe again = log.follow("").open()) {
                    again.await("an answer", probe -> probe.frameCount() > 0);
                    return again.frames().get(0).event().equals("subscribed");
                }
            });
        }
    }

    @Test
    void a_subscriber_that_reads_nothing_is_cut_and_goes_on_where_it_was() {
        await("an empty server").atMost(PATIENCE).until(() -> log.subscriptions("")
                .isEmpty());
        long start = log.head();
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            events.add(LogClient.event("Said", "\"" + "x".repeat(900_000) + "\""));
        }
        long head = log.append("Large", "1", events);
        List<Long> seen = new ArrayList<>();
        String lastEventId;
        try (SseProbe stalled =
                log.follow("from=" + start).receiveBuffer(8 * 1024).paused().open()) {
            await("the server gives up").atMost(PATIENCE).until(() -> log.subscriptions("")
                    .isEmpty());
            stalled.resume();
            stalled.awaitEnd();
            seen.addAll(stalled.positions());
            lastEventId = stalled.lastEventId();
        }

        try (SseProbe resumed =
                log.follow("from=" + start).lastEventId(lastEventId).open().await("caught-up")) {
            seen.addAll(resumed.positions());
        }

        assertThat(seen)
                .isEqualTo(LongStream.rangeClosed(start + 1, head).boxed().toList());
    }
}
