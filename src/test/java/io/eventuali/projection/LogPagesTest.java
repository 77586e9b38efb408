package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.JsonText;
import io.eventuali.event.Position;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.EventStore;
import io.eventuali.store.LogPage;
import io.eventuali.support.Seed;
import io.smallrye.mutiny.Uni;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LogPagesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final AtomicInteger reads = new AtomicInteger();
    private int largestPage = Integer.MAX_VALUE;

    @Test
    void ten_readers_of_the_whole_log_cause_one_read_a_page() {
        LogPages pages = new LogPages(log(), after -> List.of());
        long head = 10L * LogPages.EVENTS + 7;

        for (int reader = 0; reader < 10; reader++) {
            assertThat(readAll(pages, 0, head, LogPages.EVENTS)).isEqualTo(head);
        }

        assertThat(reads).hasValue(11);
    }

    @Test
    void ten_readers_at_the_head_cause_one_read_for_what_is_new() {
        LogPages pages = new LogPages(log(), after -> List.of());

        for (int reader = 0; reader < 10; reader++) {
            assertThat(pages.after(5_000, 5_003).await().atMost(PATIENCE)).hasSize(3);
        }

        assertThat(reads).hasValue(1);
    }

    @Test
    void wherever_a_reader_begins_and_however_little_it_takes_it_sees_every_event_once() {
        Seed seed = Seed.next();
        var random = seed.random();
        for (int round = 0; round < 50; round++) {
            largestPage = random.nextInt(1, 3_000);
            LogPages pages = new LogPages(log(), after -> List.of());
            long head = random.nextLong(1, 8_000);
            long from = random.nextLong(0, head);

            assertThat(readAll(pages, from, head, random.nextInt(1, 3_000)))
                    .as("%s", seed)
                    .isEqualTo(head);
        }
    }

    /** Reads to the head, checking that positions follow each other; returns the last one. */
    private static long readAll(LogPages pages, long from, long head, int atMost) {
        long position = from;
        while (position < head) {
            List<StreamEvent> events = pages.after(position, head).await().atMost(PATIENCE);
            assertThat(events).isNotEmpty();
            for (StreamEvent event : events.subList(0, Math.min(atMost, events.size()))) {
                assertThat(event.globalPosition()).isEqualTo(++position);
            }
        }
        return position;
    }

    /** A log without end that counts its reads. */
    private EventStore log() {
        return (EventStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {EventStore.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("read");
                    reads.incrementAndGet();
                    long after = ((Position) arguments[0]).value();
                    int count = Math.min((int) arguments[1], largestPage);
                    return Uni.createFrom()
                            .item(new LogPage(
                                    after,
                                    LongStream.rangeClosed(after + 1, after + count)
                                            .mapToObj(LogPagesTest::event)
                                            .toList(),
                                    true));
                });
    }

    private static StreamEvent event(long position) {
        return new StreamEvent(
                position,
                position,
                new UUID(0, position),
                new StreamId("A", "1"),
                "E",
                Instant.EPOCH,
                JsonText.EMPTY_OBJECT,
                JsonText.EMPTY_OBJECT);
    }
}
