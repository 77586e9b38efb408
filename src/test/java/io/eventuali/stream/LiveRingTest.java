package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.support.LogEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LiveRingTest {
    private static final long PLENTY = 1 << 30;

    @Test
    void it_holds_the_newest_events_up_to_its_capacity() {
        LiveRing ring = new LiveRing(8, PLENTY);
        ring.reset(100);

        ring.publish(LogEvents.run(101, 120));

        assertThat(ring.head()).isEqualTo(120);
        assertThat(ring.floor()).isEqualTo(112);
        assertThat(held(ring, 101, 121)).containsExactly(113L, 114L, 115L, 116L, 117L, 118L, 119L, 120L);
    }

    @Test
    void a_capacity_is_rounded_up_to_a_power_of_two() {
        LiveRing ring = new LiveRing(5, PLENTY);

        ring.publish(LogEvents.run(1, 100));

        assertThat(ring.head() - ring.floor()).isEqualTo(8);
    }

    @Test
    void its_bytes_are_bounded_whatever_its_capacity() {
        long oneEvent = new LogEntry(large(1)).bytes();
        LiveRing ring = new LiveRing(1024, 10 * oneEvent);

        for (long position = 1; position <= 100; position++) {
            ring.publish(List.of(large(position)));
            assertThat(ring.bytes()).isLessThanOrEqualTo(10 * oneEvent);
        }

        assertThat(ring.floor()).isEqualTo(90);
        assertThat(held(ring, 1, 100)).hasSize(10);
    }

    @Test
    void the_newest_event_is_held_even_if_it_is_larger_than_the_bound() {
        LiveRing ring = new LiveRing(1024, 1);

        ring.publish(LogEvents.run(1, 5));

        assertThat(held(ring, 1, 5)).containsExactly(5L);
        assertThat(ring.bytes()).isEqualTo(new LogEntry(LogEvents.run(5, 5).get(0)).bytes());
    }

    @Test
    void an_event_that_does_not_follow_the_head_is_refused() {
        LiveRing ring = new LiveRing(8, PLENTY);
        ring.publish(LogEvents.run(1, 3));

        assertThatThrownBy(() -> ring.publish(LogEvents.run(5, 5))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ring.publish(LogEvents.run(3, 3))).isInstanceOf(IllegalStateException.class);
        assertThat(ring.head()).isEqualTo(3);
    }

    @Test
    void a_reset_empties_it() {
        LiveRing ring = new LiveRing(8, PLENTY);
        ring.publish(LogEvents.run(1, 8));

        ring.reset(3);

        assertThat(held(ring, 0, 20)).isEmpty();
        assertThat(List.of(ring.floor(), ring.head(), ring.bytes())).containsExactly(3L, 3L, 0L);
        ring.publish(LogEvents.run(4, 4));
        assertThat(held(ring, 0, 20)).containsExactly(4L);
    }

    @Test
    void readers_beside_the_publisher_get_the_asked_position_or_nothing() throws Exception {
        long last = 200_000;
        LiveRing ring = new LiveRing(64, PLENTY);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Callable<Long> reader = () -> {
                long seen = 0;
                for (long head = ring.head(); head < last; head = ring.head()) {
                    for (long position = Math.max(1, head - 80); position <= head; position++) {
                        LogEntry entry = ring.get(position);
                        if (entry != null) {
                            assertThat(entry.position()).isEqualTo(position);
                            seen++;
                        } else {
                            // What is missing has fallen off: the floor follows at once, or this never ends.
                            while (ring.floor() < position) {
                                Thread.onSpinWait();
                            }
                        }
                    }
                }
                return seen;
            };
            List<Future<Long>> readers = List.of(threads.submit(reader), threads.submit(reader));
            Future<?> publisher = threads.submit(() -> {
                for (long next = 1; next <= last; next += 20) {
                    ring.publish(LogEvents.run(next, next + 19));
                }
            });

            publisher.get(1, TimeUnit.MINUTES);
            for (Future<Long> each : readers) {
                assertThat(each.get(1, TimeUnit.MINUTES)).isNotNegative();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(ring.head()).isEqualTo(last);
    }

    private static StreamEvent large(long position) {
        return LogEvents.at(position, new StreamId("Order", "1"), "OrderPlaced", "\"" + "x".repeat(1000) + "\"");
    }

    private static List<Long> held(LiveRing ring, long from, long to) {
        List<Long> held = new ArrayList<>();
        for (long position = from; position <= to; position++) {
            if (ring.get(position) != null) {
                held.add(position);
            }
        }
        return held;
    }
}
