package io.eventuali.store.postgres;

import static io.eventuali.store.postgres.Appends.events;
import static io.eventuali.store.postgres.Appends.pending;
import static io.eventuali.store.postgres.Appends.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.NewEvent;
import io.eventuali.store.EventStoreException;
import io.eventuali.store.StoreConfig;
import io.eventuali.support.Configs;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AppendQueueTest {
    private final AppendQueue queue = queue(Map.of());

    @Test
    void requests_leave_in_the_order_in_which_they_came() {
        List<PendingAppend> offered = List.of(request(1), request(2), request(3));
        offered.forEach(queue::offer);

        assertThat(queue.takeBatch()).isEqualTo(offered);
        assertThat(queue.takeBatch()).isEmpty();
    }

    @Test
    void one_request_more_than_allowed_is_refused_with_a_time_to_come_back() {
        AppendQueue small = queue(Map.of("queue-requests", "2", "retry-after", "3s"));
        small.offer(request(1));
        small.offer(request(2));

        assertThatThrownBy(() -> small.offer(request(3)))
                .asInstanceOf(InstanceOfAssertFactories.type(EventStoreException.Overloaded.class))
                .extracting(EventStoreException.Overloaded::retryAfter)
                .isEqualTo(Duration.ofSeconds(3));
        assertThat(small.size()).isEqualTo(2);
    }

    @Test
    void bytes_that_wait_are_bounded_but_one_large_request_finds_room_in_an_empty_queue() {
        AppendQueue small = queue(Map.of("queue-bytes", "100"));

        small.offer(sized(500));

        assertThatThrownBy(() -> small.offer(sized(1))).isInstanceOf(EventStoreException.Overloaded.class);
        assertThat(small.bytes()).isEqualTo(500);
        small.takeBatch();
        assertThat(small.bytes()).isZero();
        small.offer(sized(60));
        small.offer(sized(40));
        assertThatThrownBy(() -> small.offer(sized(1))).isInstanceOf(EventStoreException.Overloaded.class);
    }

    @Test
    void a_batch_ends_before_the_request_that_would_exceed_its_events() {
        AppendQueue small = queue(Map.of("batch-events", "10"));
        List.of(request(6), request(4), request(1)).forEach(small::offer);

        assertThat(small.takeBatch()).extracting(PendingAppend::eventCount).containsExactly(6, 4);
        assertThat(small.takeBatch()).extracting(PendingAppend::eventCount).containsExactly(1);
    }

    @Test
    void a_batch_ends_before_the_request_that_would_exceed_its_bytes() {
        AppendQueue small = queue(Map.of("batch-bytes", "100"));
        List.of(sized(60), sized(40), sized(1)).forEach(small::offer);

        assertThat(small.takeBatch()).extracting(PendingAppend::bytes).containsExactly(60L, 40L);
        assertThat(small.takeBatch()).extracting(PendingAppend::bytes).containsExactly(1L);
    }

    @Test
    void a_request_larger_than_a_batch_makes_a_batch_of_its_own() {
        AppendQueue small = queue(Map.of("batch-events", "10", "batch-bytes", "100"));
        List.of(request(50), sized(500), request(1)).forEach(small::offer);

        assertThat(small.takeBatch()).hasSize(1);
        assertThat(small.takeBatch()).hasSize(1);
        assertThat(small.takeBatch()).hasSize(1);
    }

    @Test
    void a_request_that_repeats_an_event_id_of_the_batch_waits_for_the_next_one() {
        PendingAppend first = pending(run("a", ExpectedPosition.ANY, events(1, 2)));
        PendingAppend other = pending(run("a", ExpectedPosition.ANY, events(3)));
        PendingAppend retry = pending(run("a", ExpectedPosition.ANY, events(2)));
        PendingAppend last = pending(run("a", ExpectedPosition.ANY, events(4)));
        List.of(first, other, retry, last).forEach(queue::offer);

        assertThat(queue.takeBatch()).containsExactly(first, other);
        assertThat(queue.takeBatch()).containsExactly(retry, last);
    }

    @Test
    void only_requests_whose_time_is_up_expire() {
        PendingAppend early = withDeadline(100);
        PendingAppend late = withDeadline(200);
        queue.offer(early);
        queue.offer(late);

        assertThat(queue.takeExpired(99)).isEmpty();
        assertThat(queue.takeExpired(100)).containsExactly(early);
        assertThat(queue.takeBatch()).containsExactly(late);
    }

    @Test
    void expiry_survives_the_overflow_of_the_clock() {
        PendingAppend pending = withDeadline(Long.MIN_VALUE + 10);
        queue.offer(pending);

        assertThat(queue.takeExpired(Long.MAX_VALUE)).isEmpty();
        assertThat(queue.takeExpired(Long.MIN_VALUE + 10)).containsExactly(pending);
        assertThat(queue.bytes()).isZero();
    }

    private static AppendQueue queue(Map<String, String> settings) {
        Map<String, String> properties = new HashMap<>();
        settings.forEach((name, value) -> properties.put("eventuali.store.append." + name, value));
        return new AppendQueue(Configs.of(StoreConfig.class, properties).append());
    }

    private static PendingAppend request(int events) {
        return pending(run("a", ExpectedPosition.ANY, Collections.nCopies(events, NewEvent.of("OrderPlaced", "{}"))));
    }

    private static PendingAppend sized(long bytes) {
        return pending(bytes, 0, run("a", ExpectedPosition.ANY, List.of(NewEvent.of("OrderPlaced", "{}"))));
    }

    private static PendingAppend withDeadline(long nanos) {
        return pending(1, nanos, run("a", ExpectedPosition.ANY, List.of(NewEvent.of("OrderPlaced", "{}"))));
    }
}
