package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.History.Stored;
import io.eventuali.support.Rounds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * G1: global positions are dense and follow commit order, whatever the number of replicas and concurrent writers. A reader
 * that has seen position p has seen every position below p.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class G01OrderIT {
    private static final int APPENDS = Rounds.of(10_000, "appends");

    @Test
    void every_reader_sees_one_dense_sequence_while_16_writers_append_at_two_replicas() throws Exception {
        try (Cluster cluster = new Cluster(2);
                Follower first = new Follower(cluster.replica(0)::uri, "from=start");
                Follower second = new Follower(cluster.replica(1)::uri, "from=start");
                Follower paid =
                        new Follower(cluster.replica(1)::uri, "from=start&eventType=*Paid&aggregateId=order-1*")) {
            cluster.startWriters(16, APPENDS, 500, 1);
            List<Long> polled = poll(cluster);
            cluster.joinWriters();

            List<Stored> log = cluster.stored();
            assertThat(log).hasSize(APPENDS);
            polled.addAll(poll(cluster, polled.size()));
            for (Follower follower : List.of(first, second, paid)) {
                cluster.awaitEnd(follower, follower == paid ? lastPaid(log) : APPENDS);
            }
            cluster.history().delivered("poller", 0, event -> true, polled);
            cluster.history().delivered("subscriber at replica 0", 0, event -> true, first.positions());
            cluster.history().delivered("subscriber at replica 1", 0, event -> true, second.positions());
            cluster.history().delivered("filtered subscriber", 0, G01OrderIT::isPaid, paid.positions());
            assertThat(cluster.history().violations(log)).isEmpty();
        }
    }

    private static boolean isPaid(Stored event) {
        return event.eventType().equals("OrderPaid") && event.aggregateId().startsWith("order-1");
    }

    private static long lastPaid(List<Stored> log) {
        return log.stream()
                .filter(G01OrderIT::isPaid)
                .mapToLong(Stored::globalPosition)
                .max()
                .orElseThrow();
    }

    /** Reads page after page while the writers run. */
    private static List<Long> poll(Cluster cluster) throws Exception {
        List<Long> seen = new ArrayList<>();
        while (!cluster.writersDone()) {
            seen.addAll(poll(cluster, seen.size()));
        }
        return seen;
    }

    private static List<Long> poll(Cluster cluster, long after) throws Exception {
        List<Long> seen = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        long from = after;
        while (true) {
            JsonNode page = json.readTree(cluster.replica(0).get("/v1/events?limit=1000&from=" + from));
            page.get("events")
                    .forEach(event -> seen.add(event.get("globalPosition").asLong()));
            if (page.get("nextFrom").asLong() == from) {
                return seen;
            }
            from = page.get("nextFrom").asLong();
        }
    }
}
