package io.eventuali.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Single-event appends over HTTP against pgbench, which inserts and commits one row at a time into a table of the same
 * columns and indexes on the same server. The sides take turns, so that a machine whose speed drifts treats them alike.
 */
final class AppendBenchmark implements Bench.Benchmark {
    private static final int STREAMS = 500;
    private static final int CLIENTS = 64;
    private static final int MANY = 512;
    private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+) \\(without initial connection time\\)");

    @Override
    public void run(Options options, Report report) throws IOException {
        Duration turn = options.turn(8);
        int rounds = options.rounds(5);
        double[] pgbench = new double[rounds];
        double[] few = new double[rounds];
        double[] many = new double[rounds];
        Path script = Files.createTempFile("eventuali-bench", ".sql");
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres)) {
            report.database(postgres);
            // Keys come from a sequence, as cheap for the indexes as the ones that the service gives.
            postgres.execute("CREATE TABLE pgbench_events (LIKE events INCLUDING ALL);"
                    + "CREATE SEQUENCE pgbench_position CACHE 100");
            Files.writeString(script, insert());
            Wrk wrk = new Wrk(service, STREAMS, 1);
            wrk.run(CLIENTS, turn.plusSeconds(7));
            wrk.run(MANY, turn);
            pgbench(postgres, script, turn);
            long appended = 0;
            long before = postgres.number("SELECT position FROM log_head");
            Wrk.Result last = null;
            for (int round = 0; round < rounds; round++) {
                last = wrk.run(CLIENTS, turn);
                few[round] = last.perSecond();
                appended += last.requests();
                pgbench[round] = pgbench(postgres, script, turn);
                Wrk.Result most = wrk.run(MANY, turn);
                many[round] = most.perSecond();
                appended += most.requests();
                System.out.printf(
                        "round %d: %.0f with %d connections, pgbench %.0f, %.0f with %d connections%n",
                        round + 1, few[round], CLIENTS, pgbench[round], many[round], MANY);
            }
            long stored = postgres.number("SELECT position FROM log_head") - before;
            // A request that was under way when wrk stopped may be stored without having been counted.
            if (stored < appended || stored > appended + (long) rounds * (CLIENTS + MANY)) {
                throw new IllegalStateException(
                        "%d appends were answered, %d events stored".formatted(appended, stored));
            }
            postgres.checkLog();
            report.add("answerMillisP50With64", last.p50Millis());
            report.add("answerMillisP99With64", last.p99Millis());
        } finally {
            Files.delete(script);
        }
        report.add("turnSeconds", turn.toSeconds());
        report.add("errors", 0);
        report.add("pgbenchPerSecond", pgbench);
        report.add("with64PerSecond", few);
        report.add("with512PerSecond", many);
        report.add("pgbenchMedian", Report.median(pgbench));
        report.add("with64Median", Report.median(few));
        report.add("with512Median", Report.median(many));
        report.goal("ratio64", Report.median(few) / Report.median(pgbench), 1.0);
        report.goal("ratio512", Report.median(many) / Report.median(pgbench), 1.5);
    }

    private static String insert() {
        return """
                \\set stream random(1, %d)
                INSERT INTO pgbench_events (global_position, stream_id, stream_position, recorded_at, event_id,
                                            aggregate_type, aggregate_id, event_type, data, metadata)
                SELECT n, :stream, n, now(), gen_random_uuid(), 'Order', 'order-4711', '%s', '%s', '{}'
                  FROM nextval('pgbench_position') AS n;
                """.formatted(STREAMS, SampleEvent.TYPE, SampleEvent.data(1, 1));
    }

    private static double pgbench(PostgresServer postgres, Path script, Duration time) {
        String printed = Programs.output(
                time.plusSeconds(60),
                List.of(
                        postgres.tool("pgbench").toString(),
                        "--no-vacuum",
                        "--protocol=prepared",
                        "--client=" + CLIENTS,
                        "--jobs=1",
                        "--time=" + time.toSeconds(),
                        "--file=" + script,
                        "--host=127.0.0.1",
                        "--port=" + postgres.port(),
                        "--username=postgres",
                        "postgres"));
        Matcher tps = TPS.matcher(printed);
        if (!tps.find() || !printed.contains("number of failed transactions: 0")) {
            throw new IllegalStateException("pgbench failed:\n" + printed);
        }
        return Double.parseDouble(tps.group(1));
    }
}
