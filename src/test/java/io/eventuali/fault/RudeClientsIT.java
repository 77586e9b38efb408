package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.LogClient;
import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.eventuali.support.RawHttp.Request;
import io.eventuali.support.Replica;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Clients that misuse a replica beside writers that do not: each is told of its own mistake, and nobody else notices. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RudeClientsIT {
    private static final String STREAM = "/v1/streams/Rude/1/events";
    private static final String JSON = "Content-Type: application/json";
    private static final int WRITERS = 12;
    private static final int EVENTS = 3_000;
    /** More than there are threads for work that blocks. */
    private static final int UPLOADS = 210;

    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    @Test
    void what_rude_clients_do_is_their_own_affair() throws Exception {
        List<Socket> uploads = new ArrayList<>();
        try (Cluster cluster = new Cluster(1);
                Follower follower = new Follower(cluster.replica(0)::uri, "from=start")) {
            Replica replica = cluster.replica(0);
            RawHttp http = new RawHttp(replica.uri("/").toURL());
            UUID known = UUID.randomUUID();
            cluster.history().sending(known);
            assertThat(http.send(append(known, "0")).status()).isEqualTo(201);
            cluster.startWriters(WRITERS, EVENTS, 20, 31);
            for (int i = 0; i < UPLOADS; i++) {
                uploads.add(unfinished(replica));
            }

            int rounds = 0;
            while (rounds == 0 || !cluster.writersDone()) {
                rounds++;
                Answer misused = http.send(append(known, "0e99999999999"));
                assertThat(misused.status()).as("%s", misused).isEqualTo(409);
                assertThat(misused.body()).contains("/problems/event-id-conflict");

                Answer headers = http.exchange(("HEAD /v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n"
                                + "GET /v1/position HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(headers.status()).isEqualTo(200);
                assertThat(headers.body()).startsWith("HTTP/1.1 200").contains("globalPosition");

                long began = System.nanoTime();
                assertThat(replica.status("/q/health/ready")).isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE);
            }
            cluster.joinWriters();

            assertThat(LogClient.json(replica.get("/v1/subscriptions")).get("subscriptions"))
                    .as("the follower alone")
                    .hasSize(1);
            assertThat(replica.get("/q/metrics").lines())
                    .noneMatch(line -> line.startsWith("http_server_requests") && line.contains("status=\"500\""));
            assertThat(replica.log()).doesNotContain("\"level\":\"ERROR\"");
            cluster.awaitEnd(follower, EVENTS + 1);
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
            assertThat(follower.positions()).hasSize(cluster.stored().size());
        } finally {
            for (Socket upload : uploads) {
                upload.close();
            }
        }
    }

    private static Request append(UUID id, String data) {
        return Request.post(STREAM, "[{\"eventId\":\"%s\",\"eventType\":\"T\",\"data\":%s}]".formatted(id, data), JSON);
    }

    /** A body that never comes whole. */
    private static Socket unfinished(Replica replica) throws IOException {
        Socket socket = new Socket("localhost", replica.port());
        socket.getOutputStream()
                .write(("POST " + STREAM + " HTTP/1.1\r\nHost: x\r\n" + JSON + "\r\nContent-Length: 200000\r\n\r\n["
                                + " ".repeat(20_000))
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
