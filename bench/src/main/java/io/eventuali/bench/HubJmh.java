package io.eventuali.bench;

import io.eventuali.event.StreamEvent;
import io.eventuali.stream.HubUnderTest;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.multi.processors.BroadcastProcessor;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Events published a second, each delivered to every receiver of this process before the next run begins. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
public class HubJmh {
    /** Events of a run. They fit every side's buffer, so nobody is slowed down or skipped. */
    static final int RUN = 8_192;

    private static final int COMMIT = 128;

    /** How many receivers. */
    @Param({"1", "10", "100"})
    public int receivers;

    /** {@code eventuali}, {@code broadcast} or {@code submission}. */
    @Param({"eventuali", "broadcast", "submission"})
    public String side;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Count[] counts;
    private HubUnderTest hub;
    private BroadcastProcessor<StreamEvent> broadcast;
    private SubmissionPublisher<StreamEvent> submission;
    private long published;

    /** Connects the receivers. */
    @Setup(Level.Trial)
    public void connect() {
        counts = new Count[receivers];
        Arrays.setAll(counts, i -> new Count());
        Infrastructure.setDefaultExecutor(threads);
        switch (side) {
            case "eventuali" -> {
                hub = new HubUnderTest();
                Arrays.stream(counts).forEach(hub::receive);
                while (!hub.isLive(receivers)) {
                    Thread.onSpinWait();
                }
            }
            case "broadcast" -> {
                broadcast = BroadcastProcessor.create();
                Arrays.stream(counts).forEach(count -> broadcast.subscribe().with(count));
            }
            default -> {
                submission = new SubmissionPublisher<>(ForkJoinPool.commonPool(), 2 * RUN);
                Arrays.stream(counts).forEach(submission::subscribe);
            }
        }
    }

    /** Ends what has threads. */
    @TearDown(Level.Trial)
    public void close() {
        if (submission != null) {
            submission.close();
        }
        // Threads that wait for more would keep the fork from ending for half a minute.
        threads.shutdownNow();
        Infrastructure.getDefaultWorkerPool().shutdownNow();
    }

    /** One run. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public long publish() {
        switch (side) {
            case "eventuali" -> {
                for (int i = 0; i < RUN / COMMIT; i++) {
                    hub.commit(COMMIT);
                }
            }
            case "broadcast" -> {
                for (int i = 1; i <= RUN; i++) {
                    broadcast.onNext(HubUnderTest.event(published + i));
                }
            }
            default -> {
                for (int i = 1; i <= RUN; i++) {
                    submission.submit(HubUnderTest.event(published + i));
                }
            }
        }
        published += RUN;
        for (Count count : counts) {
            // Yields, for the receivers need the processors.
            while (count.seen != published) {
                if (count.broken) {
                    throw new IllegalStateException("a receiver missed an event");
                }
                Thread.yield();
            }
        }
        return published;
    }

    /** A receiver that counts, and fails the run if an event is not the next one. */
    private static final class Count implements Consumer<StreamEvent>, Flow.Subscriber<StreamEvent> {
        private volatile long seen;
        private volatile boolean broken;

        @Override
        public void accept(StreamEvent event) {
            long next = seen + 1;
            if (event.globalPosition() == next) {
                seen = next;
            } else {
                broken = true;
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(StreamEvent event) {
            accept(event);
        }

        @Override
        public void onError(Throwable failure) {
            throw new IllegalStateException(failure);
        }

        @Override
        public void onComplete() {
            // The trial is over.
        }
    }
}
