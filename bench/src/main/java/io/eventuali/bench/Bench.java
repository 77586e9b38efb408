package io.eventuali.bench;

import java.util.Map;
import java.util.TreeMap;

/** Runs one benchmark by its name; bench/run starts this. */
public final class Bench {
    private static final Map<String, Benchmark> BENCHMARKS = new TreeMap<>(Map.ofEntries(
            Map.entry("append", new AppendBenchmark()),
            Map.entry("append-batch", new AppendBatchBenchmark()),
            Map.entry("append-peers", new AppendPeersBenchmark()),
            Map.entry("catchup", new CatchupBenchmark()),
            Map.entry("drain", new DrainBenchmark()),
            Map.entry("fanout", new FanoutBenchmark()),
            Map.entry("history", new HistoryBenchmark()),
            Map.entry("hub", new HubBenchmark()),
            Map.entry("idle", new IdleBenchmark()),
            Map.entry("kafka", new KafkaBenchmark()),
            Map.entry("latency", new LatencyBenchmark()),
            Map.entry("projection", new ProjectionBenchmark()),
            Map.entry("saga", new SagaBenchmark()),
            Map.entry("selective", new SelectiveBenchmark()),
            Map.entry("stalled", new StalledBenchmark()),
            Map.entry("startup", new StartupBenchmark()),
            Map.entry("storm", new StormBenchmark())));

    private Bench() {}

    /** One benchmark. */
    interface Benchmark {
        /** Measures and reports. */
        void run(Options options, Report report) throws Exception;
    }

    /** {@code <name> [--seconds=N] [--rounds=N] [--events=N] [--subscribers=N]}. */
    public static void main(String[] arguments) throws Exception {
        Benchmark benchmark = arguments.length == 0 ? null : BENCHMARKS.get(arguments[0]);
        if (benchmark == null) {
            System.err.println("no such benchmark; there are " + BENCHMARKS.keySet());
            System.exit(2);
            return;
        }
        Report report = new Report(arguments[0]);
        benchmark.run(Options.parse(arguments, 1), report);
        report.write();
    }
}
