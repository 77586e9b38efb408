package io.eventuali.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * From an append's first byte to its event at a subscriber, with 1,000 appends a second on a fixed schedule, for one subscriber and for
 * 100, of which four are looked at: the first and the last to connect, and two in between; then for one at another replica. Time runs from
 * when the append was due, not from when its sender came to it, so that a stall counts for every event it held up.
 */
final class LatencyBenchmark implements Bench.Benchmark {
    private static final int PER_SECOND = 1_000;
    private static final int SENDERS = 32;
    private static final int STREAMS = 500;
    private static final int WARM_UP_SECONDS = 60;
    private static final byte[] REQUEST =
            "GET /v1/events/stream?from=start HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NUMBER = "\"data\":{\"n\":".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void run(Options options, Report report) throws Exception {
        report.add("eventsPerSecond", PER_SECOND);
        if (options.subscribers() > 0) {
            run(options, options.subscribers(), report);
        } else {
            run(options, 1, report);
            run(options, 100, report);
            elsewhere(options, report);
        }
    }

    private static void run(Options options, int subscribers, Report report) throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres)) {
            report.database(postgres);
            run(options, service, service, subscribers, "With" + subscribers, report);
            postgres.checkLog();
        }
    }

    /** The subscriber is at another replica than the writers. */
    private static void elsewhere(Options options, Report report) throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService written = EventualiService.start(postgres);
                EventualiService followed = EventualiService.start(postgres)) {
            run(options, written, followed, 1, "AtAnotherReplica", report);
            postgres.checkLog();
        }
    }

    private static void run(
            Options options,
            EventualiService written,
            EventualiService followed,
            int subscribers,
            String suffix,
            Report report)
            throws Exception {
        int measured = Math.min(subscribers, 4);
        int warmUp = WARM_UP_SECONDS * PER_SECOND;
        int count = warmUp + (int) options.turn(20).toSeconds() * PER_SECOND;
        Histogram delivered = new Histogram(Duration.ofMinutes(1).toNanos(), 3);
        Histogram answered = new Histogram(Duration.ofMinutes(1).toNanos(), 3);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<SseReader> readers = new ArrayList<>();
            List<Crowd> crowds = new ArrayList<>();
            for (int i = 0; i < measured; i++) {
                SseReader reader = new SseReader(followed.port(), 0);
                reader.readToCaughtUp((bytes, from, to) -> {});
                readers.add(reader);
                if (i < measured - 1) {
                    crowds.add(new Crowd(
                            followed.port(),
                            (subscribers - measured + i) / (measured - 1),
                            n -> REQUEST,
                            Crowd::lastId));
                }
            }
            long start = System.nanoTime() + Duration.ofSeconds(1).toNanos();
            // In the order in which they end, so that the first one that fails is heard of at once.
            CompletionService<Void> work = new ExecutorCompletionService<>(threads);
            for (SseReader reader : readers) {
                work.submit(() -> {
                    receive(reader, count, start, warmUp, delivered);
                    return null;
                });
            }
            for (Crowd crowd : crowds) {
                work.submit(() -> {
                    crowd.readTo(count, Duration.ofMinutes(5));
                    return null;
                });
            }
            for (int sender = 0; sender < SENDERS; sender++) {
                work.submit(new Sender(written.port(), sender, count, start, warmUp, answered));
            }
            for (int part = 0; part < SENDERS + readers.size() + crowds.size(); part++) {
                work.take().get();
            }
            for (SseReader reader : readers) {
                reader.close();
            }
            crowds.forEach(Crowd::close);
            double commits = written.metric("eventuali_append_commit_seconds_count");
            report.add(
                    "commitMillisMean" + suffix, 1e3 * written.metric("eventuali_append_commit_seconds_sum") / commits);
            report.add("eventsACommit" + suffix, count / commits);
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        } finally {
            threads.shutdownNow();
        }
        report.add("deliveriesMeasured" + suffix, delivered.getTotalCount());
        percentiles(report, "delivered", suffix, delivered);
        percentiles(report, "answered", suffix, answered);
    }

    private static void percentiles(Report report, String name, String suffix, Histogram histogram) {
        report.add(name + "MillisP50" + suffix, histogram.getValueAtPercentile(50) / 1e6);
        report.add(name + "MillisP99" + suffix, histogram.getValueAtPercentile(99) / 1e6);
        report.add(name + "MillisP999" + suffix, histogram.getValueAtPercentile(99.9) / 1e6);
        report.add(name + "MillisMax" + suffix, histogram.getMaxValue() / 1e6);
    }

    /** When the append of a number is due. */
    private static long due(long start, int n) {
        return start + n * (1_000_000_000L / PER_SECOND);
    }

    private static void receive(SseReader reader, int count, long start, int warmUp, Histogram histogram)
            throws IOException {
        boolean[] seen = new boolean[count];
        reader.readTo(count, (bytes, from, to) -> {
            long now = System.nanoTime();
            int n = number(bytes, from, to);
            if (seen[n]) {
                throw new IllegalStateException("event " + n + " came twice");
            }
            seen[n] = true;
            if (n >= warmUp) {
                synchronized (histogram) {
                    histogram.recordValue(now - due(start, n));
                }
            }
        });
    }

    private static int number(byte[] bytes, int from, int to) {
        for (int i = from; i < to - NUMBER.length; i++) {
            int matched = 0;
            while (matched < NUMBER.length && bytes[i + matched] == NUMBER[matched]) {
                matched++;
            }
            if (matched == NUMBER.length) {
                int value = 0;
                for (int digit = i + matched; bytes[digit] >= '0' && bytes[digit] <= '9'; digit++) {
                    value = value * 10 + bytes[digit] - '0';
                }
                return value;
            }
        }
        throw new IllegalStateException("an event that nobody sent");
    }

    /** One keep-alive connection that appends each {@value #SENDERS}th event when it is due. */
    private record Sender(int port, int first, int count, long start, int warmUp, Histogram histogram)
            implements Callable<Void> {
        @Override
        public Void call() throws IOException {
            try (Publisher publisher = new Publisher(port)) {
                String filler = SampleEvent.data(1, 1).substring(1);
                for (int n = first; n < count; n += SENDERS) {
                    String body =
                            "[{\"eventType\":\"%s\",\"data\":{\"n\":%d,%s}]".formatted(SampleEvent.TYPE, n, filler);
                    byte[] request = Publisher.post(
                            "/v1/streams/Order/order-" + n % STREAMS + "/events", "application/json", body);
                    for (long wait = due(start, n) - System.nanoTime();
                            wait > 0;
                            wait = due(start, n) - System.nanoTime()) {
                        LockSupport.parkNanos(wait);
                    }
                    publisher.send(request);
                    publisher.answer("201");
                    if (n >= warmUp) {
                        long taken = System.nanoTime() - due(start, n);
                        synchronized (histogram) {
                            histogram.recordValue(taken);
                        }
                    }
                }
            }
            return null;
        }
    }
}
