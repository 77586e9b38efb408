package io.eventuali.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Events of almost 1 MiB for 10,000 subscribers, of whom one in ten reads nothing, with the heap that the chart's memory limit of 1 GiB leaves.
 */
final class StalledBenchmark implements Bench.Benchmark {
    private static final int SUBSCRIBERS = 10_000;
    private static final int ROUNDS = 5;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final double LIMIT_KIB = 1 << 20;
    private static final int DATA = 1_000_000;
    private static final byte[] FOLLOW = request("/v1/events/stream");
    private static final byte[] FROM_START = request("/v1/events/stream?from=start");

    @Override
    public void run(Options options, Report report) throws Exception {
        int subscribers = options.subscribers(SUBSCRIBERS);
        int stalledOnes = subscribers / 10;
        byte[] large = Publisher.post(
                "/v1/streams/Order/large/events",
                "application/json",
                "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(DATA) + "\"}]");
        List<Socket> stalled = new ArrayList<>();
        try (PostgresServer postgres = PostgresServer.start();
                EventualiService service = EventualiService.start(
                        postgres,
                        // 60 % of 1 GiB, as in the image.
                        Map.of("JAVA_TOOL_OPTIONS", "-Xmx614m -XX:+ExitOnOutOfMemoryError -XX:-UsePerfData"));
                Publisher publisher = new Publisher(service.port())) {
            report.database(postgres);
            for (int i = 0; i < 4; i++) {
                publisher.send(large);
                publisher.answer();
            }
            for (int i = 0; i < stalledOnes; i++) {
                stalled.add(stalled(service.port(), i % 2 == 0 ? FOLLOW : FROM_START));
            }
            try (Crowd crowd = new Crowd(
                    service.port(),
                    subscribers - stalledOnes,
                    i -> FOLLOW,
                    (before, bytes, piece) -> Math.max(before, bytes))) {
                crowd.readTo(1, LIMIT);
                crowd.drain();
                report.add("subscribers", subscribers);
                report.add("stalled", stalledOnes);
                report.add("residentKibBefore", service.residentKib());
                measure(options.rounds(ROUNDS), service, publisher, crowd, large, report);
            }
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    private static void measure(
            int rounds, EventualiService service, Publisher publisher, Crowd crowd, byte[] large, Report report)
            throws IOException {
        double[] appendMillis = new double[rounds];
        double[] allMillis = new double[rounds];
        long mostKib = 0;
        for (int round = 0; round < rounds; round++) {
            long had = crowd.mostBytes();
            long begun = System.nanoTime();
            publisher.send(large);
            publisher.answer();
            appendMillis[round] = (System.nanoTime() - begun) / 1e6;
            // Who has had least has had no more than heartbeats less than who has had most.
            crowd.readTo(had + DATA, LIMIT);
            allMillis[round] = (System.nanoTime() - begun) / 1e6;
            mostKib = Math.max(mostKib, service.residentKib());
        }
        report.add("appendMillis", appendMillis);
        report.add("allHaveItMillis", allMillis);
        report.add("outgoingBytes", service.metric("eventuali_outgoing_bytes"));
        report.add("closedAsStalled", service.metric("eventuali_subscribers_stalled_total"));
        report.add("residentKibAtMost", mostKib);
        report.goal("memoryWithinTheLimit", LIMIT_KIB / mostKib, 1);
    }

    private static Socket stalled(int port, byte[] request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8_192);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.getOutputStream().write(request);
        return socket;
    }

    private static byte[] request(String path) {
        return "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".formatted(path).getBytes(StandardCharsets.US_ASCII);
    }
}
