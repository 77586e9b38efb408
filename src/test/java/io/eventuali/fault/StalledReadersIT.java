package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Two hundred and forty readers that read nothing, and events of a megabyte, in a small heap: the others do not notice (G7). */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StalledReadersIT {
    private static final String STREAM = "/v1/streams/Order/large/events";
    private static final int EVENTS = 14;
    private static final String LARGE = "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(1_000_000) + "\"}]";

    private final List<Socket> stalled = new ArrayList<>();

    @Test
    void readers_that_read_nothing_cost_neither_appends_nor_others_anything() throws Exception {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(
                        database,
                        "-Xmx256m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Deventuali.streamer.outgoing-bytes=32M",
                        "-Deventuali.streamer.capacity-bytes=16M",
                        "-Deventuali.streamer.cache-bytes=16M",
                        "-Deventuali.streamer.shared-bytes=16M")) {
            append(replica);
            for (int i = 0; i < 240; i++) {
                // Live ones, of one filter; those that catch up, each with a filter of its own; exports.
                open(
                        replica,
                        i % 4 == 0
                                ? "/v1/events"
                                : "/v1/events/stream?from=" + (i % 4 == 1 ? "start&eventType=E,x" + i : "end"));
            }
            InputStream stream = open(replica, "/v1/events/stream?from=start").getInputStream();
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> awaitEvent(stream, EVENTS));
            Duration slowest = Duration.ZERO;
            for (int i = 1; i < EVENTS; i++) {
                long begun = System.nanoTime();
                append(replica);
                assertThat(replica.status("/q/health/ready")).isEqualTo(200);
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                slowest = took.compareTo(slowest) > 0 ? took : slowest;
            }
            reader.get(20, TimeUnit.SECONDS);

            assertThat(slowest).as("an append and a look at health").isLessThan(Duration.ofSeconds(3));
            assertThat(replica.metric("eventuali_outgoing_bytes")).isLessThan(2 * 32e6 * 1.1);
            assertThat(replica.metric("jvm_buffer_memory_used_bytes")).isLessThan(128e6);
            await().atMost(Duration.ofSeconds(20)).until(() -> replica.metric("eventuali_outgoing_waiting") == 0);
            assertThat(replica.log()).doesNotContain("OutOfMemoryError").doesNotContain("\"level\":\"ERROR\"");
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    private static void append(Replica replica) throws Exception {
        assertThat(Replica.HTTP
                        .send(
                                HttpRequest.newBuilder(replica.uri(STREAM))
                                        .header("Content-Type", "application/json")
                                        .timeout(Duration.ofSeconds(15))
                                        .POST(BodyPublishers.ofString(LARGE))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);
    }

    private Socket open(Replica replica, String path) throws IOException {
        Socket socket = new Socket();
        stalled.add(socket);
        socket.setReceiveBufferSize(8_192);
        socket.connect(new InetSocketAddress("localhost", replica.port()));
        socket.getOutputStream()
                .write("GET %s HTTP/1.0\r\nHost: x\r\nAccept: %s\r\n\r\n"
                        .formatted(path, path.contains("stream") ? "text/event-stream" : "application/x-ndjson")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static int read(InputStream stream, byte[] buffer) {
        try {
            return stream.read(buffer);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void awaitEvent(InputStream stream, int position) {
        String wanted = "id: " + position + "\ndata: {";
        StringBuilder end = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        while (end.indexOf(wanted) < 0) {
            int count = read(stream, buffer);
            assertThat(count).as("the good reader's stream goes on").isPositive();
            end.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            if (end.length() > 200_000) {
                end.delete(0, end.length() - 1_000);
            }
        }
    }
}
