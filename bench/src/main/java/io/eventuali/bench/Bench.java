package io.eventuali.bench;

import java.util.Map;
import java.util.TreeMap;

/** Runs one benchmark by its name; bench/run starts this. */
public final class Bench {
    private static final Map<String, Benchmark> BENCHMARKS = new TreeMap<>(Map.of(
            "append", new AppendBenchmark(),
            "append-batch", new AppendBatchBenchmark(),
            "append-peers", new AppendPeersBenchmark(),
            "catchup", new CatchupBenchmark(),
            "fanout", new FanoutBenchmark(),
            "idle", new IdleBenchmark(),
            "latency", new LatencyBenchmark(),
            "selective", new SelectiveBenchmark(),
            "startup", new StartupBenchmark(),
            "storm", new StormBenchmark()));

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
