package io.eventuali.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Events of 1 MB for 10,000 subscribers, of whom one in ten reads nothing, with the heap that the chart's memory limit of 1 GiB leaves. Those who read
 * come back where they were when they are disconnected, as clients do.
 */
final class StalledBenchmark implements Bench.Benchmark {
    private static final int SUBSCRIBERS = 10_000;
    private static final int ROUNDS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final double LIMIT_KIB = 1 << 20;
    private static final int DATA = 1_000_000;
    private static final int BEFORE = 4;

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
            for (int i = 0; i < BEFORE; i++) {
                publisher.send(large);
                publisher.answer();
            }
            for (int i = 0; i < stalledOnes; i++) {
                stalled.add(stalled(service.port(), request(i % 2 == 0 ? BEFORE : 0)));
            }
            try (Readers readers = new Readers(service.port(), subscribers - stalledOnes)) {
                report.add("subscribers", subscribers);
                report.add("stalled", stalledOnes);
                report.add("residentKibBefore", service.residentKib());
                measure(options.rounds(ROUNDS), service, publisher, readers, large, report);
            }
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    private static void measure(
            int rounds, EventualiService service, Publisher publisher, Readers readers, byte[] large, Report report)
            throws IOException {
        double[] appendMillis = new double[rounds];
        double[] allMillis = new double[rounds];
        double[] comebacks = new double[rounds];
        long mostKib = 0;
        for (int round = 0; round < rounds; round++) {
            long begun = System.nanoTime();
            publisher.send(large);
            publisher.answer();
            appendMillis[round] = (System.nanoTime() - begun) / 1e6;
            mostKib = Math.max(mostKib, readers.readTo(BEFORE + round + 1, service));
            allMillis[round] = (System.nanoTime() - begun) / 1e6;
            comebacks[round] = readers.comebacks;
        }
        report.add("appendMillis", appendMillis);
        report.add("allHaveItMillis", allMillis);
        report.add("comebacks", comebacks);
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

    private static byte[] request(long after) {
        return "GET /v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: %d\r\n\r\n"
                .formatted(after)
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Subscribers that read, on one thread. They count bytes: an event is many more than all else that comes. */
    private static final class Readers implements AutoCloseable {
        private final int port;
        private final Selector selector = Selector.open();
        private final ByteBuffer piece = ByteBuffer.allocateDirect(1 << 18);
        private final SocketChannel[] channels;
        /** Position of the last whole event before the connection, and bytes since then. */
        private final long[] from;

        private final long[] bytes;
        private long comebacks;

        Readers(int port, int count) throws IOException {
            this.port = port;
            channels = new SocketChannel[count];
            from = new long[count];
            bytes = new long[count];
            for (int i = 0; i < count; i++) {
                connect(i, BEFORE);
                if (i % 64 == 63) {
                    select(0);
                }
            }
        }

        private void connect(int reader, long after) throws IOException {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.write(ByteBuffer.wrap(request(after)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, reader);
            channels[reader] = channel;
            from[reader] = after;
            bytes[reader] = 0;
        }

        private long position(int reader) {
            return from[reader] + bytes[reader] / (DATA + 100);
        }

        /** Returns how much memory the service had at most, in KiB. */
        long readTo(long goal, EventualiService service) throws IOException {
            long deadline = System.nanoTime() + LIMIT.toNanos();
            long looked = 0;
            long most = 0;
            while (missing(goal) > 0) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(missing(goal) + " have not got event " + goal + " within " + LIMIT);
                }
                select(100);
                if (System.nanoTime() - looked > 250_000_000) {
                    looked = System.nanoTime();
                    most = Math.max(most, service.residentKib());
                }
            }
            return most;
        }

        private int missing(long goal) {
            int missing = 0;
            for (int i = 0; i < channels.length; i++) {
                missing += position(i) < goal ? 1 : 0;
            }
            return missing;
        }

        private void select(long millis) throws IOException {
            if (millis == 0) {
                selector.selectNow();
            } else {
                selector.select(millis);
            }
            for (SelectionKey key : selector.selectedKeys()) {
                read((SocketChannel) key.channel(), (Integer) key.attachment());
            }
            selector.selectedKeys().clear();
        }

        private void read(SocketChannel channel, int reader) throws IOException {
            int count;
            try {
                count = channel.read(piece.clear());
            } catch (IOException reset) {
                count = -1;
            }
            if (count >= 0) {
                bytes[reader] += count;
                return;
            }
            channel.close();
            comebacks++;
            connect(reader, position(reader));
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : channels) {
                channel.close();
            }
            selector.close();
        }
    }
}
