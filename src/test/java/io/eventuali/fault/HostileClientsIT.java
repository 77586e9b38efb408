package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three hundred clients that send what never ends: the replica keeps its memory, its threads, and the time of a good client. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HostileClientsIT {
    private static final String STREAM = "/v1/streams/Order/good/events";
    private static final String HEAD = "POST " + STREAM + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    private final List<Socket> hostile = new ArrayList<>();

    @Test
    void three_hundred_hostile_clients_cost_a_good_one_nothing() throws Exception {
        Path keys = Files.writeString(
                directory.resolve("keys.properties"),
                "good.sha256=%s\ngood.roles=admin\nbad.sha256=%s\nbad.roles=publisher\n# end\n"
                        .formatted(hash("evk_good"), hash("evk_bad")));
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(
                        database,
                        "-Xmx512m",
                        "-Deventuali.security.keys-file=" + keys,
                        "-Dquarkus.log.category.\"io.eventuali.http\".level=DEBUG")) {
            // The first of their kind take longer.
            good(replica, Duration.ofSeconds(20));
            double threads = threads(replica);

            for (int i = 0; i < 75; i++) {
                open(replica, HEAD + "Transfer-Encoding: chunked\r\n\r\nf00000\r\n", 1_000_000);
                open(replica, HEAD + "X-API-Key: evk_bad\r\nContent-Length: 200000\r\n\r\n", 20_000 + 500 * i);
                open(replica, HEAD + "X-API-Key: evk_bad\r\nTransfer-Encoding: chunked\r\n\r\nf00000\r\n", 1_000_000);
                open(replica, i % 2 == 0 ? HEAD : HEAD + "X-API-Key: evk_bad\r\nContent-Length: 200000\r\n\r\n", 0);
                if (i % 15 == 0) {
                    good(replica);
                }
            }
            for (int i = 0; i < 100; i++) {
                open(replica, HEAD + "X-API-Key: evk_bad\r\nContent-Length: 200000\r\n\r\n", 20_000);
                hostile.remove(hostile.size() - 1).close();
            }
            for (int i = 0; i < 20; i++) {
                good(replica);
            }

            assertThat(threads(replica)).as("threads").isLessThan(threads + 60);
            assertThat(value(replica, "jvm_memory_used_bytes{area=\"heap\"")).isLessThan(480e6);
            assertThat(value(replica, "eventuali_http_bodies_bytes")).isLessThanOrEqualTo(32 << 20);
            await().atMost(Duration.ofSeconds(20)).until(() -> replica.log().contains("upload broken off"));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> value(replica, "eventuali_http_bodies_refused_total{reason=\"too-slow\"}") > 0);
            assertThat(metrics(replica).lines().filter(line -> line.startsWith("http_server_requests_seconds_count")))
                    .noneMatch(line -> line.contains("status=\"500\""));
            assertThat(replica.log()).doesNotContain("\"level\":\"ERROR\"").doesNotContain("OutOfMemoryError");
        } finally {
            for (Socket socket : hostile) {
                socket.close();
            }
        }
    }

    private void open(Replica replica, String head, int bytes) throws IOException {
        Socket socket = new Socket("localhost", replica.port());
        hostile.add(socket);
        try {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(" ".repeat(bytes).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException cut) {
            // It was refused already.
        }
    }

    private static void good(Replica replica) throws Exception {
        good(replica, PATIENCE);
    }

    private static void good(Replica replica, Duration patience) throws Exception {
        String large = "[{\"eventType\":\"E\",\"data\":\"" + "a".repeat(50_000) + "\"}]";
        for (HttpRequest.Builder request : List.of(
                HttpRequest.newBuilder(replica.uri("/q/health/ready")),
                HttpRequest.newBuilder(replica.uri("/v1/events?limit=1")),
                HttpRequest.newBuilder(replica.uri(STREAM))
                        .POST(BodyPublishers.ofString("[{\"eventType\":\"E\",\"data\":1}]")),
                HttpRequest.newBuilder(replica.uri(STREAM)).POST(BodyPublishers.ofString(large)))) {
            long begun = System.nanoTime();
            HttpResponse<String> answer = send(request);
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("%s", answer.request())
                    .isLessThan(patience);
        }
    }

    private static double threads(Replica replica) throws Exception {
        return value(replica, "jvm_threads_live_threads");
    }

    private static double value(Replica replica, String start) throws Exception {
        return metrics(replica)
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static String metrics(Replica replica) throws Exception {
        return send(HttpRequest.newBuilder(replica.uri("/q/metrics"))).body();
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return Replica.HTTP.send(
                request.header("X-API-Key", "evk_good")
                        .header("Content-Type", "application/json")
                        .build(),
                BodyHandlers.ofString());
    }

    private static String hash(String key) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    }
}
