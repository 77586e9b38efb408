package io.eventuali.bench;

import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Delivery within one process, measured by JMH, against Mutiny's BroadcastProcessor and the JDK's SubmissionPublisher. */
final class HubBenchmark implements Bench.Benchmark {
    private static final int[] RECEIVERS = {1, 10, 100};

    @Override
    public void run(Options options, Report report) throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(HubJmh.class.getName())
                        .shouldFailOnError(true)
                        .build())
                .run();
        for (int receivers : RECEIVERS) {
            double ours = score(results, "eventuali", receivers);
            double broadcast = score(results, "broadcast", receivers);
            double submission = score(results, "submission", receivers);
            report.add("eventualiPerSecondTo" + receivers, ours);
            report.add("broadcastProcessorPerSecondTo" + receivers, broadcast);
            report.add("submissionPublisherPerSecondTo" + receivers, submission);
            if (receivers == 1) {
                report.goal("timesOf78000To1", ours / 78_000, 20);
            } else {
                report.goal("ratioToBroadcastProcessorTo" + receivers, ours / broadcast, 1);
                report.goal("ratioToSubmissionPublisherTo" + receivers, ours / submission, 1);
            }
        }
    }

    private static double score(Collection<RunResult> results, String side, int receivers) {
        return results.stream()
                .filter(result -> result.getParams().getParam("side").equals(side)
                        && result.getParams().getParam("receivers").equals(Integer.toString(receivers)))
                .mapToDouble(result -> result.getPrimaryResult().getScore())
                .findFirst()
                .orElseThrow();
    }
}
