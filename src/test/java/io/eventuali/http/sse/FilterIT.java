package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.LogClient;
import io.eventuali.support.NaiveGlob;
import io.eventuali.support.Seed;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Random subscriptions see what a naive model lets through: live, catching up, and across the splice of both. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class FilterIT {
    private static final List<String> TYPES = List.of("Order", "OrderItem", "Payment", "User", "a*b");
    private static final List<String> IDS = List.of("1", "11", "12", "21", "é 𝄞&=?/", "x.y");
    private static final List<String> EVENT_TYPES =
            List.of("OrderPlaced", "OrderShipped", "ItemAdded", "Paid", "Paid.2");
    private static final List<String> PATTERNS = List.of(
            "Order", "Order*", "*Item*", "P*d", "*", "**", "1*", "*1", "2", "*𝄞*", "x.y", "*.*", "a*b", "Paid.",
            "*Placed", "none*");
    private static final int EVENTS = 400;
    private static final int SUBSCRIPTIONS = 40;

    @TestHTTPResource
    URI base;

    private final Seed seed = Seed.next();
    private final RandomGenerator random = seed.random();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void every_subscription_sees_exactly_what_its_filter_accepts() {
        long start = log.head();
        List<Filter> filters = new ArrayList<>();
        List<SseProbe> live = new ArrayList<>();
        List<SseProbe> during = new ArrayList<>();
        List<SseProbe> afterwards = new ArrayList<>();
        try {
            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                filters.add(randomFilter());
                live.add(log.follow(filters.get(i).query() + "from=end").open().await("caught-up"));
            }
            for (int appended = 0; appended < EVENTS; ) {
                appended += appendSome();
                while (during.size() < Math.min(SUBSCRIPTIONS, SUBSCRIPTIONS * appended / EVENTS)) {
                    Filter filter = filters.get(during.size());
                    during.add(log.follow(filter.query() + "from=" + start).open());
                }
            }
            for (Filter filter : filters) {
                afterwards.add(log.follow(filter.query() + "from=" + start).open());
            }
            List<JsonNode> events = log.logAfter(start);
            assertThat(events).hasSizeGreaterThanOrEqualTo(EVENTS);
            // Otherwise the generator has lost its bite.
            assertThat(filters.stream()
                            .map(filter -> filter.accepted(events).size())
                            .distinct())
                    .as("%s", seed)
                    .hasSizeGreaterThan(5);

            for (int i = 0; i < SUBSCRIPTIONS; i++) {
                List<Long> expected = filters.get(i).accepted(events);
                assertSees("live", live.get(i), filters.get(i), expected);
                assertSees("opened during the appends", during.get(i), filters.get(i), expected);
                assertSees("catching up", afterwards.get(i), filters.get(i), expected);
            }
        } finally {
            live.forEach(SseProbe::close);
            during.forEach(SseProbe::close);
            afterwards.forEach(SseProbe::close);
        }
    }

    @Test
    void what_is_delivered_is_the_event_that_a_read_returns() {
        String type = "Exact-" + UUID.randomUUID();
        long start = log.head();
        log.append(type, "1", LogClient.event("Said", "{\"b\":1.10, \"a\":\"é 𝄞 \\u00e9\"}"));

        try (SseProbe probe =
                log.follow("aggregateType=" + type + "&from=" + start).open()) {
            probe.await("the event", p -> !p.events().isEmpty());
            SseFrame frame = probe.events().get(0);

            assertThat(frame.data())
                    .isEqualTo(log.get("/v1/events/" + frame.id()).body());
            assertThat(frame.data()).contains("\"data\":{\"b\":1.10, \"a\":\"é 𝄞 \\u00e9\"},");
        }
    }

    private void assertSees(String how, SseProbe probe, Filter filter, List<Long> expected) {
        long head = log.head();
        // Checkpoints move the id to the head, whatever the filter dropped: then nothing more can come.
        probe.await(
                how + " " + filter + " at the head, " + seed,
                p -> !p.lastEventId().isEmpty() && Long.parseLong(p.lastEventId()) >= head);

        assertThat(probe.positions()).as("%s, %s, %s", how, filter, seed).isEqualTo(expected);
        assertThat(probe.events()).allSatisfy(frame -> assertThat(frame.event()).isEqualTo("message"));
    }

    private int appendSome() {
        int count = random.nextInt(1, 20);
        List<String> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(LogClient.event(one(EVENT_TYPES), "" + i));
        }
        log.append(one(TYPES), one(IDS), events);
        return count;
    }

    private Filter randomFilter() {
        return new Filter(patterns(), patterns(), patterns());
    }

    private List<String> patterns() {
        List<String> patterns = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            patterns.add(random.nextInt(4) == 0 ? one(random.nextBoolean() ? EVENT_TYPES : TYPES) : one(PATTERNS));
        }
        return patterns;
    }

    private String one(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** The naive model of a filter. */
    private record Filter(List<String> types, List<String> ids, List<String> eventTypes) {
        String query() {
            StringBuilder query = new StringBuilder();
            types.forEach(value -> query.append("aggregateType=")
                    .append(LogClient.encode(value))
                    .append('&'));
            ids.forEach(value ->
                    query.append("aggregateId=").append(LogClient.encode(value)).append('&'));
            eventTypes.forEach(value ->
                    query.append("eventType=").append(LogClient.encode(value)).append('&'));
            return query.toString();
        }

        List<Long> accepted(List<JsonNode> events) {
            return events.stream()
                    .filter(event -> any(types, event.get("aggregateType").asText())
                            && any(ids, event.get("aggregateId").asText())
                            && any(eventTypes, event.get("eventType").asText()))
                    .map(event -> event.get("globalPosition").asLong())
                    .toList();
        }

        private static boolean any(List<String> patterns, String name) {
            return patterns.isEmpty() || patterns.stream().anyMatch(pattern -> NaiveGlob.matches(pattern, name));
        }
    }
}
