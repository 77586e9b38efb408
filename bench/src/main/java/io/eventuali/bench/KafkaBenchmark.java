package io.eventuali.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way of a log to a topic and from there into another log, beside Kafka's own producer-performance test with records of the same
 * size on the same broker.
 */
final class KafkaBenchmark implements Bench.Benchmark {
    private static final String SENT = "eventuali_kafka_out_events_total";
    private static final Pattern PER_SECOND = Pattern.compile("([0-9.]+) records/sec");
    private static final Duration LIMIT = Duration.ofMinutes(10);
    /** A StreamEvent with 200 bytes of data. */
    private static final int RECORD_BYTES = 450;

    @Override
    public void run(Options options, Report report) throws IOException {
        int rounds = options.rounds(3);
        int events = Math.min(options.events(), 500_000);
        double[] out = new double[rounds];
        double[] in = new double[rounds];
        double[] perf = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            try (Server broker = Server.kafka();
                    PostgresServer from = PostgresServer.start();
                    PostgresServer to = PostgresServer.start()) {
                if (round == 0) {
                    report.database(from);
                }
                EventualiService.start(from).close();
                CatchupBenchmark.fill(from, events);
                producer(broker, events);
                perf[round] = producer(broker, events);
                out[round] = relay(broker, from, events);
                in[round] = takeIn(broker, to, events);
            }
            System.out.printf(
                    Locale.ROOT,
                    "round %d: %.0f events/s out, %.0f events/s in, %.0f records/s by the performance test%n",
                    round + 1,
                    out[round],
                    in[round],
                    perf[round]);
        }
        report.add("events", events);
        report.add("outPerSecond", out);
        report.add("inPerSecond", in);
        report.add("producerPerfTestPerSecond", perf);
        report.add("outMedian", Report.median(out));
        report.add("inMedian", Report.median(in));
        report.add("producerPerfTestMedian", Report.median(perf));
        report.add("outRatio", Report.median(out) / Report.median(perf));
    }

    private static double producer(Server broker, int records) {
        String output = Programs.output(
                LIMIT,
                List.of(
                        "java",
                        "-cp",
                        Server.libraries(),
                        "org.apache.kafka.tools.ProducerPerformance",
                        "--topic",
                        "perf",
                        "--num-records",
                        Integer.toString(records),
                        "--record-size",
                        Integer.toString(RECORD_BYTES),
                        "--throughput",
                        "-1",
                        "--producer-props",
                        "bootstrap.servers=localhost:" + broker.port(),
                        "acks=all"));
        double last = 0;
        for (Matcher found = PER_SECOND.matcher(output); found.find(); ) {
            last = Double.parseDouble(found.group(1));
        }
        return last;
    }

    private static double relay(Server broker, PostgresServer database, int events) {
        Map<String, String> settings = Map.of("EVENTUALI_KAFKA_OUT_TOPIC", "log");
        return rate(broker, database, settings, service -> (long) service.metric(SENT), events);
    }

    private static double takeIn(Server broker, PostgresServer database, int events) {
        Map<String, String> settings =
                Map.of("EVENTUALI_KAFKA_IN_TOPICS", "log", "EVENTUALI_KAFKA_IN_MAPPING", "fields");
        return rate(broker, database, settings, EventualiService::position, events);
    }

    private static double rate(
            Server broker,
            PostgresServer database,
            Map<String, String> settings,
            ToLongFunction<EventualiService> counter,
            int events) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("EVENTUALI_KAFKA_BOOTSTRAP_SERVERS", "localhost:" + broker.port());
        try (EventualiService service = EventualiService.start(database, all)) {
            return rate(() -> counter.applyAsLong(service), events);
        }
    }

    /** Events a second from the first that are seen to be done to the last. */
    private static double rate(LongSupplier counter, int events) {
        long began = System.nanoTime();
        long first = counter.getAsLong();
        while (first == 0) {
            Programs.pause(Duration.ofMillis(10));
            first = counter.getAsLong();
        }
        long started = System.nanoTime();
        while (counter.getAsLong() < events) {
            Programs.pause(Duration.ofMillis(20));
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new IllegalStateException("only " + counter.getAsLong() + " of " + events + " within " + LIMIT);
            }
        }
        return (events - first) * 1e9 / (System.nanoTime() - started);
    }
}
