package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.LogClient;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A display asks for less: of each aggregate the latest event, so many times a second. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class DisplayIT {
    private static final int EVENTS = 300;

    @TestHTTPResource
    URI base;

    private final String type = "Type-" + UUID.randomUUID();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void it_gets_the_latest_event_of_each_aggregate_and_is_told_how_many_were_folded() {
        long start = log.head();
        long[] last = new long[2];
        for (int i = 0; i < EVENTS / 20; i++) {
            for (int aggregate = 0; aggregate < 2; aggregate++) {
                last[aggregate] =
                        log.append(type, "" + aggregate, Collections.nCopies(10, LogClient.event("Said", "" + i)));
            }
        }
        String query = "aggregateType=" + type + "&maxRate=5&conflate=aggregate&from=" + start;
        try (SseProbe probe = log.follow(query).open()) {
            probe.await("caught-up");

            List<JsonNode> updates = updates(probe);
            assertThat(updates.size()).as("folded, not passed on").isLessThan(EVENTS / 2);
            assertThat(updates.stream()
                            .mapToLong(update -> 1 + update.get("folded").asLong())
                            .sum())
                    .isEqualTo(EVENTS);
            for (int aggregate = 0; aggregate < 2; aggregate++) {
                String id = "" + aggregate;
                assertThat(updates.stream()
                                .filter(update ->
                                        update.get("aggregateId").asText().equals(id))
                                .mapToLong(
                                        update -> update.get("globalPosition").asLong())
                                .max())
                        .hasValue(last[aggregate]);
            }
            assertThat(probe.lastEventId()).isEqualTo("" + log.head());

            long next = log.append(type, "0", LogClient.event("Said", "\"live\""));
            probe.await("the update", p -> p.lastEventId().equals("" + next));
            assertThat(updates(probe).get(updates.size()).get("folded").asLong())
                    .isZero();
        }
    }

    @Test
    void every_id_that_it_has_seen_is_safe_to_resume_from() {
        long start = log.head();
        for (int i = 0; i < 10; i++) {
            log.append(type, "" + i, LogClient.event("Said", "1"), LogClient.event("Said", "2"));
        }
        String query = "aggregateType=" + type + "&maxRate=100&conflate=aggregate&from=" + start;
        try (SseProbe probe = log.follow(query).open().await("caught-up")) {
            for (SseFrame frame : probe.frames()) {
                if (frame.id() == null) {
                    continue;
                }
                long seen = updates(probe).stream()
                        .filter(update -> update.get("globalPosition").asLong() <= frame.position())
                        .count();
                try (SseProbe resumed =
                        log.follow(query).lastEventId(frame.id()).open().await("caught-up")) {
                    assertThat(updates(resumed).stream().map(update -> update.get("globalPosition")))
                            .as("after %s", frame.id())
                            .containsExactlyElementsOf(updates(probe).stream()
                                    .skip(seen)
                                    .map(update -> update.get("globalPosition"))
                                    .toList());
                }
            }
        }
    }

    @Test
    void half_a_wish_and_a_senseless_one_are_refused() {
        Map.of(
                        "maxRate=5", "conflate",
                        "conflate=aggregate", "maxRate",
                        "maxRate=0&conflate=aggregate", "maxRate",
                        "maxRate=101&conflate=aggregate", "maxRate",
                        "maxRate=often&conflate=aggregate", "maxRate",
                        "maxRate=5&conflate=stream", "conflate")
                .forEach((query, field) -> {
                    var answer = log.tryGet("/v1/events/stream?" + query);
                    assertThat(answer.statusCode()).as(query).isEqualTo(400);
                    assertThat(LogClient.json(answer.body()).get("field").asText())
                            .as(query)
                            .isEqualTo(field);
                });
    }

    private static List<JsonNode> updates(SseProbe probe) {
        return probe.frames().stream()
                .filter(frame -> frame.event().equals("message"))
                .map(frame -> LogClient.json(frame.data()))
                .toList();
    }
}
