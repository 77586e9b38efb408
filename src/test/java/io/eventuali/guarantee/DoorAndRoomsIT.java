package io.eventuali.guarantee;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.LogClient;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import io.eventuali.support.SseProbe;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the log holds, however odd, comes out by every way of reading, and no event keeps those behind it from a reader. */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class DoorAndRoomsIT {
    private static final String BEHIND_THE_DOOR =
            "SELECT head FROM append_batch(ARRAY[$1], ARRAY['1'], ARRAY[1], ARRAY[1], ARRAY[-1::bigint], ARRAY[1],"
                    + " ARRAY[1], ARRAY[1], ARRAY[$2::uuid], ARRAY['Old'], ARRAY[$3], ARRAY[$4], NULL)";

    @TestHTTPResource
    URI base;

    @Inject
    @ReactiveDataSource("eventuali")
    Pool pool;

    private final String type = "Odd-" + UUID.randomUUID();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void what_was_taken_is_read_in_every_format() {
        Seed seed = Seed.next();
        RandomJson json = new RandomJson(seed.random());
        List<String> events = new ArrayList<>();
        List<String> data = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            data.add(json.value());
            events.add("{\"eventType\":\"Said\",\"data\":" + data.get(i) + ",\"metadata\":" + json.object() + "}");
        }
        log.append(type, "1", events);

        assertThat(read("")).as("%s", seed).hasSize(200);
        for (List<JsonNode> read : List.of(read(""), read("&format=cloudevents"))) {
            for (int i = 0; i < 200; i++) {
                assertThat(read.get(i).get("data")).as("%s", seed).isEqualTo(LogClient.json(data.get(i)));
            }
        }
        try (SseProbe probe = log.follow("format=cloudevents&from=start&aggregateType=" + type)
                .open()) {
            probe.await("all events", reader -> cloudEvents(reader) >= 200);
        }
    }

    @Test
    void events_of_an_older_log_that_the_door_refuses_today_stop_no_reader() throws Exception {
        List<String> metadata = List.of(
                "{\"a\":1,\"a\":2}", "{\"n\":1e2147483648}", "{\"s\":\"\\ud800\"}", "{\"correlationId\":\"\\u0001\"}");
        try (SseProbe live = log.follow("format=cloudevents&from=start&aggregateType=" + type)
                .open()) {
            for (String old : metadata) {
                pool.preparedQuery(BEHIND_THE_DOOR)
                        .execute(Tuple.of(type, UUID.randomUUID(), "{\"n\":0e99999999999}", old))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS);
            }
            log.append(type, "2", LogClient.event("New", "1"));

            live.await("all events", reader -> cloudEvents(reader) >= metadata.size() + 1);
        }
        List<JsonNode> read = read("&format=cloudevents");
        assertThat(read)
                .extracting(event -> event.get("type").asText())
                .containsExactly("Old", "Old", "Old", "Old", "New");
        assertThat(read.get(0).get("metadata").asText()).isEqualTo(metadata.get(0));
        assertThat(read.get(1).get("metadata").asText()).isEqualTo(metadata.get(1));
        String lines = log.get("/v1/events?format=cloudevents&aggregateType=" + type, "Accept", "application/x-ndjson")
                .body();
        assertThat(lines.lines()).hasSize(metadata.size() + 1);
        assertThat(log.get("/v1/streams/" + type + "/1/events").body()).contains("0e99999999999");
    }

    private static long cloudEvents(SseProbe probe) {
        return probe.frames().stream()
                .filter(frame -> frame.data() != null && frame.data().contains("\"specversion\""))
                .count();
    }

    private List<JsonNode> read(String parameters) {
        List<JsonNode> events = new ArrayList<>();
        String page = log.get("/v1/events?limit=1000&aggregateType=" + type + parameters)
                .body();
        LogClient.json(page.replace("0e99999999999", "0")).get("events").forEach(events::add);
        return events;
    }
}
