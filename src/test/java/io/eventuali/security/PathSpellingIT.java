package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.RawHttp;
import io.eventuali.support.RawHttp.Answer;
import io.eventuali.support.Seed;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Another spelling of a path, however odd, gives a refusal, or what the plain one gives with the same credentials. */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class PathSpellingIT {
    /** Its answers are never the same twice. */
    private static final String METRICS = "/q/metrics";

    private static final int SPELLINGS = 1_500;
    private static final List<String> CREDENTIALS = List.of("none", "publisher", "reader", "operator", "shop", "admin");
    private static final String[] UPWARDS = {
        "/../", "/./", "/%2e%2e/", "/.%2E/", "/%2e/", "/..;/", "/..%2f", "/%c0%ae%c0%ae/", "/..\\", "/...//"
    };
    private static final String[] INSIDE = {
        "%00",
        "%c0%af",
        "%e0%80%af",
        "%ff",
        "%2f",
        "%5c",
        "%",
        "%zz",
        "%u0076",
        "\u0000",
        "\t",
        "\u00e9",
        "\\",
        ";",
        ";x=y",
        "%3b",
        "%3f",
        "%23",
        "#",
        "?",
        "%0d%0a",
        "%20",
        "+",
        "//",
        "/",
        ".",
        "%2e",
        "*",
        "%252e"
    };

    @TestHTTPResource
    URI base;

    @Test
    void another_spelling_of_a_path_never_gives_more_than_the_plain_one() throws IOException {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        String id = UUID.randomUUID().toString();
        given().header("X-API-Key", TestKeys.key("admin"))
                .contentType("application/json")
                .body("[{\"eventType\":\"Hidden\",\"data\":{}}]")
                .post("/v1/streams/Spelling/" + id + "/events")
                .then()
                .statusCode(201);
        List<String> plain = List.of(
                "/v1/streams/Spelling/" + id + "/events",
                "/v1/events/1",
                "/v1/subscriptions/nobody",
                "/v1/projections/none/state",
                "/v1/sagas/none/none",
                "/v1/nothing",
                "/q/asyncapi",
                METRICS);
        Map<String, Answer> answers = new HashMap<>();
        Answer bare = ask("/", "none");
        List<String> wrong = new ArrayList<>();
        int inside = 0;

        for (int i = 0; i < SPELLINGS; i++) {
            String path = plain.get(random.nextInt(plain.size()));
            String spelling = spell(path, random);
            String who = CREDENTIALS.get(random.nextInt(CREDENTIALS.size()));
            String key = who + " " + path;
            if (!answers.containsKey(key)) {
                answers.put(key, ask(path, who));
            }
            Answer expected = answers.get(key);
            Answer answer = ask(spelling, who);
            boolean refused = answer.status() >= 400 && answer.status() < 500;
            boolean same = answer.status() == expected.status()
                    && (path.equals(METRICS) || answer.body().equals(expected.body()));
            inside += answer.status() < 400 ? 1 : 0;
            // The bare address tells everybody the same.
            boolean root = answer.equals(bare);
            if (!refused && !same && !root) {
                wrong.add("GET %s as %s: %d %s".formatted(spelling, who, answer.status(), answer.body()));
            }
        }

        assertThat(wrong).as("%s", seed).isEmpty();
        // Some spellings are the same path to everybody, such as %53pelling.
        assertThat(inside).as("%s", seed).isGreaterThan(0);
    }

    /** Readers that take what follows a semicolon for parameters would see one stream, or none that is allowed. */
    @Test
    void a_semicolon_in_a_name_is_a_part_of_it_for_the_rules_as_well() throws IOException {
        String id = "x" + UUID.randomUUID().toString().substring(0, 8);
        String event = "[{\"eventType\":\"E\",\"data\":1}]";
        for (String name : List.of(id + ";1", id + ";2", id + "%3B3")) {
            Answer answer = new RawHttp(base.toURL())
                    .send(RawHttp.Request.post(
                            "/v1/streams/Semi/" + name + "/events",
                            event,
                            "Content-Type: application/json",
                            "X-API-Key: " + TestKeys.key("publisher")));

            assertThat(answer.status()).as("%s: %s", name, answer).isEqualTo(201);
            assertThat(answer.body())
                    .contains("\"aggregateId\":\"" + name.replace("%3B", ";") + "\"")
                    .contains("\"streamPosition\":1,");
            assertThat(ask("/v1/streams/Semi/" + name + "/events", "reader").status())
                    .isEqualTo(200);
            assertThat(ask("/v1/streams/Semi/" + name + "/events", "shop").status())
                    .isEqualTo(404);
        }
    }

    private Answer ask(String target, String who) throws IOException {
        String[] headers = who.equals("none") ? new String[0] : new String[] {"X-API-Key: " + TestKeys.key(who)};
        return new RawHttp(base.toURL()).send(RawHttp.Request.get(target, headers));
    }

    private static String spell(String path, RandomGenerator random) {
        String spelling = path;
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            spelling = change(spelling, random);
        }
        return spelling;
    }

    private static String change(String path, RandomGenerator random) {
        int at = random.nextInt(path.length());
        return switch (random.nextInt(9)) {
            case 0 -> path.substring(0, at) + swapCase(path.charAt(at)) + path.substring(at + 1);
            case 1, 2 ->
                path.substring(0, at)
                        + (random.nextBoolean() ? "%%%02x" : "%%%02X").formatted((int) path.charAt(at))
                        + path.substring(at + 1);
            case 3 -> path.substring(0, at) + pick(INSIDE, random) + path.substring(at);
            case 4 -> path + pick(INSIDE, random);
            case 5 -> atSlash(path, at, pick(UPWARDS, random));
            case 6 ->
                pick(new String[] {"/q/health", "/q/health/live", "/v1/position", "/shop"}, random)
                        + "/..".repeat(1 + random.nextInt(4))
                        + path;
            case 7 -> pick(new String[] {"http://localhost", "http://x:1", "//", "http:/", "x:", "/"}, random) + path;
            default -> path + pick(new String[] {"/", "//", "/.", ";a", "?", "/x/..", "/%2e"}, random);
        };
    }

    private static String atSlash(String path, int from, String with) {
        int slash = path.indexOf('/', from);
        return slash < 0 ? with + path : path.substring(0, slash) + with + path.substring(slash + 1);
    }

    private static String swapCase(char c) {
        String text = String.valueOf(c);
        String upper = text.toUpperCase(Locale.ROOT);
        return text.equals(upper) ? text.toLowerCase(Locale.ROOT) : upper;
    }

    private static String pick(String[] among, RandomGenerator random) {
        return among[random.nextInt(among.length)];
    }
}
