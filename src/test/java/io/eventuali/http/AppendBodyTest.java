package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.NewEvent;
import io.eventuali.store.AppendRequest.StreamAppend;
import io.eventuali.store.StoreConfig;
import io.eventuali.support.Configs;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** {@code data} and {@code metadata} come out of a body as they went in. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class AppendBodyTest {
    private final AppendBody bodies = new AppendBody(Configs.of(StoreConfig.class, Map.of()));

    @Test
    void random_documents_come_out_exactly_as_they_went_in() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        for (int round = 0; round < 3_000; round++) {
            RandomJson json = new RandomJson(random);
            String data = json.value();
            String metadata = json.object();
            List<String> fields = new ArrayList<>(List.of(
                    "\"data\"" + json.space() + ":" + json.space() + data,
                    "\"metadata\"" + json.space() + ":" + json.space() + metadata,
                    "\"eventType\":\"T\""));
            Collections.shuffle(fields, new Random(random.nextLong()));
            String body = json.space() + "[" + json.space() + "{" + json.space()
                    + String.join(json.space() + "," + json.space(), fields) + json.space() + "}" + json.space() + "]"
                    + json.space();

            List<NewEvent> events = bodies.events(body.getBytes(StandardCharsets.UTF_8));

            assertThat(events).as("%s, %s", seed, body).hasSize(1);
            assertThat(events.get(0).data().text()).as("%s", seed).isEqualTo(onOneLine(data));
            assertThat(events.get(0).metadata().text()).as("%s", seed).isEqualTo(onOneLine(metadata));
        }
    }

    @Test
    void number_text_and_key_order_are_kept() {
        for (String data : List.of(
                "1.10",
                "-0",
                "-0.0",
                "1e400",
                "1E+2",
                "12345678901234567890",
                "0.1000000000000000055511151231257827",
                "{\"b\":1,\"a\":2,\"b\":3}",
                "\"\\u0041\\/\\ud834\\udd1e 𝄞\"",
                "\"\\u0000\"",
                "[ ]",
                "{ }",
                "null",
                "\"" + "x".repeat(100_000) + "\"")) {
            for (String after : List.of("", " ", "\n")) {
                String body = "[{\"eventType\":\"T\",\"data\":" + data + after + "}]";

                assertThat(bodies.events(body.getBytes(StandardCharsets.UTF_8))
                                .get(0)
                                .data()
                                .text())
                        .isEqualTo(data);
            }
        }
    }

    @Test
    void several_events_keep_their_order_ids_and_places() {
        UUID id = new UUID(7, 9);
        String body = "[{\"eventType\":\"A\",\"data\":1},{\"data\":[2],\"eventId\":\"" + id
                + "\",\"eventType\":\"B\",\"metadata\":{\"k\":\"v\"}}]";

        List<NewEvent> events = bodies.events(body.getBytes(StandardCharsets.UTF_8));

        assertThat(events)
                .containsExactly(
                        NewEvent.of("A", "1"),
                        NewEvent.of("B", "[2]").withMetadata("{\"k\":\"v\"}").withId(id));
        assertThat(events.get(0).eventId()).isEqualTo(Optional.empty());
    }

    @Test
    void appends_to_several_streams_are_read_with_what_they_expect() {
        String body = "{\"appends\":["
                + "{\"aggregateType\":\"Order\",\"aggregateId\":\"1\",\"expectedPosition\":7,\"events\":[{\"eventType\":\"A\",\"data\":1.0}]},"
                + "{\"events\":[{\"eventType\":\"B\",\"data\":2}],\"aggregateId\":\"2\",\"aggregateType\":\"Order\",\"expectedPosition\":\"none\"},"
                + "{\"aggregateType\":\"Order\",\"aggregateId\":\"3\",\"events\":[{\"eventType\":\"C\",\"data\":3}]}]}";

        List<StreamAppend> appends = bodies.appends(body.getBytes(StandardCharsets.UTF_8));

        assertThat(appends)
                .extracting(append -> append.stream() + " " + append.expected().required() + " "
                        + append.events().get(0).data())
                .containsExactly("Order/1 7 1.0", "Order/2 0 2", "Order/3 -1 3");
    }

    @Test
    void what_no_parser_takes_is_refused_with_the_field_and_the_rule() {
        refused(
                "[{\"eventType\":\"T\",\"data\":NaN}]",
                "events[0].data",
                "must be well-formed JSON (line 1, column 26)");
        refused("[{\"eventType\":\"T\",\"data\":{\"a\":-Infinity}}]", "events[0].data", "must be well-formed JSON");
        refused("[{\"eventType\":\"T\",\"data\":1},{\"data\":01}]", "events[1].data", "must be well-formed JSON");
        refused("[{\"eventType\":\"T\" \"data\":1}]", "events[0].eventType", "must be well-formed JSON");
        refused("\uFEFF[]", "body", "must not begin with a byte order mark");
        String name = "n".repeat(50_001);
        refused(
                "[{\"eventType\":\"T\",\"data\":{\"" + name + "\":1}}]",
                "events[0].data",
                "must not hold a member name of over 50000 characters (at nnn");
        refused("[{\"" + name + "\":1}]", "events[0].nnn", "must not hold a member name of over 50000 characters");
        refused(
                "[{\"eventType\":\"T\",\"data\":{\"a\":[" + "1".repeat(1_001) + "]}}]",
                "events[0].data",
                "must not hold a number of over 1000 characters (at a[0])");
        assertThatThrownBy(() -> bodies.appends("{\"appends\":[{\"events\":[{\"data\":1,\"metadata\":{\"m\":tru}}]}]}"
                        .getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("appends[0].events[0].metadata must be well-formed JSON");
    }

    private void refused(String body, String field, String rule) {
        assertThatThrownBy(() -> bodies.events(body.getBytes(StandardCharsets.UTF_8)))
                .as(body.substring(0, Math.min(100, body.length())))
                .asInstanceOf(InstanceOfAssertFactories.type(Problem.class))
                .satisfies(problem -> {
                    assertThat((String) problem.members().get("field")).startsWith(field);
                    assertThat((String) problem.members().get("rule")).startsWith(rule);
                });
    }

    private static String onOneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }
}
