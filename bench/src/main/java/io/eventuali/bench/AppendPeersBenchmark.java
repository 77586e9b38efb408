package io.eventuali.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Appends with 64 connections against two logs that a user might pick: Redis Streams with {@code appendfsync always}, as durable as
 * ours, and JetStream of NATS as it comes, which answers before the disk has the message. Then the same in batches of 100.
 */
final class AppendPeersBenchmark implements Bench.Benchmark {
    private static final int STREAMS = 500;
    private static final int CLIENTS = 64;
    private static final int BATCH = 100;
    private static final Pattern RATE = Pattern.compile("([0-9.]+) requests per second");

    @Override
    public void run(Options options, Report report) throws Exception {
        Duration turn = options.turn(6);
        int rounds = options.rounds(3);
        double[] ours = new double[rounds];
        double[] oursBatched = new double[rounds];
        double[] redisSingle = new double[rounds];
        double[] redisBatched = new double[rounds];
        double[] jetStream = new double[rounds];
        ExecutorService threads = Executors.newCachedThreadPool();
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres);
                Server redis = Server.redis();
                Server nats = Server.nats(true)) {
            report.database(postgres);
            Wrk single = new Wrk(service, STREAMS, 1);
            Wrk batched = new Wrk(service, STREAMS, BATCH);
            createStream(nats);
            single.run(CLIENTS, turn.plusSeconds(7));
            service.settle();
            for (int round = 0; round < rounds; round++) {
                ours[round] = single.run(CLIENTS, turn).perSecond();
                service.settle();
                redisSingle[round] = redis(redis, 1, (int) (6_000 * turn.toSeconds()));
                jetStream[round] = jetStream(nats, threads, turn);
                System.out.printf(
                        Locale.ROOT,
                        "round %d: eventuali %.0f, Redis %.0f, JetStream without fsync %.0f events/s%n",
                        round + 1,
                        ours[round],
                        redisSingle[round],
                        jetStream[round]);
            }
            batched.run(16, turn);
            service.settle();
            for (int round = 0; round < rounds; round++) {
                oursBatched[round] = batched.run(16, turn).perSecond() * BATCH;
                service.settle();
                redisBatched[round] = redis(redis, BATCH, (int) (50_000 * turn.toSeconds()));
                System.out.printf(
                        Locale.ROOT,
                        "round %d, batches: eventuali %.0f, Redis %.0f events/s%n",
                        round + 1,
                        oursBatched[round],
                        redisBatched[round]);
            }
            postgres.checkLog();
        } finally {
            threads.shutdownNow();
        }
        report.add("eventualiPerSecond", ours);
        report.add("redisAlwaysPerSecond", redisSingle);
        report.add("jetStreamWithoutFsyncPerSecond", jetStream);
        report.add("eventualiBatchedPerSecond", oursBatched);
        report.add("redisAlwaysPipelinedPerSecond", redisBatched);
        report.goal("ratioToRedis", Report.median(ours) / Report.median(redisSingle), 1);
        report.add("ratioToJetStreamWithoutFsync", Report.median(ours) / Report.median(jetStream));
        report.goal("ratioToRedisBatched", Report.median(oursBatched) / Report.median(redisBatched), 1);
    }

    /** Events in all streams that redis-benchmark can have named. */
    private static long stored(Server redis) {
        String script =
                "local n = 0 for i = 0, %d do n = n + redis.call('XLEN', string.format('order-%%012d', i)) end return n"
                        .formatted(STREAMS - 1);
        return Long.parseLong(Programs.output(
                        Duration.ofSeconds(30),
                        List.of("redis-cli", "-p", Integer.toString(redis.port()), "EVAL", script, "0"))
                .trim());
    }

    private static double redis(Server redis, int pipeline, int events) {
        long before = stored(redis);
        String printed = Programs.output(
                Duration.ofSeconds(120),
                List.of(
                        "redis-benchmark",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(redis.port()),
                        "-c",
                        Integer.toString(pipeline == 1 ? CLIENTS : 16),
                        "-n",
                        Integer.toString(events),
                        "-P",
                        Integer.toString(pipeline),
                        "-r",
                        Integer.toString(STREAMS),
                        "XADD",
                        "order-__rand_int__",
                        "*",
                        "type",
                        SampleEvent.TYPE,
                        "data",
                        SampleEvent.data(1, 1)));
        Matcher rate = RATE.matcher(printed);
        double last = 0;
        while (rate.find()) {
            last = Double.parseDouble(rate.group(1));
        }
        if (last == 0) {
            throw new IllegalStateException("redis-benchmark printed no rate:\n" + printed);
        }
        // redis-benchmark may send a few more than it was asked for.
        if (stored(redis) < before + events) {
            throw new IllegalStateException("Redis did not store " + events + " events");
        }
        return last;
    }

    private static void createStream(Server nats) throws IOException {
        try (Nats connection = new Nats(nats.port(), 0)) {
            String config = "{\"name\":\"BENCH\",\"subjects\":[\"bench.*\"],\"storage\":\"file\"}";
            String answer = connection.ask("$JS.API.STREAM.CREATE.BENCH", config);
            if (answer.contains("\"error\"")) {
                throw new IllegalStateException(answer);
            }
        }
    }

    /** Each connection waits for the answer to one message before it sends the next. */
    private static double jetStream(Server nats, ExecutorService threads, Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        List<Future<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            clients.add(threads.submit(() -> {
                int published = 0;
                try (Nats connection = new Nats(nats.port(), client)) {
                    while (System.nanoTime() < end) {
                        String answer =
                                connection.ask("bench." + published % STREAMS, SampleEvent.data(client, published));
                        if (!answer.contains("\"seq\":")) {
                            throw new IllegalStateException(answer);
                        }
                        published++;
                    }
                }
                return published;
            }));
        }
        long all = 0;
        for (Future<Integer> client : clients) {
            all += client.get();
        }
        return all * 1e9 / time.toNanos();
    }
}
