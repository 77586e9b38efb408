package io.eventuali.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A replica that is told to stop, as in a rolling update, says so to its subscribers. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DrainIT {
    @Test
    void subscribers_of_a_replica_that_stops_are_told_where_they_are_and_when_to_come_back() {
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database);
                SseProbe first = SseProbe.to(replica.uri("/v1/events/stream")).open();
                SseProbe second =
                        SseProbe.to(replica.uri("/v1/events/stream?from=start")).open()) {
            first.await("caught-up");
            second.await("caught-up");

            ProcessHandle.of(replica.pid()).orElseThrow().destroy();

            for (SseProbe probe : new SseProbe[] {first, second}) {
                SseFrame closing = probe.awaitEnd().frames("closing").get(0);
                assertThat(closing.data()).isEqualTo("{\"reason\":\"draining\",\"position\":0}");
                assertThat(closing.id()).isEqualTo("0");
                assertThat(closing.retry()).isPositive();
                assertThat(probe.failure()).isNull();
            }
        }
    }
}
