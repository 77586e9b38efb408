package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.StreamEvent;
import io.eventuali.support.LogEvents;
import io.eventuali.support.LogInMemory;
import io.eventuali.support.Seed;
import io.eventuali.support.SelectionInMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HandledPagesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Seed seed = Seed.next();
    private final RandomGenerator random = seed.random();

    @Test
    void whatever_the_index_says_a_projection_gets_each_of_its_events_once_in_order() {
        List<StreamEvent> log = new ArrayList<>();
        for (int position = 1; position <= 6 * LogPages.EVENTS; position++) {
            log.add(LogEvents.at(
                    position,
                    random.nextInt(20) == 0 ? "User" : "Order",
                    "1",
                    random.nextBoolean() ? "Named" : "Left"));
        }
        List<Long> handled = log.stream()
                .filter(event -> event.aggregateType().equals("User")
                        && event.eventType().equals("Named"))
                .map(StreamEvent::globalPosition)
                .toList();
        Names names = new Names();
        SelectionInMemory index = new SelectionInMemory(log, Runnable::run, random);
        for (int round = 0; round < 20; round++) {
            LogPages pages = new LogPages(new LogInMemory(log, Runnable::run), after -> List.of());
            HandledPages read = new HandledPages(names, pages, index);

            assertThat(readAll(read, names, log.size())).as("%s", seed).isEqualTo(handled);
        }
        assertThat(index.found()).as("%s", seed).isPositive();
    }

    @Test
    void a_projection_that_handles_any_other_event_reads_the_log_as_it_is() {
        List<StreamEvent> log = LogEvents.run(1, 3L * LogPages.EVENTS);
        SelectionInMemory index = new SelectionInMemory(log, Runnable::run, random);
        LogPages pages = new LogPages(new LogInMemory(log, Runnable::run), after -> List.of());
        Everything everything = new Everything();

        assertThat(readAll(new HandledPages(everything, pages, index), everything, log.size()))
                .hasSize(log.size());
        assertThat(index.found()).isZero();
    }

    private List<Long> readAll(HandledPages pages, Projection<?> projection, long head) {
        List<Long> handled = new ArrayList<>();
        long position = 0;
        while (position < head) {
            ReadEvents read = pages.after(position, head)
                    .await()
                    .atMost(PATIENCE)
                    .cut(position + random.nextLong(1, 9_000), random.nextInt(1, 3_000));
            assertThat(read.to()).as("%s", seed).isGreaterThan(position);
            for (StreamEvent event : read.events()) {
                assertThat(event.globalPosition()).isGreaterThan(position).isLessThanOrEqualTo(read.to());
                if (projection.keyOf(event).isPresent()) {
                    handled.add(event.globalPosition());
                }
            }
            position = read.to();
        }
        return handled;
    }

    private static final class Names extends Projection<String> {
        Names() {
            super("names", String.class);
            filterByAggregateType("Us*");
            on("Named", (state, event) -> "named");
        }
    }

    private static final class Everything extends Projection<String> {
        Everything() {
            super("everything", String.class);
            onAnyOther((state, event) -> "seen");
        }
    }
}
