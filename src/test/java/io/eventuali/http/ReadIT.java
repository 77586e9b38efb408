package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.LogClient;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import io.eventuali.support.SmallBuffers;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What was appended comes back: exactly, once, in order, whichever way it is read. */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ReadIT {
    private static final String NDJSON = "application/x-ndjson";

    @TestHTTPResource
    URI base;

    private final String type = "Type-" + UUID.randomUUID();
    private LogClient log;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
    }

    @Test
    void data_and_metadata_come_back_exactly_as_they_were_sent() {
        Seed seed = Seed.next();
        RandomJson json = new RandomJson(seed.random());
        List<String> sent = new ArrayList<>();
        List<String> events = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String data = json.value();
            String metadata = json.object();
            events.add("{\"eventType\":\"Said\",\"data\":" + data + ",\"metadata\":" + metadata + "}");
            sent.add(("\"data\":" + data + ",\"metadata\":" + metadata + "}")
                    .replace('\n', ' ')
                    .replace('\r', ' '));
        }
        long last = log.append(type, "1", events);

        List<String> lines = lines("/v1/events?from=" + (last - 200));
        assertThat(lines).as("%s", seed).hasSize(200);
        for (int i = 0; i < 200; i++) {
            assertThat(lines.get(i)).as("%s", seed).endsWith(sent.get(i));
        }
        String stream = log.get("/v1/streams/" + type + "/1/events?limit=1").body();
        assertThat(stream).contains(sent.get(0));
        assertThat(log.get("/v1/events/" + last).body()).isEqualTo(lines.get(199));
        assertThat(log.get("/v1/events?limit=1&from=" + (last - 1)).body()).contains(lines.get(199));
    }

    @Test
    void a_stream_is_read_page_by_page_in_both_directions() {
        appendNumbered(25);

        for (int limit : List.of(1, 7, 25, 26, 1000)) {
            assertThat(pages("?limit=" + limit)).isEqualTo(numbers(1, 25));
            assertThat(pages("?from=9&limit=" + limit)).isEqualTo(numbers(9, 25));
            assertThat(pages("?direction=backward&limit=" + limit)).isEqualTo(reversed(numbers(1, 25)));
            assertThat(pages("?direction=backward&from=9&limit=" + limit)).isEqualTo(reversed(numbers(1, 9)));
        }
    }

    @Test
    void pages_that_end_early_because_their_events_are_large_still_make_the_whole_stream() {
        String large = "\"" + "x".repeat(3_000) + "\"";
        log.append(type, "1", Collections.nCopies(25, LogClient.event("Said", large)));

        assertThat(pages("?limit=1000")).isEqualTo(numbers(1, 25));
        assertThat(pages("?direction=backward&limit=1000")).isEqualTo(reversed(numbers(1, 25)));
    }

    @Test
    void a_page_beyond_the_end_of_a_stream_is_empty_and_has_no_next() {
        appendNumbered(3);

        assertThat(log.get("/v1/streams/" + type + "/1/events?from=4").body())
                .isEqualTo("{\"events\":[],\"next\":null}");
        assertThat(pages("?direction=backward&from=1000")).isEqualTo(reversed(numbers(1, 3)));
    }

    @Test
    void the_etag_of_a_stream_is_its_position_whatever_page_is_read() {
        appendNumbered(3);

        for (String query : List.of("", "?limit=1", "?from=2&limit=1", "?direction=backward", "?from=9")) {
            assertThat(log.get("/v1/streams/" + type + "/1/events" + query)
                            .headers()
                            .firstValue("ETag"))
                    .contains("\"3\"");
        }
    }

    @Test
    void a_stream_that_does_not_exist_is_not_found() {
        HttpResponse<String> answer = log.tryGet("/v1/streams/" + type + "/none/events");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(LogClient.json(answer.body()).get("type").asText()).isEqualTo("/problems/stream-not-found");
    }

    @Test
    void a_position_that_the_log_has_not_reached_is_not_found() {
        HttpResponse<String> answer = log.tryGet("/v1/events/999999999");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(LogClient.json(answer.body()).get("type").asText()).isEqualTo("/problems/event-not-found");
    }

    @Test
    void names_with_any_printable_character_are_found_again() {
        String id = "é 𝄞&=?/#%;+\"\\";
        long position = log.append(type, id, LogClient.event("Said", "1"));

        JsonNode page = LogClient.json(log.get("/v1/streams/" + type + "/" + LogClient.encode(id) + "/events")
                .body());

        assertThat(page.get("events").get(0).get("aggregateId").asText()).isEqualTo(id);
        assertThat(page.get("events").get(0).get("globalPosition").asLong()).isEqualTo(position);
    }

    @Test
    void the_log_read_through_a_filter_until_its_head_has_every_event_that_passes() {
        long start = log.head();
        List<Long> expected = appendMixed(60);

        for (int limit : List.of(1, 7, 1000)) {
            List<Long> read = new ArrayList<>();
            long from = start;
            long head = Long.MAX_VALUE;
            while (from < head) {
                JsonNode page = LogClient.json(
                        log.get("/v1/events?aggregateType=" + type + "&eventType=Wan*&limit=" + limit + "&from=" + from)
                                .body());
                page.get("events")
                        .forEach(event -> read.add(event.get("globalPosition").asLong()));
                assertThat(page.get("events").size()).isLessThanOrEqualTo(limit);
                assertThat(page.get("nextFrom").asLong()).isGreaterThan(from);
                from = page.get("nextFrom").asLong();
                head = page.get("headPosition").asLong();
            }
            assertThat(read).isEqualTo(expected);
        }
    }

    @Test
    void the_log_read_backward_has_the_newest_first_and_what_it_has_read_forward() {
        log.append(type, "large", Collections.nCopies(25, LogClient.event("Wanted", "\"" + "x".repeat(3_000) + "\"")));
        appendMixed(40);
        List<Long> forward = positions(lines("/v1/events?aggregateType=" + type + "&eventType=Wan*"));

        for (int limit : List.of(1, 7, 1000)) {
            List<Long> read = new ArrayList<>();
            String query = "/v1/events?direction=backward&aggregateType=" + type + "&eventType=Wan*&limit=" + limit;
            JsonNode page = LogClient.json(log.get(query).body());
            while (true) {
                page.get("events")
                        .forEach(event -> read.add(event.get("globalPosition").asLong()));
                assertThat(page.get("events").size()).isLessThanOrEqualTo(limit);
                long next = page.get("nextFrom").asLong();
                if (next == 0) {
                    break;
                }
                page = LogClient.json(log.get(query + "&from=" + next).body());
            }
            assertThat(read).isEqualTo(reversed(forward));
        }
        long head = log.head();
        assertThat(newest("limit=3")).containsExactly(head, head - 1, head - 2);
        assertThat(newest("limit=2&from=" + (head + 5))).containsExactly(head, head - 1);
        assertThat(newest("limit=2&from=" + head)).containsExactly(head - 1, head - 2);
        assertThat(newest("limit=2&from=2")).containsExactly(1L);
        assertThat(newest("from=1")).isEmpty();
        assertThat(newest("from=0")).isEmpty();
        assertThat(log.get("/v1/events?direction=backward&limit=1&format=cloudevents")
                        .body())
                .contains("\"specversion\":\"1.0\"");
    }

    @Test
    void a_time_lies_between_the_events_before_it_and_those_of_it_and_later() {
        List<Long> positions = appendMixed(5);
        for (long position : positions) {
            String time = LogClient.json(log.get("/v1/events/" + position).body())
                    .get("timestamp")
                    .asText();
            long first = LogClient.json(log.get("/v1/events?limit=1&fromTimestamp=" + LogClient.encode(time))
                            .body())
                    .at("/events/0/globalPosition")
                    .asLong();
            assertThat(LogClient.json(log.get("/v1/events/" + first).body())
                            .get("timestamp")
                            .asText())
                    .isEqualTo(time);
            assertThat(newest("limit=1&fromTimestamp=" + LogClient.encode(time)))
                    .containsExactly(first - 1);
            assertThat(positions(lines("/v1/events?limit=1&fromTimestamp=" + LogClient.encode(time))))
                    .containsExactly(first);
        }
        assertThat(newest("limit=1&fromTimestamp=2999-01-01T00:00:00Z")).containsExactly(log.head());
        assertThat(newest("fromTimestamp=2000-01-01T00:00:00Z")).isEmpty();
        assertThat(LogClient.json(log.get("/v1/events?fromTimestamp=2999-01-01T00:00:00Z")
                                .body())
                        .get("events"))
                .isEmpty();
    }

    private List<Long> newest(String query) {
        List<Long> read = new ArrayList<>();
        LogClient.json(log.get("/v1/events?direction=backward&" + query).body())
                .get("events")
                .forEach(event -> read.add(event.get("globalPosition").asLong()));
        return read;
    }

    @Test
    void streams_are_listed_by_their_names_page_by_page() {
        List<String> ids =
                List.of("!", "A", "a", "aa", "ab-1", "ab-2", "b", "\uFFFD", "\uD83D\uDE00", "\uDBFF\uDFFF-1");
        for (String id : ids) {
            log.append(type, id, LogClient.event("Said", "1"), LogClient.event("Heard", "2"));
        }
        log.append(type + "-2", "ab-3", LogClient.event("Said", "1"));
        long last = log.append(type, "a", LogClient.event("Said", "3"));

        for (int limit : List.of(1, 3, 10, 1_000)) {
            assertThat(streams("aggregateType=" + type + "&limit=" + limit)).isEqualTo(ids);
            assertThat(streams("aggregateType=" + type + "&prefix=ab&limit=" + limit))
                    .containsExactly("ab-1", "ab-2");
            assertThat(streams("aggregateType=" + type + "&prefix=%F4%8F%BF%BF&limit=" + limit))
                    .containsExactly("\uDBFF\uDFFF-1");
        }
        assertThat(streams("prefix=ab-&limit=2")).containsSubsequence("ab-1", "ab-2", "ab-3");
        assertThat(streams("aggregateType=" + type + "-none")).isEmpty();
        assertThat(streams("")).containsSubsequence(ids);
        JsonNode listed = LogClient.json(log.get("/v1/streams?prefix=a&limit=1&aggregateType=" + type)
                        .body())
                .at("/streams/0");
        assertThat(listed.get("aggregateType").asText()).isEqualTo(type);
        assertThat(listed.get("position").asLong()).isEqualTo(3);
        assertThat(listed.get("lastTimestamp"))
                .isEqualTo(LogClient.json(log.get("/v1/events/" + last).body()).get("timestamp"));
        assertThat(listed.get("firstTimestamp"))
                .isEqualTo(LogClient.json(log.get("/v1/streams/" + type + "/a/events?limit=1")
                                .body())
                        .at("/events/0/timestamp"));
        for (String wrong :
                List.of("after=1", "after=ab-1", "limit=0", "limit=1001", "prefix=%00", "aggregateType=a%0Ab")) {
            assertThat(log.tryGet("/v1/streams?" + wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void types_of_events_are_listed_with_the_first_and_the_last_of_each() {
        long first = log.append(type, "1", LogClient.event(type + "-b", "1"));
        log.append(type, "1", LogClient.event(type + "-a", "1"));
        log.append(type + "-2", "1", LogClient.event(type + "-b", "1"));
        long last = log.append(type, "2", LogClient.event(type + "-b", "1"));

        JsonNode all = LogClient.json(log.get("/v1/event-types?prefix=" + type).body());
        assertThat(all.findValuesAsText("eventType")).containsExactly(type + "-a", type + "-b");
        assertThat(all.get("next").isNull()).isTrue();
        JsonNode listed = all.at("/eventTypes/1");
        assertThat(listed.get("aggregateTypes").toString()).isEqualTo("[\"" + type + "\",\"" + type + "-2\"]");
        assertThat(listed.get("firstPosition").asLong()).isEqualTo(first);
        assertThat(listed.get("lastPosition").asLong()).isEqualTo(last);
        assertThat(listed.get("lastTimestamp"))
                .isEqualTo(LogClient.json(log.get("/v1/events/" + last).body()).get("timestamp"));

        JsonNode page =
                LogClient.json(log.get("/v1/event-types?limit=1&prefix=" + type).body());
        assertThat(page.get("next").asText()).isEqualTo(type + "-a");
        page = LogClient.json(log.get("/v1/event-types?limit=1&prefix=" + type + "&after=" + type + "-a")
                .body());
        assertThat(page.findValuesAsText("eventType")).containsExactly(type + "-b");
        page = LogClient.json(
                log.get("/v1/event-types?aggregateType=" + type + "-2").body());
        assertThat(page.findValuesAsText("eventType")).containsExactly(type + "-b");
        for (String wrong : List.of("after=%00", "limit=0", "prefix=%00", "aggregateType=a%0Ab", "limit=1&limit=2")) {
            assertThat(log.tryGet("/v1/event-types?" + wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    /** Ids of all pages. */
    private List<String> streams(String query) {
        List<String> read = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = LogClient.json(
                    log.get("/v1/streams?" + query + "&after=" + after).body());
            page.get("streams")
                    .forEach(stream -> read.add(stream.get("aggregateId").asText()));
            after = page.get("next").asText("");
        } while (!after.isEmpty() && !after.equals("null"));
        return read;
    }

    @Test
    void a_read_from_beyond_the_head_tells_where_the_head_is() {
        long head = log.append(type, "1", LogClient.event("Said", "1"));

        JsonNode page =
                LogClient.json(log.get("/v1/events?from=" + (head + 1000)).body());

        assertThat(page.get("events")).isEmpty();
        assertThat(page.get("headPosition").asLong()).isEqualTo(head);
    }

    @Test
    void an_export_has_one_line_for_each_event_and_is_only_given_to_those_who_ask_for_it() {
        long start = log.head();
        appendMixed(50);

        HttpResponse<String> export = log.get("/v1/events?from=" + start, "Accept", NDJSON);

        assertThat(export.headers().firstValue("Content-Type").orElseThrow()).startsWith(NDJSON);
        assertThat(export.body()).endsWith("\n");
        assertThat(lines("/v1/events?from=" + start).stream()
                        .map(LogClient::json)
                        .toList())
                .isEqualTo(log.logAfter(start));
        assertThat(log.get("/v1/events?from=" + start, "Accept", "*/*")
                        .headers()
                        .firstValue("Content-Type")
                        .orElseThrow())
                .startsWith("application/json");
    }

    @Test
    void an_export_can_be_filtered_and_limited() {
        long start = log.head();
        List<Long> expected = appendMixed(80);

        String filtered = "/v1/events?aggregateType=" + type + "&eventType=Wanted&from=" + start;

        assertThat(positions(lines(filtered))).isEqualTo(expected);
        assertThat(positions(lines(filtered + "&limit=3"))).isEqualTo(expected.subList(0, 3));
        assertThat(positions(lines(filtered + "&limit=100000"))).isEqualTo(expected);
        assertThat(lines("/v1/events?from=" + log.head())).isEmpty();
    }

    /** Positions of the wanted ones among others. */
    private List<Long> appendMixed(int count) {
        List<Long> wanted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            wanted.add(log.append(type, "1", LogClient.event("Wanted", "" + i)));
            log.append(type, "1", LogClient.event("Unwanted", "" + i), LogClient.event("Unwanted", "" + i));
            log.append("Other", "1", LogClient.event("Wanted", "" + i));
        }
        return wanted;
    }

    private void appendNumbered(int count) {
        List<String> events = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            events.add(LogClient.event("Numbered", "" + i));
        }
        log.append(type, "1", events);
    }

    /** Stream positions of all pages, following {@code next}. */
    private List<Long> pages(String query) {
        List<Long> read = new ArrayList<>();
        String stream = "/v1/streams/" + type + "/1/events";
        String uri = stream + query;
        while (true) {
            JsonNode page = LogClient.json(log.get(uri).body());
            page.get("events")
                    .forEach(event -> read.add(event.get("streamPosition").asLong()));
            if (page.get("next").isNull()) {
                return read;
            }
            String rest = query.replaceFirst("from=[0-9]+&?", "").replaceFirst("^\\?", "&");
            uri = stream + "?from=" + page.get("next").asLong() + rest;
        }
    }

    private List<String> lines(String path) {
        return log.get(path, "Accept", NDJSON).body().lines().toList();
    }

    private static List<Long> positions(List<String> lines) {
        return lines.stream()
                .map(line -> LogClient.json(line).get("globalPosition").asLong())
                .toList();
    }

    private static List<Long> numbers(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private static List<Long> reversed(List<Long> numbers) {
        List<Long> reversed = new ArrayList<>(numbers);
        Collections.reverse(reversed);
        return reversed;
    }
}
