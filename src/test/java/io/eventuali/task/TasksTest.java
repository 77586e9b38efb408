package io.eventuali.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.EOFException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No failure, of whatever kind, ends a task, and none stays unsaid. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class TasksTest {
    private static final Duration PERIOD = Duration.ofMillis(2);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Rhythm QUICK = Rhythm.steady(PERIOD, LONG);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Tasks tasks = new Tasks(meters);
    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            logged.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        Logger.getLogger(Task.class.getName()).addHandler(handler);
    }

    @AfterEach
    void stop() {
        Logger.getLogger(Task.class.getName()).removeHandler(handler);
        tasks.stop();
    }

    /** Ways for work to go wrong before, in and after its Uni. */
    static List<Supplier<Uni<Void>>> failures() {
        return List.of(
                () -> {
                    throw new IllegalStateException("broken");
                },
                () -> {
                    throw new LinkageError("broken");
                },
                () -> {
                    throw new StackOverflowError("broken");
                },
                () -> Uni.createFrom().failure(new NullPointerException("broken")),
                () -> Uni.createFrom().failure(new AssertionError("broken")),
                () -> null);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void work_that_fails_is_done_again_and_said_once_with_its_reason_and_once_when_it_is_over(
            Supplier<Uni<Void>> failure) {
        AtomicInteger times = new AtomicInteger();
        tasks.every(
                "test",
                QUICK,
                () -> times.incrementAndGet() <= 5
                        ? failure.get()
                        : Uni.createFrom().voidItem());

        await().until(() -> times.get() > 6);

        assertThat(tasks.list()).singleElement().satisfies(task -> {
            assertThat(task.failures()).isEqualTo(5);
            assertThat(task.failing()).isFalse();
            assertThat(task.reason()).isEmpty();
        });
        assertThat(logged).hasSize(2);
        assertThat(logged.get(0)).startsWith("task=test fails, and is tried again: ");
        assertThat(logged.get(1)).contains("works again");
        assertThat(meters.counter("eventuali.task.failures", "task", "test").count())
                .isEqualTo(5);
    }

    @Test
    void work_that_never_ends_counts_as_failed_and_the_next_time_comes() {
        AtomicInteger times = new AtomicInteger();
        tasks.every("test", Rhythm.steady(PERIOD, Duration.ofMillis(20)), () -> {
            times.incrementAndGet();
            return Uni.createFrom().nothing();
        });

        await().until(() -> times.get() > 2);

        assertThat(tasks.list().get(0).reason())
                .hasValueSatisfying(reason -> assertThat(reason.text()).startsWith("no end after"));
        assertThat(meters.get("eventuali.task.failing").gauge().value()).isEqualTo(1);
    }

    @Test
    void two_times_never_overlap() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger times = new AtomicInteger();
        tasks.every("test", QUICK, () -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            return Uni.createFrom()
                    .voidItem()
                    .onItem()
                    .delayIt()
                    .by(Duration.ofMillis(10))
                    .invoke(() -> {
                        running.decrementAndGet();
                        times.incrementAndGet();
                    });
        });

        await().until(() -> times.get() > 5);

        assertThat(most).hasValue(1);
    }

    @Test
    void waits_grow_while_it_fails() {
        try (Task task = tasks.open("test", "", Duration.ofMillis(100), Duration.ofMillis(500))) {
            assertThat(List.of(fail(task), fail(task), fail(task), fail(task))).containsExactly(100L, 200L, 400L, 500L);
            task.worked();
            assertThat(fail(task)).isEqualTo(100);
        }
        assertThat(tasks.list()).isEmpty();
    }

    private static long fail(Task task) {
        return task.failed(new IllegalStateException("broken")).toMillis();
    }

    @Test
    void a_stream_that_fails_throws_or_ends_is_begun_anew() {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        var running = tasks.keep(
                "test", "", Duration.ofMillis(1), Duration.ofMillis(5), () -> switch (begun.incrementAndGet()) {
                    case 1 -> Multi.createFrom().failure(new LinkageError("broken"));
                    case 2 -> throw new AssertionError("broken");
                    case 3 ->
                        Multi.createFrom().item(1).invoke(item -> {
                            throw new StackOverflowError();
                        });
                    case 4 -> Multi.createFrom().empty();
                    default ->
                        Multi.createFrom()
                                .item(1)
                                .onCompletion()
                                .call(() -> Uni.createFrom().nothing())
                                .invoke(seen::addAndGet);
                });

        await().until(() -> seen.get() == 1);
        await().until(() -> !tasks.list().get(0).failing());
        assertThat(begun).hasValue(5);
        running.cancel();
        assertThat(tasks.list()).isEmpty();
    }

    @Test
    void a_thread_survives_errors_and_interruptions() throws InterruptedException {
        AtomicInteger times = new AtomicInteger();
        Task task = tasks.open("test", "", Duration.ofMillis(1), Duration.ofMillis(5));
        Thread thread = new Thread(() -> task.loop(() -> times.get() >= 4, () -> {
            switch (times.incrementAndGet()) {
                case 1 -> throw new UnsatisfiedLinkError("no native library");
                case 2 -> throw new InterruptedException();
                case 3 -> throw new StackOverflowError();
                default -> task.worked();
            }
        }));
        thread.start();
        thread.join(LONG.toMillis());

        assertThat(times).hasValue(4);
        assertThat(task.status().failures()).isEqualTo(2);
        assertThat(task.status().failing()).isFalse();
    }

    @Test
    void a_reason_has_what_each_cause_says_once() {
        Throwable failure = new IllegalStateException(
                "the database did not answer",
                new UncheckedIOException("permission denied for table projection", new EOFException()));

        assertThat(Task.reason(failure))
                .isEqualTo("the database did not answer: permission denied for table projection: EOFException");
    }
}
