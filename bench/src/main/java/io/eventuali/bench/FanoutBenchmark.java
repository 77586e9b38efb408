package io.eventuali.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Events delivered a second to all subscribers together, as fast as they take them: Eventuali, which stores each durably; nchan in
 * nginx, which keeps them in memory; NATS core, which keeps nothing. Publishers are never further ahead of the slowest subscriber
 * than a window.
 */
final class FanoutBenchmark implements Bench.Benchmark {
    private static final int[] SUBSCRIBERS = {1, 100, 1_000, 5_000};
    private static final int BATCH = 100;
    private static final int WINDOW = 8_000;
    /** Its workers lose messages for each other when more are under way. */
    private static final int NCHAN_WINDOW = 1_000;

    private static final int CONNECTIONS = 8;
    private static final int PAYLOAD = 200;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final byte[] LAST = "the-last-one".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void run(Options options, Report report) throws Exception {
        int rounds = options.rounds(3);
        int[] counts = options.subscribers() > 0 ? new int[] {options.subscribers()} : SUBSCRIBERS;
        ExecutorService threads = Executors.newCachedThreadPool();
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(postgres);
                Server nchan = Server.nchan();
                Server nats = Server.nats(false)) {
            report.database(postgres);
            try (Publisher first = new Publisher(service.port())) {
                // From here on the position is not 0, so that the id of the first frame is a sign of life.
                first.send(Publisher.append("order-1", 1));
                first.answer();
            }
            eventuali(service, threads, 100, 50_000);
            for (int subscribers : counts) {
                double[] ours = new double[rounds];
                double[] nchans = new double[rounds];
                double[] natses = new double[rounds];
                for (int round = 0; round < rounds; round++) {
                    ours[round] = eventuali(service, threads, subscribers, events(subscribers, 10_000_000));
                    nchans[round] =
                            nchan(nchan, threads, subscribers, Math.min(40_000, events(subscribers, 1_500_000)));
                    natses[round] = nats(nats, threads, subscribers, events(subscribers, 8_000_000));
                    System.out.printf(
                            Locale.ROOT,
                            "%d subscribers, round %d: eventuali %.0f, nchan %.0f, NATS core %.0f delivered/s%n",
                            subscribers,
                            round + 1,
                            ours[round],
                            nchans[round],
                            natses[round]);
                }
                String suffix = "With" + subscribers;
                report.add("deliveredPerSecond" + suffix, ours);
                report.add("nchanPerSecond" + suffix, nchans);
                report.add("natsCorePerSecond" + suffix, natses);
                report.add("median" + suffix, Report.median(ours));
                double toNchan = Report.median(ours) / Report.median(nchans);
                double toNats = Report.median(ours) / Report.median(natses);
                if (subscribers == 1) {
                    report.add("ratioToNchan" + suffix, toNchan);
                } else {
                    report.goal("ratioToNchan" + suffix, toNchan, 5);
                }
                if (subscribers < 1_000) {
                    report.add("ratioToNatsCore" + suffix, toNats);
                } else {
                    report.goal("ratioToNatsCore" + suffix, toNats, 1);
                }
                report.add("residentKib" + suffix, service.residentKib());
            }
            postgres.checkLog();
        } finally {
            threads.shutdownNow();
        }
    }

    /** Enough events for some seconds of deliveries, whole batches. */
    private static int events(int subscribers, int deliveries) {
        int wanted = Math.max(1_000, Math.min(200_000, deliveries / subscribers));
        return wanted / BATCH * BATCH;
    }

    private static double eventuali(EventualiService service, ExecutorService threads, int subscribers, int events)
            throws Exception {
        long head = service.position();
        byte[] request = ("GET /v1/events/stream?from=" + head + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        try (Crowd crowd = new Crowd(service.port(), subscribers, i -> request, Crowd::lastId)) {
            // The first frame carries the position as its id.
            crowd.readTo(head, LIMIT);
            AtomicInteger sent = new AtomicInteger();
            List<Future<?>> publishers = new ArrayList<>();
            long started = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                byte[] append = Publisher.append("order-" + i, BATCH);
                publishers.add(threads.submit(() -> {
                    try (Publisher publisher = new Publisher(service.port())) {
                        int before = sent.getAndAdd(BATCH);
                        while (before < events) {
                            awaitWindow(crowd, head + before, WINDOW);
                            publisher.send(append);
                            publisher.answer();
                            before = sent.getAndAdd(BATCH);
                        }
                        return null;
                    }
                }));
            }
            double perSecond = delivered(crowd, head + events, subscribers, events, started, publishers);
            if (crowd.fewestBytes() < events * 400L) {
                throw new IllegalStateException("events are missing");
            }
            return perSecond;
        }
    }

    private static double nchan(Server server, ExecutorService threads, int subscribers, int events) throws Exception {
        byte[] request = "GET /sub HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        byte[] message = Publisher.post("/pub", "text/plain", "x".repeat(PAYLOAD));
        byte[] last = Publisher.post("/pub", "text/plain", new String(LAST, StandardCharsets.US_ASCII));
        // The last one is known by its text, since nginx sends its frames in order; for the window an estimate on the
        // safe side will
        // do: with its id and its field names a frame has 224 bytes or more.
        int smallest = PAYLOAD + 24;
        Crowd.Protocol protocol = (before, bytes, piece) -> Crowd.endHolds(piece, LAST)
                ? events
                : Math.max(before, Math.min(events - 1, Math.max(1, bytes / smallest)));
        try (Crowd crowd = new Crowd(server.port(), subscribers, i -> request, protocol)) {
            crowd.readTo(1, LIMIT);
            long started = System.nanoTime();
            // It takes one message a request; they follow each other without a wait for the answers.
            Future<?> publisher = threads.submit(() -> {
                try (Publisher connection = new Publisher(server.port())) {
                    for (int sent = 0; sent < events; sent += BATCH) {
                        awaitWindow(crowd, sent, NCHAN_WINDOW);
                        for (int i = 1; i <= BATCH; i++) {
                            connection.send(sent + i == events ? last : message);
                        }
                        for (int i = 1; i <= BATCH; i++) {
                            connection.answer();
                        }
                    }
                    return null;
                }
            });
            double perSecond = delivered(crowd, events, subscribers, events, started, List.of(publisher));
            if (crowd.fewestBytes() < (events - 1L) * smallest) {
                throw new IllegalStateException("nchan lost messages");
            }
            return perSecond;
        }
    }

    private static double nats(Server server, ExecutorService threads, int subscribers, int events) throws Exception {
        byte[] request = "CONNECT {\"verbose\":false}\r\nSUB bench 1\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] pong = "PONG\r\n".getBytes(StandardCharsets.US_ASCII);
        String frame = "PUB bench %d\r\n%s\r\n".formatted(PAYLOAD, "x".repeat(PAYLOAD));
        byte[] batch = frame.repeat(BATCH).getBytes(StandardCharsets.US_ASCII);
        int size = "MSG bench 1 %d\r\n".formatted(PAYLOAD).length() + PAYLOAD + 2;
        // What comes before the first message is as long for each subscriber, but for its number and port.
        Crowd.Protocol protocol = (before, bytes, piece) ->
                before == 0 ? (Crowd.endHolds(piece, pong) ? 1 : 0) : Math.max(1, 1 + (bytes - 500) / size);
        try (Crowd crowd = new Crowd(server.port(), subscribers, i -> request, protocol)) {
            crowd.readTo(1, LIMIT);
            long started = System.nanoTime();
            Future<?> publisher = threads.submit(() -> {
                try (Nats connection = new Nats(server.port(), 0)) {
                    for (int sent = 0; sent < events; sent += BATCH) {
                        awaitWindow(crowd, sent, WINDOW);
                        connection.send(batch);
                    }
                    connection.flush();
                    return null;
                }
            });
            double perSecond = delivered(crowd, events - 1, subscribers, events, started, List.of(publisher));
            if (crowd.fewestBytes() < (long) events * size) {
                throw new IllegalStateException("NATS lost messages");
            }
            return perSecond;
        }
    }

    private static double delivered(
            Crowd crowd, long goal, int subscribers, int events, long started, List<Future<?>> publishers)
            throws IOException, InterruptedException, ExecutionException {
        crowd.readTo(goal, LIMIT);
        double seconds = (System.nanoTime() - started) / 1e9;
        for (Future<?> publisher : publishers) {
            publisher.get();
        }
        return (double) subscribers * events / seconds;
    }

    private static void awaitWindow(Crowd crowd, long sent, int window) {
        while (sent - crowd.slowest() > window) {
            Programs.pause(Duration.ofMillis(1));
        }
    }
}
