package io.eventuali.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * What an event costs when 10,000 subscribers want other ones: appends to ten aggregates, each followed by one subscriber, with nobody
 * else there, and with 9,990 more who each follow another aggregate; then with every append to another one of the 10,000.
 */
final class SelectiveBenchmark implements Bench.Benchmark {
    private static final int FEW = 10;
    private static final int BATCH = 100;
    private static final byte[] CAUGHT_UP = "event: caught-up".getBytes(StandardCharsets.US_ASCII);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Override
    public void run(Options options, Report report) throws Exception {
        int rounds = options.rounds(5);
        int many = options.subscribers(10_000);
        int events = 40_000;
        double[] fewMicros = new double[rounds];
        double[] manyMicros = new double[rounds];
        double[] fewRate = new double[rounds];
        double[] manyRate = new double[rounds];
        double[] spreadMicros = new double[rounds];
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(
                        postgres,
                        Map.of(
                                "EVENTUALI_SUBSCRIPTION_MAX", "20000",
                                "EVENTUALI_SUBSCRIPTION_MAX_PER_ADDRESS", "20000"))) {
            report.database(postgres);
            Turn warmUp = new Turn(service, FEW);
            for (int i = 0; i < 3; i++) {
                warmUp.run(events, FEW);
            }
            warmUp.close();
            for (int round = 0; round < rounds; round++) {
                try (Turn turn = new Turn(service, FEW)) {
                    turn.run(events, FEW);
                    fewMicros[round] = turn.microsAnEvent;
                    fewRate[round] = turn.perSecond;
                }
                try (Turn turn = new Turn(service, many)) {
                    turn.run(events, FEW);
                    manyMicros[round] = turn.microsAnEvent;
                    manyRate[round] = turn.perSecond;
                    turn.run(events, many);
                    spreadMicros[round] = turn.microsAnEvent;
                }
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %.1f us of the service an event with %d filters, %.1f with %d, %.1f when each append goes to another%n",
                        round + 1,
                        fewMicros[round],
                        FEW,
                        manyMicros[round],
                        many,
                        spreadMicros[round]);
            }
            postgres.checkLog();
        }
        report.add("filters", many);
        report.add("microsAnEventWithFew", fewMicros);
        report.add("microsAnEventWithMany", manyMicros);
        report.add("microsAnEventSpread", spreadMicros);
        report.add("appendedPerSecondWithFew", fewRate);
        report.add("appendedPerSecondWithMany", manyRate);
        double ratio = Report.median(manyMicros) / Report.median(fewMicros);
        report.add("costRatio", ratio);
        report.add("throughputRatio", Report.median(manyRate) / Report.median(fewRate));
        report.goal("costRatioInverse", 1 / ratio, 1 / 1.5);
    }

    private static final class Turn implements AutoCloseable {
        private final EventualiService service;
        private final Crowd crowd;
        private double microsAnEvent;
        private double perSecond;

        Turn(EventualiService service, int subscribers) throws Exception {
            this.service = service;
            // Those of the turn before are to be gone.
            while (service.metric("eventuali_filter_groups") > 0) {
                Programs.pause(Duration.ofMillis(100));
            }
            long head = service.position();
            this.crowd = new Crowd(
                    service.port(),
                    subscribers,
                    i -> ("GET /v1/events/stream?aggregateId=order-" + i + "&from=" + head
                                    + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII),
                    // Who has caught up costs nothing more by itself.
                    (before, bytes, piece) -> before > 0 || Crowd.endHolds(piece, CAUGHT_UP) ? 1 : 0);
            crowd.readTo(1, LIMIT);
        }

        /** Appends batches to so many aggregates by turns. */
        void run(int events, int aggregates) throws Exception {
            byte[][] appends = new byte[Math.min(aggregates, events / BATCH)][];
            for (int i = 0; i < appends.length; i++) {
                appends[i] = Publisher.append("order-" + i, BATCH);
            }
            long head = service.position();
            long cpu = service.processorTime().toNanos();
            long started = System.nanoTime();
            try (Publisher publisher = new Publisher(service.port())) {
                for (int sent = 0; sent < events; sent += BATCH) {
                    publisher.send(appends[sent / BATCH % appends.length]);
                    publisher.answer();
                    if (sent % (FEW * BATCH) == 0) {
                        crowd.drain();
                    }
                }
            }
            perSecond = events * 1e9 / (System.nanoTime() - started);
            crowd.drain();
            microsAnEvent = (service.processorTime().toNanos() - cpu) / 1e3 / events;
            if (service.position() != head + events) {
                throw new IllegalStateException("the log did not grow by " + events);
            }
        }

        @Override
        public void close() {
            crowd.close();
        }
    }
}
