package io.eventuali.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.eventuali.support.RandomJson;
import io.eventuali.support.Seed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class StrictJsonTest {
    private static final int DEPTH = 100;
    private static final ObjectMapper JACKSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    @Test
    void json_that_every_reader_takes_alike_is_taken() {
        for (String json : List.of(
                "null",
                "-0.0",
                "1e400",
                "1E-999999999",
                "1e+00000000000000000007",
                "9".repeat(1_000),
                "9".repeat(978) + "E9",
                "\"\\u0000\\ud834\\udd1e 𝄞 \u2028\\/\"",
                " [1 , {\"a\":[], \"A\":{}}] \r\n\t",
                "{\"\":1,\"a\":{\"a\":1}}",
                "{\"" + "n".repeat(50_000) + "\":1}",
                nested(DEPTH))) {
            assertThat(StrictJson.violation(json, DEPTH)).as(json).isEmpty();
        }
    }

    @Test
    void each_rule_is_named_with_the_place_where_it_is_broken() {
        broken("", "must be a JSON value");
        broken("\uFEFF{}", "must not begin with a byte order mark");
        broken("1 2", "must be one JSON value");
        broken("{\"a\":[1,NaN]}", "must be well-formed JSON", "a", "[1]");
        broken("{\"a\":1,\"b\":Infinity}", "must be well-formed JSON", "b");
        broken("[{\"x\":1},{\"a\":1,\"b\":{},\"a\":2}]", "must name each member of an object once", "[1]", "a");
        broken("{\"a\":1,\"\\u0061\":2}", "must name each member of an object once", "a");
        broken("{\"a\\\"\":1,\"a\\u0022\":2}", "must name each member of an object once", "a\"");
        broken("{\"n\":1e2147483648}", "must not hold a number whose exponent has over 9 digits", "n");
        broken("0e99999999999", "must not hold a number whose exponent has over 9 digits");
        broken("9".repeat(979) + "E9", "must not hold a number with an exponent of over 980 characters");
        broken("1".repeat(1_001), "must not hold a number of over 1000 characters");
        broken("0." + "1".repeat(1_000), "must not hold a number of over 1000 characters");
        broken("[\"\\ud800\"]", "must not hold half of a surrogate pair", "[0]");
        broken("[\"\\udc00\\ud800\"]", "must not hold half of a surrogate pair", "[0]");
        broken("[\"\\ud800\\u0041\"]", "must not hold half of a surrogate pair", "[0]");
        broken("[\"\ud800\"]", "must not hold half of a surrogate pair", "[0]");
        broken("[\"\udc00\"]", "must not hold half of a surrogate pair", "[0]");
        broken(
                nested(DEPTH + 1),
                "must not nest deeper than 100 levels",
                "[0]".repeat(DEPTH).split("(?<=])"));
        assertThat(StrictJson.violation("{\"" + "n".repeat(50_001) + "\":1}", DEPTH)
                        .orElseThrow()
                        .rule())
                .isEqualTo("must not hold a member name of over 50000 characters");
    }

    @Test
    void many_members_are_compared_quickly_whatever_their_names() {
        String members = IntStream.range(0, 200_000)
                .mapToObj(i -> "\"" + "AaBB".repeat(2) + i + "\":1")
                .collect(Collectors.joining(","));

        assertTimeout(Duration.ofSeconds(10), () -> assertThat(StrictJson.violation("{" + members + "}", DEPTH))
                .isEmpty());
        assertThat(StrictJson.violation("{" + members + ",\"" + "AaBB".repeat(2) + "7\":1}", DEPTH))
                .isPresent();
    }

    /** The property: no reader behind it fails, and it refuses nothing that all readers take but for its own limits. */
    @Test
    void what_is_taken_jackson_reads_and_what_jackson_refuses_is_refused() throws JsonProcessingException {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        RandomJson documents = new RandomJson(random);
        int taken = 0;
        for (int i = 0; i < 30_000; i++) {
            String json = random.nextBoolean() ? documents.oddValue() : damaged(documents.oddValue(), random);
            boolean accepted = StrictJson.violation(json, DEPTH).isEmpty();

            if (accepted) {
                taken++;
                JsonNode read = JACKSON.readTree(json);
                assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(read.toString()))
                        .as("%s: %s", seed, json)
                        .isTrue();
                assertThat(reads(read.toString())).as("%s: %s", seed, json).isTrue();
            } else {
                boolean onlyOurs = json.length() > 1_000
                        || json.contains("e")
                        || json.contains("E")
                        || json.contains("\\u")
                        || surrogate(json);
                assertThat(onlyOurs || !reads(json)).as("%s: %s", seed, json).isTrue();
            }
        }
        assertThat(taken).isGreaterThan(3_000);
    }

    private static boolean reads(String json) {
        try {
            return !JACKSON.readTree(json).isMissingNode();
        } catch (JsonProcessingException | RuntimeException refused) {
            return false;
        }
    }

    private static boolean surrogate(String json) {
        return !StandardCharsets.UTF_8.newEncoder().canEncode(json);
    }

    private static String damaged(String json, RandomGenerator random) {
        StringBuilder text = new StringBuilder(json);
        for (int times = 1 + random.nextInt(2); times > 0; times--) {
            int at = random.nextInt(text.length() + 1);
            String pieces = "{}[]\",:\\eE.+-0129 tnu\u0000\ud800\udc00\uFEFF\n";
            if (at < text.length() && random.nextBoolean()) {
                text.deleteCharAt(at);
            } else {
                text.insert(at, pieces.charAt(random.nextInt(pieces.length())));
            }
        }
        return text.toString();
    }

    private static void broken(String json, String rule, String... path) {
        var violation = StrictJson.violation(json, DEPTH).orElseThrow();
        assertThat(violation.rule()).as(json).isEqualTo(rule);
        assertThat(violation.path()).as(json).containsExactly(path);
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }
}
