package io.eventuali.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.task.Tasks;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectMemoryWatchTest {
    private final Tasks tasks = new Tasks(new SimpleMeterRegistry());
    private final AtomicInteger ends = new AtomicInteger();

    @Test
    void memory_outside_the_heap_that_runs_out_ends_the_process() {
        new DirectMemoryWatch(tasks, () -> {}, ends::incrementAndGet).look();
        assertThat(ends).hasValue(0);

        Runnable usedUp = () -> {
            throw new OutOfMemoryError("Cannot reserve 1048576 bytes of direct buffer memory");
        };
        new DirectMemoryWatch(tasks, usedUp, ends::incrementAndGet).look();
        assertThat(ends).hasValue(1);
    }
}
