package io.eventuali.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Time from the signal to stop to the end of the process, with subscribers who all have to be told to come back. */
final class DrainBenchmark implements Bench.Benchmark {
    private static final int SUBSCRIBERS = 500;
    private static final long CONNECTED = 1;
    private static final long TOLD = 2;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final byte[] CLOSING = "\nevent: closing\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REQUEST =
            "GET /v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public void run(Options options, Report report) throws Exception {
        int subscribers = options.subscribers(SUBSCRIBERS);
        double[] ended = new double[options.rounds(5)];
        try (PostgresServer postgres = PostgresServer.start()) {
            report.database(postgres);
            for (int round = 0; round < ended.length; round++) {
                try (EventualiService service = EventualiService.start(postgres);
                        Crowd crowd = new Crowd(service.port(), subscribers, i -> REQUEST, DrainBenchmark::heard)) {
                    crowd.readTo(CONNECTED, LIMIT);
                    ended[round] = service.stop().toMillis();
                    crowd.readTo(TOLD, LIMIT);
                }
            }
        }
        report.add("subscribers", subscribers);
        report.add("stopMillis", ended);
        report.add("stopMillisMedian", Report.median(ended));
    }

    private static long heard(long before, long bytes, ByteBuffer piece) {
        return Math.max(before, Crowd.endHolds(piece, CLOSING) ? TOLD : CONNECTED);
    }
}
