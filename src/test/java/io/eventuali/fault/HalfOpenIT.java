package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Requests that never end take a connection each and nothing else. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HalfOpenIT {
    private static final int HALF_OPEN = 5_000;

    @Test
    void a_good_client_is_served_while_five_thousand_requests_hang() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (Cluster cluster = new Cluster(1)) {
            for (int i = 0; i < HALF_OPEN; i++) {
                Socket socket = new Socket();
                socket.connect(
                        new InetSocketAddress("localhost", cluster.replica(0).port()));
                if (i % 2 == 0) {
                    socket.getOutputStream()
                            .write("GET /v1/events/stream HTTP/1.1\r\nHost: localh"
                                    .getBytes(StandardCharsets.US_ASCII));
                }
                sockets.add(socket);
            }
            try (Follower follower = new Follower(cluster.replica(0)::uri, "from=start")) {
                cluster.startWriters(1, 10, 1, 1);
                cluster.joinWriters();
                cluster.awaitEnd(follower, 10);

                assertThat(cluster.replica(0).status("/v1/position")).isEqualTo(200);
                assertThat(follower.connections()).isEqualTo(1);
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
