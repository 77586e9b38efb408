package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.eventuali.support.RawHttp;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the document with every kind of credentials. Who gets in by which operation is written down here once more, by hand;
 * all others have to be refused. An operation without a row fails, so none can be forgotten.
 */
@QuarkusTest
@TestProfile(Secured.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class AccessMatrixIT {
    private static final Path DOCUMENT = Path.of("src/main/resources/META-INF/openapi.yaml");
    private static final Set<String> METHODS =
            Set.of("get", "head", "post", "put", "patch", "delete", "options", "trace");

    /** Clients with a key; their roles and grants are in {@link Secured}. */
    private static final Set<String> CLIENTS =
            Set.of("publisher", "reader", "operator", "admin", "shop", "dashboard", "travel");

    /** Tokens, by what they allow: roles alone, or roles whose claims take everything away again. */
    private static final Set<String> TOKENS =
            Set.of("token-publisher", "token-subscriber", "token-operator", "token-admin", "token-nothing");

    private static final Set<String> STRANGERS =
            Set.of("none", "bad-key", "expired-key", "expired-token", "foreign-token", "forged-token");
    private static final String TICKET = "ticket";

    private static final Set<String> EVERYBODY = union(CLIENTS, TOKENS);
    private static final Set<String> APPENDERS =
            Set.of("publisher", "admin", "shop", "travel", "token-publisher", "token-admin");
    private static final Set<String> READERS =
            Set.of("reader", "admin", "shop", "dashboard", "travel", "token-subscriber", "token-admin");
    private static final Set<String> OPERATORS =
            Set.of("operator", "admin", "travel", "token-operator", "token-admin", "token-nothing");
    private static final Set<String> WATCHERS = union(READERS, OPERATORS);
    /** The grant of {@code travel} has no read model. */
    private static final Set<String> OPERATORS_OF_PROJECTIONS =
            Set.of("operator", "admin", "token-operator", "token-admin");

    private static final Set<String> READERS_OF_PROJECTIONS =
            Set.of("reader", "admin", "dashboard", "token-subscriber", "token-admin");
    private static final Set<String> WATCHERS_OF_PROJECTIONS = union(OPERATORS_OF_PROJECTIONS, READERS_OF_PROJECTIONS);
    private static final Set<String> UNRESTRICTED =
            Set.of("reader", "operator", "admin", "token-subscriber", "token-operator", "token-admin");

    /** Who gets in, by the operation's id. */
    private static final Map<String, Set<String>> ROWS = Map.ofEntries(
            entry("appendToStream", APPENDERS),
            entry("appendToStreams", APPENDERS),
            entry("readStream", READERS),
            entry("readLog", READERS),
            entry("readEvent", READERS),
            entry("listStreams", READERS),
            entry("listEventTypes", READERS),
            entry("readPosition", EVERYBODY),
            entry("followLog", union(READERS, Set.of(TICKET))),
            entry("issueTicket", EVERYBODY),
            entry("listSubscriptions", OPERATORS),
            entry("removeSubscription", OPERATORS),
            entry("listTasks", OPERATORS),
            entry("readLogOverview", OPERATORS),
            entry("listIncidents", OPERATORS),
            entry("skipDamage", OPERATORS),
            entry("verifyLog", OPERATORS),
            entry("readVerification", OPERATORS),
            entry("followVerification", OPERATORS),
            entry("readRelay", OPERATORS),
            entry("resumeRelay", OPERATORS),
            entry("listProjections", WATCHERS),
            entry("readProjection", WATCHERS_OF_PROJECTIONS),
            entry("pauseProjection", OPERATORS_OF_PROJECTIONS),
            entry("resumeProjection", OPERATORS_OF_PROJECTIONS),
            entry("resetProjection", OPERATORS_OF_PROJECTIONS),
            entry("readRebuild", WATCHERS_OF_PROJECTIONS),
            entry("rebuildProjection", OPERATORS_OF_PROJECTIONS),
            entry("discardRebuild", OPERATORS_OF_PROJECTIONS),
            entry("followRebuild", union(WATCHERS_OF_PROJECTIONS, Set.of(TICKET))),
            entry("readProjectionHistory", WATCHERS_OF_PROJECTIONS),
            entry("followStates", union(READERS_OF_PROJECTIONS, Set.of(TICKET))),
            entry("listStates", READERS_OF_PROJECTIONS),
            entry("readState", READERS_OF_PROJECTIONS),
            entry("listDeadLetters", OPERATORS_OF_PROJECTIONS),
            entry("retryDeadLetter", OPERATORS_OF_PROJECTIONS),
            entry("discardDeadLetter", OPERATORS_OF_PROJECTIONS),
            entry("listConsumers", WATCHERS),
            entry("showConsumer", WATCHERS),
            entry("putConsumer", OPERATORS),
            entry("deleteConsumer", OPERATORS),
            entry("pauseConsumer", OPERATORS),
            entry("resumeConsumer", OPERATORS),
            entry("replayConsumer", OPERATORS),
            entry("showConsumerHistory", WATCHERS),
            entry("listConsumerDeadLetters", OPERATORS),
            entry("retryConsumerDeadLettersOfKey", OPERATORS),
            entry("retryConsumerDeadLetter", OPERATORS),
            entry("discardConsumerDeadLetter", OPERATORS),
            entry("claimEvents", READERS),
            entry("followConsumer", union(READERS, Set.of(TICKET))),
            entry("settleEvents", READERS),
            entry("listSagas", UNRESTRICTED),
            entry("listSagasOfType", union(UNRESTRICTED, Set.of("travel"))),
            entry("startSaga", Set.of("publisher", "admin", "travel", "token-publisher", "token-admin")),
            entry("readSaga", union(UNRESTRICTED, Set.of("travel"))),
            entry("readSagaTimeline", union(UNRESTRICTED, Set.of("travel"))),
            entry("retrySaga", Set.of("operator", "admin", "travel", "token-operator", "token-admin")),
            entry("skipSaga", Set.of("operator", "admin", "travel", "token-operator", "token-admin")),
            entry("resolveSaga", Set.of("operator", "admin", "travel", "token-operator", "token-admin")),
            entry("cancelSaga", Set.of("operator", "admin", "travel", "token-operator", "token-admin")));

    /** Names of things that are not there, so that who gets in changes nothing. */
    private static final Map<String, String> VALUES = Map.of(
            "{aggregateType}", "Order",
            "{aggregateId}", "of-the-matrix",
            "{globalPosition}", "1",
            "{id}", "nobody",
            "{name}", "event-of-the-matrix",
            "{key}", "k",
            "{position}", "1",
            "{type}", "trip",
            "{sagaId}", "of-the-matrix");

    /** Signing one takes longer than all the rest. */
    private static final Map<String, String> MADE = new ConcurrentHashMap<>();

    @TestHTTPResource
    URI base;

    static Stream<Operation> operations() {
        return document().stream();
    }

    @Test
    void every_operation_of_the_document_has_a_row_and_every_row_an_operation() {
        assertThat(document()).extracting(Operation::id).containsExactlyInAnyOrderElementsOf(ROWS.keySet());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void those_of_its_row_get_in_and_all_others_are_refused(Operation operation) throws IOException {
        Set<String> row = ROWS.get(operation.id());
        assertThat(row).as("row of %s", operation).isNotNull();
        List<String> wrong = new ArrayList<>();
        for (String method : operation.method().equals("GET") ? List.of("GET", "HEAD") : List.of(operation.method())) {
            for (String who : union(union(EVERYBODY, STRANGERS), Set.of(TICKET))) {
                int status = ask(method, operation.target(), who);
                String outcome = status == 401 || status == 403 ? Integer.toString(status) : "in";
                // A ticket is for opening streams, with the rights of a reader.
                boolean unheard = who.equals(TICKET)
                        && (method.equals("HEAD") || !operation.target().endsWith("/stream"));
                boolean in = row.contains(who) && !unheard;
                boolean known = EVERYBODY.contains(who) || who.equals(TICKET) && !unheard;
                String expected = in ? "in" : known ? "403" : "401";
                if (!outcome.equals(expected) || status >= 500) {
                    wrong.add("%s as %s: %d, expected %s".formatted(method, who, status, expected));
                }
            }
        }

        assertThat(wrong).as(operation.toString()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void a_method_that_the_document_does_not_have_is_nobodys(Operation operation) throws IOException {
        Set<String> documented = new TreeSet<>(List.of("GET", "HEAD"));
        document().stream()
                .filter(other -> other.target().equals(operation.target()))
                .forEach(other -> documented.add(other.method()));
        for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")) {
            if (!documented.contains(method)) {
                assertThat(ask(method, operation.target(), "admin"))
                        .as("%s %s as admin", method, operation.target())
                        .isBetween(400, 499);
                assertThat(ask(method, operation.target(), "none"))
                        .as("%s %s without credentials", method, operation.target())
                        .isBetween(400, 499);
            }
        }
    }

    @Test
    void endpoints_of_operators_are_no_one_elses() throws IOException {
        for (String who : union(EVERYBODY, STRANGERS)) {
            int metrics = ask("GET", "/q/metrics", who);
            assertThat(metrics)
                    .as("metrics as %s", who)
                    .isEqualTo(OPERATORS.contains(who) ? 200 : EVERYBODY.contains(who) ? 403 : 401);
            int document = ask("GET", "/q/openapi", who);
            assertThat(document).as("document as %s", who).isEqualTo(EVERYBODY.contains(who) ? 200 : 401);
            assertThat(ask("GET", "/q/health", who)).as("health as %s", who).isEqualTo(200);
        }
    }

    private int ask(String method, String target, String who) throws IOException {
        RawHttp http = new RawHttp(base.toURL());
        List<String> headers = new ArrayList<>(List.of("Content-Type: application/json"));
        String query = "";
        if (who.equals(TICKET)) {
            query = "?ticket=" + ticket();
        } else if (who.endsWith("-token") || TOKENS.contains(who)) {
            headers.add("Authorization: Bearer " + MADE.computeIfAbsent(who, AccessMatrixIT::token));
        } else if (!who.equals("none")) {
            headers.add("X-API-Key: " + TestKeys.key(who.equals("expired-key") ? "expired" : who));
        }
        // No body of the API: who gets in is told what is wrong with it.
        byte[] body = method.equals("POST") ? "{".getBytes() : new byte[0];
        return http.status(new RawHttp.Request(method, target + query, headers.toArray(String[]::new), body));
    }

    private static String ticket() {
        return given().header("X-API-Key", TestKeys.key("reader"))
                .post("/v1/tickets")
                .then()
                .statusCode(201)
                .extract()
                .path("ticket");
    }

    private static String token(String who) {
        Duration life = Duration.ofMinutes(5);
        return switch (who) {
            case "expired-token" -> Secured.issuer.token("ada", Duration.ofMinutes(-5), Set.of("admin"), Map.of());
            case "foreign-token" -> Secured.issuer.foreignToken("ada", Set.of("admin"));
            case "forged-token" -> Secured.issuer.forgedToken("ada", Set.of("admin"));
            case "token-nothing" ->
                Secured.issuer.token(
                        "ada",
                        life,
                        Set.of("publisher", "subscriber", "operator"),
                        Map.of("eventuali_aggregate_types", List.of()));
            default -> Secured.issuer.token("ada", life, Set.of(who.substring("token-".length())), Map.of());
        };
    }

    private static List<Operation> document() {
        try {
            List<Operation> operations = new ArrayList<>();
            for (Map.Entry<String, JsonNode> path :
                    new YAMLMapper().readTree(DOCUMENT.toFile()).path("paths").properties()) {
                for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                    if (METHODS.contains(operation.getKey())) {
                        operations.add(new Operation(
                                operation.getValue().path("operationId").asText(),
                                operation.getKey().toUpperCase(Locale.ROOT),
                                target(path.getKey())));
                    }
                }
            }
            return operations;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String target(String path) {
        String target = path;
        for (Map.Entry<String, String> value : VALUES.entrySet()) {
            target = target.replace(value.getKey(), value.getValue());
        }
        assertThat(target).as("a value for each parameter of %s", path).doesNotContain("{");
        return target;
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    /** An operation, with a value for each parameter of its path. */
    record Operation(String id, String method, String target) {
        @Override
        public String toString() {
            return id + ": " + method + " " + target;
        }
    }
}
