package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Cluster;
import io.eventuali.support.Replica;
import io.eventuali.support.Rounds;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** G3: of two appends expecting the same stream position, exactly one succeeds. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G03OptimisticConcurrencyIT {
    private static final int RACES = Rounds.of(300, "races");
    private static final int WRITERS = 8;

    @Test
    void each_of_many_races_for_a_stream_position_has_one_winner() {
        try (Cluster cluster = new Cluster(2)) {
            for (int race = 0; race < RACES; race++) {
                int expected = race;
                List<Integer> statuses =
                        IntStream.range(0, WRITERS).mapToObj(writer -> append(cluster, expected)).toList().stream()
                                .map(CompletableFuture::join)
                                .toList();

                assertThat(statuses)
                        .as("race for position %d", expected + 1)
                        .containsOnly(201, 412)
                        .containsOnlyOnce(201);
            }
            assertThat(cluster.stored()).hasSize(RACES);
        }
    }

    private static CompletableFuture<Integer> append(Cluster cluster, int expected) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        cluster.anyReplica().apply("/v1/streams/Order/contested/events"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("[{\"eventType\":\"OrderPlaced\",\"data\":{}}]"));
        if (expected == 0) {
            request.header("If-None-Match", "*");
        } else {
            request.header("If-Match", "\"" + expected + "\"");
        }
        return Replica.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                .thenApply(HttpResponse::statusCode);
    }
}
