package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.LogClient;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Where a subscription starts, what it says of itself, and how it ends. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SubscriptionIT {
    @TestHTTPResource
    URI base;

    private final String type = "Type-" + UUID.randomUUID();
    private LogClient log;
    private long first;
    private long last;

    @BeforeEach
    void appendFive() {
        log = new LogClient(base);
        last = log.append(type, "1", Collections.nCopies(5, LogClient.event("Said", "1")));
        first = last - 4;
    }

    @Test
    void the_answer_is_an_event_stream_that_nobody_stores_or_collects() {
        try (SseProbe probe = log.follow("").open()) {
            assertThat(probe.status()).isEqualTo(200);
            assertThat(probe.header("Content-Type")).startsWith("text/event-stream");
            assertThat(probe.header("Cache-Control")).isEqualTo("no-store");
            assertThat(probe.header("X-Accel-Buffering")).isEqualTo("no");
        }
    }

    @Test
    void the_first_frame_says_what_was_subscribed_and_how_long_to_wait_before_coming_back() {
        try (SseProbe probe = log.follow("id=audit&from=" + first).open().await("subscribed")) {
            SseFrame frame = probe.frames().get(0);
            JsonNode data = LogClient.json(frame.data());

            assertThat(frame.event()).isEqualTo("subscribed");
            assertThat(frame.retry()).isBetween(20L, 60L);
            assertThat(frame.position()).isEqualTo(first);
            assertThat(data.get("subscriptionId").asText()).isEqualTo("audit");
            assertThat(data.get("headPosition").asLong()).isGreaterThanOrEqualTo(last);
            assertThat(data.get("epoch"))
                    .isEqualTo(LogClient.json(log.get("/v1/position").body()).get("epoch"));
        }
    }

    @Test
    void from_start_begins_with_the_first_event_of_the_log() {
        try (SseProbe probe = log.follow("from=start").open()) {
            probe.await("an event", p -> !p.positions().isEmpty());

            assertThat(probe.positions().get(0)).isEqualTo(1);
            assertVerdict(probe, "start", 0L, 0);
        }
    }

    @Test
    void from_end_begins_with_the_next_event() {
        try (SseProbe probe = log.follow("from=end").open().await("caught-up")) {
            long next = log.append(type, "1", LogClient.event("Said", "2"));
            probe.await("the event", p -> !p.positions().isEmpty());

            assertThat(probe.positions()).containsExactly(next);
            assertVerdict(probe, "start", null, next - 1);
        }
    }

    @Test
    void without_a_start_a_subscription_begins_at_the_end() {
        try (SseProbe probe = log.follow("").open().await("caught-up")) {
            assertVerdict(probe, "start", null, last);
            assertThat(probe.positions()).isEmpty();
        }
    }

    @Test
    void from_a_position_begins_after_it() {
        try (SseProbe probe = log.follow("from=" + (first + 1)).open().await("caught-up")) {
            assertVerdict(probe, "continue", first + 1, first + 1);
            assertThat(probe.positions()).containsExactly(first + 2, first + 3, first + 4);
        }
    }

    @Test
    void from_a_timestamp_begins_with_the_first_event_of_that_time() {
        long later = log.append(type, "1", LogClient.event("Said", "2"));
        String timestamp = LogClient.json(log.get("/v1/events/" + later).body())
                .get("timestamp")
                .asText();

        try (SseProbe probe = log.follow("fromTimestamp=" + timestamp).open().await("caught-up")) {
            assertThat(probe.positions()).containsExactly(later);
            assertVerdict(probe, "start", null, later - 1);
        }
    }

    @Test
    void the_last_event_id_wins_over_every_other_start_and_the_header_over_parameters() {
        String from = "from=" + first;
        String snakeCase = "&last_event_id=" + (first + 1);
        String camelCase = "&lastEventId=" + (first + 2);

        assertStartsAt(first, log.follow(from));
        assertStartsAt(first + 1, log.follow(from + snakeCase));
        assertStartsAt(first + 2, log.follow(from + snakeCase + camelCase));
        assertStartsAt(first + 3, log.follow(from + snakeCase + camelCase).lastEventId("" + (first + 3)));
        assertStartsAt(
                first + 3, log.follow("fromTimestamp=2000-01-01T00:00:00Z").lastEventId("" + (first + 3)));
    }

    @Test
    void a_position_beyond_the_head_is_answered_with_the_head_and_says_so() {
        try (SseProbe probe = log.follow("").lastEventId("999999999").open().await("caught-up")) {
            assertVerdict(probe, "ahead", 999_999_999L, last);

            long next = log.append(type, "1", LogClient.event("Said", "2"));
            probe.await("the event", p -> !p.positions().isEmpty());
            assertThat(probe.positions()).containsExactly(next);
        }
    }

    @Test
    void named_events_carry_their_type_and_unnamed_ones_do_not() {
        try (SseProbe named = log.follow("named=true&from=" + (last - 1)).open().await("caught-up");
                SseProbe unnamed = log.follow("from=" + (last - 1)).open().await("caught-up")) {
            assertThat(named.events()).extracting(SseFrame::event).containsExactly("Said");
            assertThat(unnamed.events()).extracting(SseFrame::event).containsExactly("message");
        }
    }

    @Test
    void a_quiet_subscription_gets_checkpoints_as_heartbeats() {
        try (SseProbe probe = log.follow("aggregateType=" + type).open()) {
            probe.await("three checkpoints", p -> p.frames("checkpoint").size() >= 3);

            assertThat(probe.frames("checkpoint")).allSatisfy(frame -> {
                assertThat(frame.data()).isEmpty();
                assertThat(frame.position()).isGreaterThanOrEqualTo(last);
            });
        }
    }

    @Test
    void a_checkpoint_comes_at_the_latest_after_so_many_events_that_the_filter_dropped() {
        long head = log.append("Unwanted", "1", Collections.nCopies(95, LogClient.event("Said", "0")));

        try (SseProbe probe = log.follow("aggregateType=Nothing&from=" + last).open()) {
            probe.await("the head", p -> p.lastEventId().equals("" + head));

            List<Long> ids = probe.frames().stream().map(SseFrame::position).toList();
            assertThat(probe.frames("checkpoint")).hasSizeGreaterThanOrEqualTo(9);
            for (int i = 1; i < ids.size(); i++) {
                assertThat(ids.get(i) - ids.get(i - 1)).as("steps of %s", ids).isBetween(0L, (long)
                        SmallBuffers.CHECKPOINT_EVENTS);
            }
        }
    }

    @Test
    void active_subscriptions_are_listed_with_their_filter_and_place() {
        String id = "list-" + UUID.randomUUID();
        try (SseProbe probe = log.follow(
                        "id=" + id + "&eventType=S*d&eventType=Other&aggregateType=" + type + "&from=" + first)
                .open()
                .await("caught-up")) {
            List<JsonNode> listed = log.subscriptions(id);

            assertThat(listed).hasSize(1);
            JsonNode subscription = listed.get(0);
            assertThat(subscription.get("filter").toString())
                    .isEqualTo("{\"aggregateType\":[\"" + type
                            + "\"],\"aggregateId\":[],\"eventType\":[\"S*d\",\"Other\"]}");
            assertThat(subscription.get("state").asText()).isEqualTo("live");
            assertThat(subscription.get("position").asLong()).isEqualTo(last);
            assertThat(subscription.get("lag").asLong()).isZero();
            assertThat(subscription.get("delivered").asLong())
                    .isEqualTo(probe.positions().size());
        }
        await("gone from the list").atMost(Duration.ofSeconds(60)).until(() -> log.subscriptions(id)
                .isEmpty());
    }

    @Test
    void a_removed_subscription_is_told_so_and_never_let_in_again() {
        String id = "removed-" + UUID.randomUUID();
        try (SseProbe removed = log.follow("id=" + id).open().await("caught-up");
                SseProbe other = log.follow("id=" + id + "-other").open().await("caught-up")) {
            log.removeSubscription(id);
            removed.awaitEnd();

            List<SseFrame> frames = removed.frames();
            SseFrame closing = frames.get(frames.size() - 1);
            assertThat(closing.event()).isEqualTo("closing");
            assertThat(closing.data()).isEqualTo("{\"reason\":\"unsubscribed\",\"position\":" + last + "}");
            assertThat(closing.position()).isEqualTo(last);
            assertThat(closing.retry()).isPositive();
            assertThat(removed.failure()).isNull();
            assertThat(other.ended()).isFalse();
        }
        for (int attempt = 0; attempt < 3; attempt++) {
            try (SseProbe again = log.follow("id=" + id).lastEventId("" + last).open()) {
                assertThat(again.status()).isEqualTo(204);
            }
        }
    }

    private static void assertStartsAt(long position, SseProbe.Builder follow) {
        try (SseProbe probe = follow.open().await("caught-up")) {
            assertVerdict(probe, "continue", position, position);
        }
    }

    private static void assertVerdict(SseProbe probe, String verdict, Long requested, long startPosition) {
        JsonNode data = LogClient.json(probe.frames("subscribed").get(0).data());
        assertThat(data.get("verdict").asText()).isEqualTo(verdict);
        assertThat(
                        data.get("requestedPosition").isNull()
                                ? null
                                : data.get("requestedPosition").asLong())
                .isEqualTo(requested);
        assertThat(data.get("startPosition").asLong()).isEqualTo(startPosition);
    }
}
