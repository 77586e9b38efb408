package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BatchSizeTest {
    private static final long QUICK = Duration.ofMillis(10).toNanos();
    private static final long SLOW = Duration.ofSeconds(1).toNanos();

    private final BatchSize size = new BatchSize(1_000, Duration.ofMillis(250));

    @Test
    void quick_full_batches_make_it_grow_to_its_limit() {
        for (int i = 0; i < 10; i++) {
            size.took(size.value(), QUICK);
        }

        assertThat(size.value()).isEqualTo(1_000);
    }

    @Test
    void a_quick_batch_that_was_not_full_says_nothing() {
        int before = size.value();

        size.took(1, QUICK);

        assertThat(size.value()).isEqualTo(before);
    }

    @Test
    void slow_batches_make_it_shrink_to_one_event() {
        for (int i = 0; i < 20; i++) {
            size.took(size.value(), SLOW);
        }

        assertThat(size.value()).isEqualTo(1);
    }

    @Test
    void it_is_never_more_than_a_page_of_the_log() {
        assertThat(new BatchSize(1, Duration.ofSeconds(1)).value()).isEqualTo(1);
        BatchSize large = new BatchSize(1_000_000, Duration.ofSeconds(1));
        for (int i = 0; i < 20; i++) {
            large.took(large.value(), QUICK);
        }
        assertThat(large.value()).isEqualTo(LogPages.EVENTS);
    }
}
