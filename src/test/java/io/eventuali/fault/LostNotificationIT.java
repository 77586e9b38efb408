package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.Cluster;
import io.eventuali.support.Follower;
import io.eventuali.support.Rounds;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Notifications are a hint only: with the listening connections killed again and again, everything still arrives. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LostNotificationIT {
    private static final int APPENDS = Rounds.of(1_000, "appends");

    @Test
    void events_of_another_replica_arrive_while_the_listening_connections_are_killed() throws Exception {
        try (Cluster cluster = new Cluster(2);
                Follower first = new Follower(cluster.replica(0)::uri, "from=start");
                Follower second = new Follower(cluster.replica(1)::uri, "from=start");
                Connection connection = cluster.database().connect();
                Statement statement = connection.createStatement()) {
            cluster.startWriters(4, APPENDS, 100, 21);
            int killed = 0;
            while (!cluster.writersDone()) {
                try (var result = statement.executeQuery(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE '% listen'")) {
                    result.next();
                    killed += result.getInt(1);
                }
            }
            cluster.joinWriters();

            assertThat(killed).isPositive();
            for (Follower follower : List.of(first, second)) {
                cluster.awaitEnd(follower, APPENDS);
                assertThat(follower.connections()).isEqualTo(1);
                cluster.history().delivered("subscriber", 0, event -> true, follower.positions());
            }
            assertThat(cluster.history().violations(cluster.stored())).isEmpty();
        }
    }
}
