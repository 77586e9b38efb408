package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.SseFrame;
import io.eventuali.support.SseProbe;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Security as production has it: how a replica starts, what several of them share, and what its log keeps to itself. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SecuredReplicaIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eventuali.security.keys-reload=5s | nobody could get in: set eventuali.security.keys.<name>.sha256",
                "eventuali.security.keys.a.sha256=mine;eventuali.security.keys.a.roles=admin |"
                        + " eventuali.security.keys.a.sha256 must be",
                "eventuali.security.keys-file=/nowhere/keys | eventuali.security.keys-file cannot be read:"
                        + " /nowhere/keys",
                "eventuali.security.keys-reload=0s | eventuali.security.keys-reload is 0s; it must be from 10ms to"
                        + " 3600s",
                "eventuali.security.ticket-lifetime=10m | eventuali.security.ticket-lifetime is 10m; it must be from",
                "eventuali.security.rate-limit.requests-per-second=-1 |"
                        + " eventuali.security.rate-limit.requests-per-second is -1; it must be 0 or more",
                "eventuali.security.public-paths=/a,/* * * * * * * * * * * * * * * * * * |"
                        + " eventuali.security.public-paths has a pattern",
                "eventuali.security.keys-reload=5s;quarkus.oidc.auth-server-url=http://localhost:9;quarkus.http.cors.origins=/.*/"
                        + " | list the origins",
                "eventuali.security.keys-reload=5s;quarkus.oidc.auth-server-url=http://localhost:9 |"
                        + " quarkus.oidc.token.audience is not set",
                "eventuali.security.application-paths=/* | eventuali.security.application-paths has /*, which would"
                        + " open",
                "eventuali.security.keys.a.sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;eventuali.security.keys.a.roles=admin;quarkus.profile=dev"
                        + " | quarkus.profile=dev is for development",
                "eventuali.security.keys.a.sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;eventuali.security.keys.a.roles=admin;quarkus.rest.path=/api"
                        + " | quarkus.rest.path or @ApplicationPath moves the API to /api/v1",
                "eventuali.security.keys.a.sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;eventuali.security.keys.a.roles=admin;quarkus.management.enabled=true"
                        + " | quarkus.management.enabled=true serves health",
                "%dev.eventuali.security.enabled=false;eventuali.security.keys-reload=5s;quarkus.profile=dev |"
                        + " quarkus.profile=dev is for"
            })
    void a_replica_in_production_does_not_start_open_or_shut_by_oversight(String settings, String complaint) {
        String[] options =
                java.util.Arrays.stream(settings.split(";")).map("-D"::concat).toArray(String[]::new);
        try (Replica replica = Replica.launch("postgresql://nobody@localhost:9/none", options)) {
            assertThat(replica.awaitExit()).isNotZero();
            assertThat(replica.log()).contains(complaint).doesNotContain("at io.eventuali");
        }
    }

    @Test
    void a_ticket_of_one_replica_is_good_at_another_and_then_at_none() throws Exception {
        Path keys = keys("reader.sha256=" + hash("reader"), "reader.roles=subscriber");
        try (DatabaseServer database = new DatabaseServer();
                Replica first = secured(database, keys);
                Replica second = secured(database, keys)) {
            String ticket = ticket(first, "reader");

            try (SseProbe probe = SseProbe.to(second.uri("/v1/events/stream?ticket=" + ticket))
                    .open()) {
                assertThat(probe.status()).isEqualTo(200);
                probe.await("caught-up");
            }
            for (Replica replica : List.of(first, second)) {
                assertThat(replica.status("/v1/events/stream?ticket=" + ticket)).isEqualTo(401);
            }
        }
    }

    @Test
    void keys_are_rotated_without_a_restart_and_a_removed_one_ends_its_streams() throws Exception {
        Path keys = keys("reader.sha256=" + hash("old"), "reader.roles=subscriber");
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = secured(database, keys);
                SseProbe old = follow(replica, "old");
                SseProbe byTicket = SseProbe.to(replica.uri("/v1/events/stream?ticket=" + ticket(replica, "old")))
                        .open()) {
            assertThat(status(replica, "/v1/position", "new")).isEqualTo(401);

            Files.writeString(
                    keys, "reader.sha256=" + hash("old") + "," + hash("new") + "\nreader.roles=subscriber\n# end\n");
            await().atMost(PATIENCE).until(() -> status(replica, "/v1/position", "new") == 200);
            assertThat(status(replica, "/v1/position", "old")).isEqualTo(200);
            // A file that cannot be used changes nothing.
            Files.writeString(keys, "reader.sha256=oops\n# end\n");
            await().atMost(PATIENCE).until(() -> replica.log().contains("keys are left as they are"));
            assertThat(status(replica, "/v1/position", "old")).isEqualTo(200);

            try (SseProbe fresh = follow(replica, "new")) {
                Files.writeString(keys, "reader.sha256=" + hash("new") + "\nreader.roles=subscriber\n# end\n");
                for (SseProbe ended : List.of(old, byTicket)) {
                    assertThat(ended.awaitEnd().frames("closing").get(0).data()).contains("\"reason\":\"expired\"");
                }
                assertThat(status(replica, "/v1/position", "old")).isEqualTo(401);
                assertThat(fresh.await("caught-up").ended()).isFalse();
            }
        }
    }

    @Test
    void a_principal_that_asks_too_much_waits_and_its_streams_come_back_by_themselves() throws Exception {
        Path keys = keys(
                "busy.sha256=" + hash("busy"),
                "busy.roles=subscriber",
                "calm.sha256=" + hash("calm"),
                "calm.roles=subscriber");
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = secured(
                        database,
                        keys,
                        "-Deventuali.security.rate-limit.requests-per-second=1",
                        "-Deventuali.security.rate-limit.burst=3")) {
            List<HttpResponse<String>> answers = new ArrayList<>();
            while (answers.isEmpty() || answers.get(answers.size() - 1).statusCode() == 200) {
                answers.add(get(replica, "/v1/position", "busy"));
            }

            HttpResponse<String> refusal = answers.get(answers.size() - 1);
            assertThat(answers).hasSizeGreaterThan(3);
            assertThat(refusal.statusCode()).isEqualTo(429);
            assertThat(refusal.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(refusal.body()).contains("/problems/rate-limited");
            assertThat(status(replica, "/v1/position", "calm")).isEqualTo(200);
            // Without a provider nobody looks at a token, which is a bad credential all the same.
            HttpRequest guess = HttpRequest.newBuilder(replica.uri("/v1/position"))
                    .header("Authorization", "Bearer nonsense")
                    .build();
            int status = 0;
            for (int i = 0; i < 5_000 && status != 429; i++) {
                status = Replica.HTTP.send(guess, BodyHandlers.ofString()).statusCode();
            }
            assertThat(status).isEqualTo(429);
            // A browser would never come back after an error.
            await().atMost(PATIENCE).until(() -> {
                try (SseProbe probe = SseProbe.to(replica.uri("/v1/events/stream"))
                        .header("X-API-Key", key("busy"))
                        .open()) {
                    assertThat(probe.status()).isEqualTo(200);
                    SseFrame first = probe.await("a frame", seen -> seen.frameCount() > 0)
                            .frames()
                            .get(0);
                    return "{\"reason\":\"overloaded\",\"position\":null}".equals(first.data());
                }
            });
        }
    }

    @Test
    void a_browser_is_told_to_come_back_while_nobody_can_say_whether_its_ticket_is_good() throws Exception {
        Path keys = keys("reader.sha256=" + hash("reader"), "reader.roles=subscriber");
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = secured(database, keys)) {
            List<String> streams = List.of(
                    "/v1/events/stream?ticket=" + ticket(replica, "reader"),
                    "/v1/projections/event-statistics/stream?ticket=" + ticket(replica, "reader"));

            database.kill();

            for (String stream : streams) {
                try (SseProbe probe =
                        SseProbe.to(replica.uri(stream)).lastEventId("0").open()) {
                    assertThat(probe.status()).isEqualTo(200);
                    assertThat(probe.header("Content-Type")).isEqualTo("text/event-stream");
                    assertThat(probe.awaitEnd().frames()).singleElement().satisfies(frame -> {
                        assertThat(frame.data()).isEqualTo("{\"reason\":\"unavailable\",\"position\":null}");
                        assertThat(frame.id()).isNull();
                        assertThat(frame.retry()).isPositive();
                    });
                }
            }
            database.start();
        }
    }

    @Test
    void the_log_names_acts_of_operators_and_never_a_secret() throws Exception {
        Path keys = keys(
                "desk.sha256=" + hash("desk"),
                "desk.roles=operator",
                "reader.sha256=" + hash("reader"),
                "reader.roles=subscriber");
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = secured(
                        database,
                        keys,
                        "-Dquarkus.log.category.\"io.eventuali\".level=DEBUG",
                        "-Dquarkus.log.category.\"io.quarkus.vertx.http\".level=DEBUG",
                        "-Dquarkus.log.category.\"io.quarkus.security\".level=DEBUG",
                        "-Dquarkus.log.category.\"io.quarkus.oidc\".level=DEBUG")) {
            assertThat(post(replica, "/v1/projections/event-statistics/pause", "desk")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(post(replica, "/v1/projections/event-statistics/resume", "reader")
                            .statusCode())
                    .isEqualTo(403);
            String ticket = ticket(replica, "reader");
            try (SseProbe probe = SseProbe.to(replica.uri("/v1/events/stream?ticket=" + ticket))
                    .open()) {
                probe.await("caught-up");
            }
            assertThat(replica.status("/v1/events/stream?ticket=" + ticket)).isEqualTo(401);
            assertThat(status(replica, "/v1/position", "stranger")).isEqualTo(401);

            await().atMost(PATIENCE).until(() -> replica.log().contains("status=403"));
            String log = replica.log();
            assertThat(log)
                    .containsPattern(
                            "io.eventuali.audit.*operator act principal=desk kind=key issuer= roles=\\[OPERATOR\\]"
                                    + " peer=\\S+ method=POST path=/v1/projections/event-statistics/pause status=200")
                    .containsPattern("operator act principal=reader kind=key .*resume status=403");
            for (String secret : List.of(ticket, key("desk"), key("reader"), key("stranger"))) {
                assertThat(log).doesNotContain(secret).doesNotContain(secret.substring(4));
            }
        }
    }

    private Path keys(String... lines) throws Exception {
        return Files.writeString(directory.resolve("keys.properties"), String.join("\n", lines) + "\n# end\n");
    }

    private static Replica secured(DatabaseServer database, Path keys, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("-Deventuali.security.keys-file=" + keys);
        return Replica.start(database, all.toArray(String[]::new));
    }

    private static SseProbe follow(Replica replica, String name) {
        return SseProbe.to(replica.uri("/v1/events/stream"))
                .header("X-API-Key", key(name))
                .open()
                .await("caught-up");
    }

    private static String ticket(Replica replica, String name) throws Exception {
        HttpResponse<String> answer = post(replica, "/v1/tickets", name);
        assertThat(answer.statusCode()).isEqualTo(201);
        return new ObjectMapper().readTree(answer.body()).get("ticket").asText();
    }

    private static int status(Replica replica, String path, String name) throws Exception {
        return get(replica, path, name).statusCode();
    }

    private static HttpResponse<String> get(Replica replica, String path, String name) throws Exception {
        return Replica.HTTP.send(request(replica, path, name).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(Replica replica, String path, String name) throws Exception {
        return Replica.HTTP.send(
                request(replica, path, name).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(Replica replica, String path, String name) {
        return HttpRequest.newBuilder(replica.uri(path)).header("X-API-Key", key(name));
    }

    private static String key(String name) {
        return TestKeys.key(name);
    }

    private static String hash(String name) {
        return TestKeys.hash(TestKeys.key(name));
    }
}
