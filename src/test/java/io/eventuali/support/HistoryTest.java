package io.eventuali.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.History.Stored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The witness is only worth something if it finds what it is there to find. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HistoryTest {
    private static final int EVENTS = 10;

    private final History history = new History();
    private final List<Stored> log = new ArrayList<>();
    private final List<Long> seen =
            new ArrayList<>(LongStream.rangeClosed(1, EVENTS).boxed().toList());

    HistoryTest() {
        for (int i = 1; i <= EVENTS; i++) {
            UUID id = new UUID(0, i);
            history.sending(id);
            history.acknowledged(id, i);
            log.add(new Stored(i, id, "User", "user-" + i % 2, (i + 1) / 2, "Registered"));
        }
    }

    @Test
    void a_correct_history_has_no_violations() {
        history.delivered("all", 0, event -> true, seen);
        history.delivered("odd", 4, event -> event.aggregateId().equals("user-1"), List.of(5L, 7L, 9L));

        assertThat(history.violations(log)).isEmpty();
    }

    @Test
    void a_skipped_delivery_is_found() {
        seen.remove(4);

        assertDelivery();
    }

    @Test
    void a_missing_last_delivery_is_found() {
        seen.remove(EVENTS - 1);

        assertDelivery();
    }

    @Test
    void a_repeated_delivery_is_found() {
        seen.add(5, seen.get(4));

        assertDelivery();
    }

    @Test
    void a_delivery_out_of_order_is_found() {
        Collections.swap(seen, 3, 4);

        assertDelivery();
    }

    @Test
    void a_delivery_that_the_filter_refuses_is_found() {
        history.delivered("odd", 0, event -> event.aggregateId().equals("user-1"), List.of(1L, 2L, 3L, 5L, 7L, 9L));

        assertThat(history.violations(log)).singleElement().asString().startsWith("delivery");
    }

    @Test
    void a_lost_acknowledged_append_is_found() {
        log.remove(EVENTS - 1);

        assertThat(history.violations(log)).singleElement().asString().startsWith("lost acknowledgement");
    }

    @Test
    void an_acknowledgement_with_a_wrong_position_is_found() {
        UUID id = UUID.randomUUID();
        history.sending(id);
        history.acknowledged(id, EVENTS + 5);
        log.add(new Stored(EVENTS + 1, id, "User", "user-9", 1, "Registered"));

        assertThat(history.violations(log)).singleElement().asString().startsWith("wrong acknowledgement");
    }

    @Test
    void an_event_stored_twice_is_found() {
        log.add(new Stored(EVENTS + 1, log.get(0).eventId(), "User", "user-9", 1, "Registered"));

        assertThat(history.violations(log))
                .anySatisfy(violation -> assertThat(violation).startsWith("stored twice"));
    }

    @Test
    void a_gap_in_the_log_is_found() {
        UUID id = UUID.randomUUID();
        history.sending(id);
        log.add(new Stored(EVENTS + 2, id, "User", "user-9", 1, "Registered"));

        assertThat(history.violations(log)).singleElement().asString().startsWith("gap");
    }

    @Test
    void a_gap_in_a_stream_is_found() {
        UUID id = UUID.randomUUID();
        history.sending(id);
        log.add(new Stored(EVENTS + 1, id, "User", "user-9", 2, "Registered"));

        assertThat(history.violations(log)).singleElement().asString().startsWith("stream gap");
    }

    @Test
    void an_event_that_nobody_sent_is_found() {
        log.add(new Stored(EVENTS + 1, UUID.randomUUID(), "User", "user-9", 1, "Registered"));

        assertThat(history.violations(log)).singleElement().asString().startsWith("phantom");
    }

    private void assertDelivery() {
        history.delivered("all", 0, event -> true, seen);

        assertThat(history.violations(log)).singleElement().asString().startsWith("delivery");
    }
}
