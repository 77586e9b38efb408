package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.LogEvents;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FoldTest {
    private static final long PLENTY = 1 << 30;

    @Test
    void of_each_aggregate_the_latest_event_remains_and_counts_those_before_it() {
        Fold fold = new Fold(10, PLENTY);
        fold.add(List.of(entry(1, "a"), entry(2, "b"), entry(3, "a"), entry(4, "a"), entry(5, "c")));

        assertThat(fold.take())
                .extracting(update -> update.event().globalPosition() + " folded " + update.folded())
                .containsExactly("2 folded 0", "4 folded 2", "5 folded 0");
        assertThat(fold.isEmpty()).isTrue();
    }

    @Test
    void it_is_full_by_its_aggregates_or_its_bytes_and_empty_after_it_was_taken() {
        Fold few = new Fold(2, PLENTY);
        Fold small = new Fold(1000, 10 * entry(1, "a").bytes());

        few.add(List.of(entry(1, "a")));
        assertThat(few.isFull()).isFalse();
        few.add(List.of(entry(2, "b")));
        assertThat(few.isFull()).isTrue();

        small.add(LongStream.range(0, 100).mapToObj(i -> entry(i, "a")).toList());
        assertThat(small.isFull()).as("one event is held, however many came").isFalse();
        small.add(LongStream.range(0, 9).mapToObj(i -> entry(i, "b" + i)).toList());
        assertThat(small.isFull()).isTrue();
        small.take();
        assertThat(small.isFull()).isFalse();
    }

    private static LogEntry entry(long position, String aggregateId) {
        return new LogEntry(LogEvents.at(position, "Order", aggregateId, "OrderPlaced"));
    }
}
