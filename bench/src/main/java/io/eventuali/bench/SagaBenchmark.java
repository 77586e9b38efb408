package io.eventuali.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Sagas of six steps that do nothing: from when a start was due to the event that says that the saga is completed, at 20 a second on a fixed
 * schedule; then as many as get done while 100 run; then what 100,000 sagas cost that wait for an event.
 */
final class SagaBenchmark implements Bench.Benchmark {
    private static final int PER_SECOND = 20;
    private static final int WARM_UP_SECONDS = 30;
    private static final int SENDERS = 16;
    private static final int OUTSTANDING = 100;
    /** Small enough for an answer that says its length. */
    private static final int BATCH = 100;
    /** Between the business keys of one measurement and those of the next. */
    private static final int OFFSET = 1_000_000;

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Pattern STARTED =
            Pattern.compile("\"aggregateId\":\"([^\"]+)\",\"eventType\":\"SagaStarted\".*\"businessKey\":\"n-(\\d+)\"");
    private static final Pattern COMPLETED =
            Pattern.compile("\"aggregateId\":\"([^\"]+)\",\"eventType\":\"SagaCompleted\"");
    private static final Pattern AWAITS = Pattern.compile("\"eventType\":\"StepStarted\".*\"awaitedType\"");

    @Override
    public void run(Options options, Report report) throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = start(postgres)) {
            report.database(postgres);
            latency(options, service, report);
            throughput(options, service, report);
            waiting(options, service, report);
            postgres.checkLog();
        }
    }

    private static EventualiService start(PostgresServer postgres) {
        return EventualiService.startJar(
                Path.of(System.getProperty("bench.home"), "saga/target/quarkus-app/quarkus-run.jar"), postgres);
    }

    private static void latency(Options options, EventualiService service, Report report) throws Exception {
        int warmUp = WARM_UP_SECONDS * PER_SECOND;
        int count = warmUp + (int) options.turn(60).toSeconds() * PER_SECOND;
        Histogram histogram = new Histogram(Duration.ofMinutes(1).toNanos(), 3);
        long[] due = new long[count];
        long start = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        for (int n = 0; n < count; n++) {
            due[n] = start + n * (1_000_000_000L / PER_SECOND);
        }
        Followed followed = completions(service, count, (n, at) -> {
            if (n >= warmUp) {
                histogram.recordValue(at - due[n]);
            }
        });
        send(service, count, 0, n -> {
            for (long wait = due[n] - System.nanoTime(); wait > 0; wait = due[n] - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
        });
        followed.join();
        report.add("sagasASecond", PER_SECOND);
        report.add("sagasMeasured", histogram.getTotalCount());
        report.add("millisP50", histogram.getValueAtPercentile(50) / 1e6);
        report.add("millisP99", histogram.getValueAtPercentile(99) / 1e6);
        report.add("millisMax", histogram.getMaxValue() / 1e6);
        report.goal("p50In60Millis", 60e6 / histogram.getValueAtPercentile(50), 1);
        report.goal("p99In200Millis", 200e6 / histogram.getValueAtPercentile(99), 1);
    }

    private static void throughput(Options options, EventualiService service, Report report) throws Exception {
        int count = (int) options.turn(60).toSeconds() * 300;
        Semaphore places = new Semaphore(OUTSTANDING);
        AtomicLong first = new AtomicLong();
        AtomicLong last = new AtomicLong();
        AtomicInteger done = new AtomicInteger();
        // The first and the last of them do not count: neither run while all places are taken.
        int from = OUTSTANDING * 4;
        Followed followed = completions(service, count, (n, at) -> {
            places.release();
            int finished = done.incrementAndGet();
            if (finished == from) {
                first.set(at);
            }
            if (finished == count - OUTSTANDING) {
                last.set(at);
            }
        });
        send(service, count, OFFSET, n -> places.acquireUninterruptibly());
        followed.join();
        double perSecond = (count - OUTSTANDING - from) / ((last.get() - first.get()) / 1e9);
        report.add("sustainedSagas", count);
        report.goal("sustainedSagasASecond", perSecond, 200);
    }

    private static void waiting(Options options, EventualiService service, Report report) throws Exception {
        int count = Math.min(100_000, options.events());
        Programs.pause(Duration.ofSeconds(10));
        long heapBefore = service.heapKib();
        double idleBefore = processorShare(service);
        Followed waiting =
                new Followed(service, count, event -> AWAITS.matcher(event).find());
        try (Publisher publisher = new Publisher(service.port())) {
            for (int sent = 0; sent < count; sent += BATCH) {
                StringBuilder body = new StringBuilder("[");
                for (int i = 0; i < Math.min(BATCH, count - sent); i++) {
                    body.append(i == 0 ? "" : ",").append("{\"eventType\":\"Wished\",\"data\":{\"n\":1}}");
                }
                publisher.send(Publisher.post(
                        "/v1/streams/Wish/wish-" + sent + "/events",
                        "application/json",
                        body.append(']').toString()));
                publisher.answer("201");
            }
        }
        waiting.join();
        Programs.pause(Duration.ofSeconds(15));
        double idleAfter = processorShare(service);
        long heapAfter = service.heapKib();
        report.add("waitingSagas", count);
        report.add("heapKibWithoutWaiting", heapBefore);
        report.add("heapKibWithWaiting", heapAfter);
        report.add("heapBytesAWaitingSaga", (heapAfter - heapBefore) * 1024.0 / count);
        report.add("processorShareWithoutWaiting", idleBefore);
        report.add("processorShareWithWaiting", idleAfter);
    }

    /** Part of one processor that the idle service takes. */
    private static double processorShare(EventualiService service) {
        Duration length = Duration.ofSeconds(20);
        Duration before = service.processorTime();
        Programs.pause(length);
        return (double) service.processorTime().minus(before).toMillis() / length.toMillis();
    }

    private static void send(EventualiService service, int count, int offset, Pace pace) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(SENDERS);
        try {
            List<Future<?>> senders = new ArrayList<>();
            for (int sender = 0; sender < SENDERS; sender++) {
                int first = sender;
                senders.add(threads.submit(() -> {
                    try (Publisher publisher = new Publisher(service.port())) {
                        for (int n = first; n < count; n += SENDERS) {
                            pace.await(n);
                            publisher.send(Publisher.post(
                                    "/v1/sagas/six-steps",
                                    "application/json",
                                    "{\"businessKey\":\"n-%d\",\"data\":{\"n\":%d,\"customer\":\"customer-%d\",\"amount\":4200}}"
                                            .formatted(offset + n, n, n % 500)));
                            publisher.answer("201");
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> sender : senders) {
                sender.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Holds a sender until it is time. */
    @FunctionalInterface
    private interface Pace {
        void await(int n);
    }

    /** Hears of a saga that was completed. */
    @FunctionalInterface
    private interface Completion {
        void done(int n, long at);
    }

    /** Follows sagas from their starts on until so many were completed, each of them once. */
    private static Followed completions(EventualiService service, int count, Completion completion) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        return new Followed(service, count, event -> {
            Matcher started = STARTED.matcher(event);
            if (started.find()) {
                numbers.put(started.group(1), Integer.parseInt(started.group(2)) % OFFSET);
                return false;
            }
            Matcher completed = COMPLETED.matcher(event);
            if (!completed.find()) {
                return false;
            }
            completion.done(numbers.remove(completed.group(1)), System.nanoTime());
            return true;
        });
    }

    /** Follows the log until so many events were found in it. */
    private static final class Followed {
        private final Thread thread;
        private volatile Throwable failure;

        Followed(EventualiService service, int count, Predicate<String> isFound) throws IOException {
            SseReader reader = new SseReader(service.port(), service.position());
            int[] left = {count};
            thread = new Thread(() -> {
                try (reader) {
                    while (left[0] > 0) {
                        reader.readTo(reader.last() + 1, (bytes, from, to) -> {
                            if (isFound.test(new String(bytes, from, to - from, StandardCharsets.UTF_8))) {
                                left[0]--;
                            }
                        });
                    }
                } catch (IOException | RuntimeException failed) {
                    failure = failed;
                }
            });
            thread.start();
        }

        void join() throws InterruptedException {
            thread.join(LIMIT.toMillis());
            if (failure != null || thread.isAlive()) {
                throw new IllegalStateException("not all that was expected came", failure);
            }
        }
    }
}
