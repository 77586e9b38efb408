package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.ExpectedPosition;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.store.AppendRequest;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.EventTooLargeException;
import io.eventuali.store.StoreConfig;
import io.eventuali.support.Configs;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class JsonRulesTest {
    private static final StreamId STREAM = new StreamId("Order", "1");

    @Test
    void every_json_value_may_be_data() {
        for (String json :
                List.of("null", "true", "1e400", "-0.10", "\"\\ud834\\udd1e 𝄞\"", "[]", "{}", " [1 , {\"a\":[]}] ")) {
            assertThat(rules(Map.of()).check(request(NewEvent.of("OrderPlaced", json))))
                    .as(json)
                    .isEqualTo(json.length() + "{}".length());
        }
    }

    @Test
    void what_is_not_one_json_value_is_refused() {
        for (String bad : List.of(
                "",
                " ",
                "{",
                "[1,]",
                "{\"a\":}",
                "{a:1}",
                "'a'",
                "\"a",
                "\"a\tb\"",
                "01",
                "+1",
                ".5",
                "NaN",
                "tru",
                "1 2",
                "{} x",
                "[1]]",
                "// c",
                "\"\\x\"")) {
            refused("events[0].data", "JSON", NewEvent.of("OrderPlaced", bad));
        }
    }

    @Test
    void what_some_reader_could_not_read_is_refused_in_data_and_metadata() {
        for (String bad : List.of(
                "{\"a\":1,\"a\":2}",
                "{\"n\":1e2147483648}",
                "{\"n\":0e99999999999}",
                "{\"s\":\"\\ud800\"}",
                "{\"s\":\"\ud800\"}")) {
            refused("events[0].data", "must n", NewEvent.of("OrderPlaced", bad));
            refused(
                    "events[0].metadata",
                    "must n",
                    NewEvent.of("OrderPlaced", "1").withMetadata(bad));
        }
    }

    @Test
    void metadata_has_to_be_an_object() {
        for (String bad : List.of("[]", "1", "null", "\"{}\"")) {
            refused(
                    "events[0].metadata",
                    "must be a JSON object",
                    NewEvent.of("OrderPlaced", "{}").withMetadata(bad));
        }
    }

    @Test
    void json_may_nest_as_deep_as_configured_and_no_deeper() {
        JsonRules rules = rules(Map.of("json-depth", "5"));

        assertThat(rules.check(request(NewEvent.of("OrderPlaced", nested(5))))).isEqualTo(12);
        assertThatThrownBy(() -> rules.check(request(NewEvent.of("OrderPlaced", nested(6)))))
                .hasMessageContaining("deeper than 5");
        refused("events[0].data", "deeper", NewEvent.of("OrderPlaced", nested(100_000)));
    }

    @Test
    void the_size_limit_counts_bytes_of_utf_8_and_not_characters() {
        JsonRules rules = rules(Map.of("event-bytes", "20"));

        rules.check(request(NewEvent.of("OrderPlaced", json("a".repeat(18)))));
        rules.check(request(NewEvent.of("OrderPlaced", json("é".repeat(9)))));
        rules.check(request(NewEvent.of("OrderPlaced", json("€".repeat(6)))));
        rules.check(request(NewEvent.of("OrderPlaced", json("𝄞𝄞𝄞𝄞ab"))));
        for (String text : List.of("a".repeat(19), "é".repeat(9) + "a", "€".repeat(6) + "a", "𝄞𝄞𝄞𝄞abc")) {
            assertThatThrownBy(() -> rules.check(request(NewEvent.of("OrderPlaced", json(text)))))
                    .asInstanceOf(InstanceOfAssertFactories.type(EventTooLargeException.class))
                    .extracting(EventTooLargeException::field, EventTooLargeException::limit)
                    .containsExactly("events[0].data", 20L);
        }
    }

    @Test
    void names_and_the_number_of_events_are_limited_as_configured() {
        JsonRules rules = rules(Map.of("name-length", "5", "request-events", "2"));
        StreamId stream = new StreamId("Order", "12345");
        NewEvent event = NewEvent.of("Moved", "1");

        rules.check(AppendRequest.to(stream, ExpectedPosition.ANY, List.of(event, event)));

        assertThatThrownBy(() ->
                        rules.check(AppendRequest.to(stream, ExpectedPosition.ANY, Collections.nCopies(3, event))))
                .hasMessageContaining("at most 2");
        assertThatThrownBy(() -> rules.check(
                        AppendRequest.to(stream, ExpectedPosition.ANY, List.of(NewEvent.of("Placed", "1")))))
                .hasMessageContaining("events[0].eventType must have at most 5 characters");
    }

    @Test
    void a_complaint_about_one_of_several_streams_says_which() {
        var good = new StreamAppend(STREAM, ExpectedPosition.ANY, List.of(NewEvent.of("OrderPlaced", "{}")));
        var bad = new StreamAppend(
                new StreamId("Order", "2"),
                ExpectedPosition.ANY,
                List.of(NewEvent.of("OrderPlaced", "{}"), NewEvent.of("OrderPlaced", "{")));

        assertThatThrownBy(() -> rules(Map.of()).check(new AppendRequest(List.of(good, bad), Optional.empty())))
                .asInstanceOf(InstanceOfAssertFactories.type(InvalidEventException.class))
                .extracting(InvalidEventException::field)
                .isEqualTo("appends[1].events[1].data");
    }

    private static void refused(String field, String rule, NewEvent event) {
        assertThatThrownBy(() -> rules(Map.of()).check(request(event)))
                .as(event.toString().substring(0, Math.min(200, event.toString().length())))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageStartingWith(field)
                .hasMessageContaining(rule);
    }

    private static JsonRules rules(Map<String, String> limits) {
        Map<String, String> properties = new HashMap<>();
        limits.forEach((name, value) -> properties.put("eventuali.store.limits." + name, value));
        return new JsonRules(Configs.of(StoreConfig.class, properties).limits());
    }

    private static AppendRequest request(NewEvent event) {
        return AppendRequest.to(STREAM, ExpectedPosition.ANY, List.of(event));
    }

    private static String json(String text) {
        return "\"" + text + "\"";
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }
}
