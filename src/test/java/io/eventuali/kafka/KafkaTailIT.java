package io.eventuali.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.KafkaBroker;
import io.eventuali.support.LogClient;
import io.eventuali.support.Replica;
import io.eventuali.support.SseProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A replica whose live tail is a topic delivers what one on the database does, also while there is no broker. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KafkaTailIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void both_tails_deliver_the_same_sequence() {
        try (KafkaBroker broker = new KafkaBroker();
                DatabaseServer database = new DatabaseServer()) {
            broker.createTopic("log", 3);
            String servers = "-Deventuali.kafka.bootstrap-servers=" + broker.servers();
            try (Replica near = Replica.start(database, servers, "-Deventuali.kafka.out.topic=log");
                    Replica far = Replica.start(
                            database,
                            servers,
                            "-Deventuali.streamer.tail=kafka",
                            "-Deventuali.kafka.tail.topic=log",
                            "-Deventuali.kafka.retry-delay=100ms",
                            "-Deventuali.kafka.retry-max-delay=500ms")) {
                await().atMost(PATIENCE).until(() -> far.log().contains("live tail follows topic=log"));
                LogClient writer = new LogClient(near.uri("/"));
                try (SseProbe atNear = new LogClient(near.uri("/"))
                                .follow("from=start")
                                .open();
                        SseProbe atFar =
                                new LogClient(far.uri("/")).follow("from=start").open()) {
                    long last = append(writer, 300);
                    awaitAll(last, atNear, atFar);
                    assertThat(far.metric("eventuali_kafka_tail_events_total")).isPositive();

                    broker.stop();
                    last = append(writer, 100);
                    awaitAll(last, atNear, atFar);
                    assertThat(far.status("/q/health/ready")).isEqualTo(200);

                    broker.start();
                    double before = far.metric("eventuali_kafka_tail_events_total");
                    await().atMost(PATIENCE).until(() -> {
                        append(writer, 5);
                        return far.metric("eventuali_kafka_tail_events_total") > before;
                    });
                    last = append(writer, 100);
                    awaitAll(last, atNear, atFar);
                    assertThat(atFar.events()).isEqualTo(atNear.events());
                    assertThat(atFar.positions())
                            .isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
                }
            }
        }
    }

    private static long append(LogClient writer, int appends) {
        long last = 0;
        for (int i = 0; i < appends; i++) {
            List<String> events = new ArrayList<>();
            for (int e = 0; e <= i % 4; e++) {
                events.add(LogClient.event("Measured", "{\"value\":1." + i + "0}"));
            }
            last = writer.append("Meter", "meter-" + i % 7, events);
        }
        return last;
    }

    private static void awaitAll(long last, SseProbe... probes) {
        for (SseProbe probe : probes) {
            probe.await("event " + last, PATIENCE, seen -> seen.positions().contains(last));
        }
    }
}
