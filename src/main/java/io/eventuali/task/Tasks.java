package io.eventuali.task;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The supervisor of everything that this replica does again and again, or all the time. A failure never ends a task, whatever was
 * thrown, an {@link Error} included: it is counted, logged when it is the first, shown by {@link #list}, and the task is tried
 * again after a wait. Whether a JVM without memory should go on is decided by {@code -XX:+ExitOnOutOfMemoryError}, not here.
 *
 * <p>Names become a label of metrics, so they come from code and are few.
 */
@Singleton
public class Tasks {
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private final MeterRegistry meters;
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();
    private final Map<String, Counter> failures = new ConcurrentHashMap<>();
    /** A clock of its own: a pool whose threads are all held up by an application must not keep a task from being tried again. */
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, work -> {
        Thread thread = new Thread(work, "eventuali-tasks");
        thread.setDaemon(true);
        return thread;
    });

    /** A supervisor that counts there. */
    public Tasks(MeterRegistry meters) {
        this.meters = meters;
        clock.setRemoveOnCancelPolicy(true);
        // What is due after the application has stopped is not done any more.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    /** A task that does its work by itself and says how it goes; waits grow from a second to fifteen. */
    public Task open(String name, String instance) {
        return open(name, instance, FIRST_WAIT, LONGEST_WAIT);
    }

    /** The same with other waits. */
    public Task open(String name, String instance, Duration firstWait, Duration longestWait) {
        failures.computeIfAbsent(name, this::register);
        Task task = new Task(this, name, instance, firstWait, longestWait);
        tasks.add(task);
        return task;
    }

    /**
     * Does work now and then, until cancelled. Work that takes long makes the next time late, never two at once.
     *
     * @param work called on a worker thread, to return at once
     */
    public Cancellable every(String name, Rhythm rhythm, Supplier<Uni<Void>> work) {
        Recurrence recurrence = new Recurrence(this, open(name, "", rhythm.period(), rhythm.longest()), rhythm, work);
        recurrence.start();
        return recurrence;
    }

    /** The same for work that is done when it returns. */
    public Cancellable tick(String name, Rhythm rhythm, Runnable work) {
        return every(name, rhythm, () -> {
            work.run();
            return Uni.createFrom().voidItem();
        });
    }

    /**
     * Keeps something going until cancelled: when it fails, or ends by itself, it is begun anew after a wait.
     *
     * @param work each item that it emits says that it works
     */
    public Cancellable keep(String name, String instance, Supplier<Multi<?>> work) {
        return keep(name, instance, FIRST_WAIT, LONGEST_WAIT, work);
    }

    /** The same with other waits. */
    public Cancellable keep(
            String name, String instance, Duration firstWait, Duration longestWait, Supplier<Multi<?>> work) {
        Continuation continuation = new Continuation(this, open(name, instance, firstWait, longestWait), work);
        continuation.start();
        return continuation;
    }

    /** All tasks, in the order of their names. */
    public List<TaskStatus> list() {
        return tasks.stream()
                .map(Task::status)
                .sorted(Comparator.comparing(TaskStatus::task).thenComparing(TaskStatus::instance))
                .toList();
    }

    /** Has work done on a worker thread after a while, or on the clock's if no other can be had. */
    void after(Duration wait, Runnable work) {
        clock.schedule(
                () -> {
                    try {
                        workers().execute(work);
                    } catch (RuntimeException full) {
                        work.run();
                    }
                },
                wait.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** Calls somebody, who has to return at once, after a while. */
    ScheduledFuture<?> alarm(Duration wait, Runnable call) {
        return clock.schedule(call, wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static Executor workers() {
        return Infrastructure.getDefaultExecutor();
    }

    void countFailure(String name) {
        failures.computeIfAbsent(name, this::register).increment();
    }

    void forget(Task task) {
        tasks.remove(task);
    }

    private Counter register(String name) {
        Gauge.builder("eventuali.task.failing", () -> tasks.stream()
                        .filter(task -> task.name().equals(name) && task.isFailing())
                        .count())
                .tag("task", name)
                .description("Tasks of this name whose last attempt failed")
                .register(meters);
        return Counter.builder("eventuali.task.failures")
                .tag("task", name)
                .description("Failed attempts of a task")
                .register(meters);
    }

    @PreDestroy
    void stop() {
        clock.shutdownNow();
    }
}
