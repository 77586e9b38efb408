package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.LogHead;
import io.eventuali.stream.LogEntries;
import io.eventuali.stream.LogEntry;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Update;
import io.eventuali.stream.ReceiverSignal.Updates;
import io.eventuali.stream.ReceiverSignal.Verdict;
import io.eventuali.support.LogEvents;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The wire contract to the byte. Clients depend on every one of them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SseFramesTest {
    private static final Duration RETRY = Duration.ofMillis(2345);
    private static final String EVENT_42 = "id: 42\ndata: {\"globalPosition\":42,\"streamPosition\":1,"
            + "\"eventId\":\"00000000-0000-0000-0000-00000000002a\",\"aggregateType\":\"User\",\"aggregateId\":\"user-1\","
            + "\"eventType\":\"UserRegistered\",\"timestamp\":\"2026-11-23T10:00:00.123456Z\","
            + "\"data\":{\"b\":1.10, \"a\":\"grün 𝄞\"},\"metadata\":{}}\n\n";

    @Test
    void moments_to_come_back_are_spread_over_the_whole_window() {
        List<Long> moments = Stream.generate(
                        () -> SseFrames.spread(Duration.ofSeconds(10)).toMillis())
                .limit(1_000)
                .toList();

        assertThat(moments).allMatch(moment -> moment >= 1 && moment <= 10_000);
        assertThat(moments.stream().map(moment -> (moment - 1) / 1_000).distinct())
                .hasSize(10);
        assertThat(SseFrames.spread(Duration.ZERO)).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void an_event_is_its_position_and_its_json_as_it_was_sent() {
        assertThat(text(SseFrames.UNNAMED.encode(LogEntries.of(event(42))))).isEqualTo(EVENT_42);
    }

    @Test
    void a_named_event_carries_its_type() {
        assertThat(text(SseFrames.NAMED.encode(LogEntries.of(event(42)))))
                .isEqualTo("event: UserRegistered\n" + EVENT_42);
    }

    @Test
    void several_events_are_one_run_of_bytes() {
        List<LogEntry> two = LogEntries.of(event(42), event(42));

        assertThat(text(SseFrames.UNNAMED.encode(two))).isEqualTo(EVENT_42 + EVENT_42);
        assertThat(text(SseFrames.NAMED.encode(two)))
                .isEqualTo("event: UserRegistered\n" + EVENT_42 + "event: UserRegistered\n" + EVENT_42);
    }

    @Test
    void of_updates_that_belong_together_only_the_last_carries_an_id() {
        var updates = new Updates(List.of(new Update(event(42), 17), new Update(event(42), 0)), 50);
        String json = EVENT_42.substring("id: 42\ndata: ".length(), EVENT_42.length() - "}\n\n".length());

        assertThat(text(SseFrames.updates(updates, false)))
                .isEqualTo("data: " + json + ",\"folded\":17}\n\nid: 50\ndata: " + json + ",\"folded\":0}\n\n");
        assertThat(text(SseFrames.updates(updates, true)))
                .startsWith("event: UserRegistered\ndata: ")
                .contains("\n\nevent: UserRegistered\nid: 50\ndata: ");
    }

    @Test
    void the_first_frame_says_what_was_subscribed_and_carries_an_id() {
        var subscribed = new Subscribed("audit", Verdict.CONTINUE, OptionalLong.of(7), 7, new LogHead(9, "4711-1"));

        assertThat(text(SseFrames.subscribed(subscribed, RETRY)))
                .isEqualTo("retry: 2345\nevent: subscribed\nid: 7\ndata: {\"subscriptionId\":\"audit\","
                        + "\"verdict\":\"continue\",\"requestedPosition\":7,\"startPosition\":7,\"headPosition\":9,"
                        + "\"epoch\":\"4711-1\"}\n\n");
    }

    @Test
    void a_position_that_nobody_asked_for_is_null() {
        var subscribed = new Subscribed("a\"b", Verdict.START, OptionalLong.empty(), 0, new LogHead(0, "4711-1"));

        assertThat(text(SseFrames.subscribed(subscribed, RETRY)))
                .contains("\"subscriptionId\":\"a\\\"b\",\"verdict\":\"start\",\"requestedPosition\":null,");
    }

    @Test
    void caught_up_carries_its_position_twice() {
        assertThat(text(SseFrames.caughtUp(new CaughtUp(42))))
                .isEqualTo("event: caught-up\nid: 42\ndata: {\"position\":42}\n\n");
    }

    @Test
    void a_checkpoint_has_an_id_and_an_empty_data_line() {
        assertThat(text(SseFrames.checkpoint(new Examined(42)))).isEqualTo("event: checkpoint\nid: 42\ndata:\n\n");
    }

    @Test
    void a_closing_frame_is_safe_to_resume_from() {
        assertThat(text(SseFrames.closing(new Closing(CloseReason.DRAINING, 42), true, RETRY)))
                .isEqualTo("retry: 2345\nevent: closing\nid: 42\ndata: {\"reason\":\"draining\",\"position\":42}\n\n");
    }

    @Test
    void a_refusal_carries_no_id_so_that_the_client_keeps_its_own() {
        assertThat(text(SseFrames.closing(new Closing(CloseReason.OVERLOADED, 0), false, RETRY)))
                .isEqualTo("retry: 2345\nevent: closing\ndata: {\"reason\":\"overloaded\",\"position\":null}\n\n");
    }

    @Test
    void reconnection_times_are_spread_around_what_is_configured() {
        for (int i = 0; i < 1000; i++) {
            assertThat(SseFrames.jittered(Duration.ofMillis(2000)))
                    .isBetween(Duration.ofMillis(1000), Duration.ofMillis(3000));
        }
        assertThat(SseFrames.jittered(Duration.ZERO)).isGreaterThan(Duration.ZERO);
    }

    private static StreamEvent event(long position) {
        return LogEvents.at(
                position, new StreamId("User", "user-1"), "UserRegistered", "{\"b\":1.10, \"a\":\"grün 𝄞\"}");
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.UTF_8);
    }
}
