package io.eventuali.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SharedThreadsTest {
    private final ExecutorService pool = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @Test
    void tasks_that_come_before_a_thread_does_share_it() {
        Queue<Runnable> called = new ArrayDeque<>();
        SharedThreads threads = new SharedThreads(called::add);
        List<Integer> done = new ArrayList<>();

        for (int i = 0; i < 100; i++) {
            int number = i;
            threads.execute(() -> done.add(number));
        }

        assertThat(called).hasSize(1);
        called.remove().run();
        assertThat(done).hasSize(100).isSorted();
        // The one that would have come if a task had taken its time finds nothing to do.
        assertThat(called).hasSize(1);
        called.remove().run();
        assertThat(called).isEmpty();
    }

    @Test
    void tasks_that_take_their_time_keep_no_other_from_running() throws InterruptedException {
        SharedThreads threads = new SharedThreads(pool);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            threads.execute(() -> await(release));
            threads.execute(others::countDown);
        }

        assertThat(others.await(30, TimeUnit.SECONDS)).isTrue();
        release.countDown();
    }

    @Test
    void every_task_runs_once_however_many_threads_bring_them() throws Exception {
        SharedThreads threads = new SharedThreads(pool);
        int each = 50_000;
        CountDownLatch left = new CountDownLatch(4 * each);
        List<Future<?>> bringing = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            bringing.add(pool.submit(() -> {
                for (int n = 0; n < each; n++) {
                    threads.execute(left::countDown);
                }
            }));
        }
        for (Future<?> one : bringing) {
            one.get();
        }

        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_task_that_fails_takes_none_of_the_others_with_it() {
        Queue<Runnable> called = new ArrayDeque<>();
        SharedThreads threads = new SharedThreads(called::add);
        List<String> done = new ArrayList<>();
        threads.execute(() -> {
            throw new IllegalStateException("broken");
        });
        threads.execute(() -> done.add("next"));

        assertThatThrownBy(called.remove()::run).hasMessage("broken");

        called.remove().run();
        assertThat(done).containsExactly("next");
    }

    @Test
    void a_refusal_is_told_and_does_not_keep_the_next_thread_from_coming() {
        Queue<Runnable> called = new ArrayDeque<>();
        boolean[] closed = {true};
        SharedThreads threads = new SharedThreads(task -> {
            if (closed[0]) {
                throw new RejectedExecutionException("closed");
            }
            called.add(task);
        });
        assertThatThrownBy(() -> threads.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        closed[0] = false;

        threads.execute(() -> {});

        assertThat(called).hasSize(1);
    }

    @Test
    void a_thread_whose_help_is_refused_does_all_that_waits_itself() {
        Queue<Runnable> called = new ArrayDeque<>();
        SharedThreads threads = new SharedThreads(task -> {
            if (!called.isEmpty()) {
                throw new RejectedExecutionException("full");
            }
            called.add(task);
        });
        List<Integer> done = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            threads.execute(() -> done.add(number));
        }

        called.element().run();

        assertThat(done).containsExactly(0, 1, 2);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
