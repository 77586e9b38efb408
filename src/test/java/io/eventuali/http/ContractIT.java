package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.Contract;
import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import io.eventuali.support.RequestGenerator;
import io.eventuali.support.RequestGenerator.Request;
import io.eventuali.support.Rounds;
import io.eventuali.support.Seed;
import io.eventuali.support.ServedOpenApi;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Whatever is sent that looks like the OpenAPI document, the answer is one of those that the document names, and never a 5xx. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ContractIT {
    private static final int ROUNDS = Rounds.of(25, "requests of each operation");
    private static final int LEAST = 400;

    /** What there is in a service without an application; and nothing that has the service wait. */
    private static final Map<String, List<String>> CHOICES = Map.of(
            "name", List.of("event-statistics"),
            "aggregateType", List.of("Contract", "Other", "Con*"),
            "aggregateId", List.of("a", "b", "c"),
            "after", List.of("0"),
            "timeout", List.of("10s"));

    @Test
    void generated_requests_get_answers_of_the_document() throws Exception {
        Seed seed = new Seed(Long.getLong("test.seed", 1));
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.start(database)) {
            JsonNode document = ServedOpenApi.json(replica.get("/q/openapi?format=json"));
            Contract contract = new Contract(document);
            RequestGenerator generator = new RequestGenerator(document, seed.value(), CHOICES);
            int requests = Math.max(LEAST, ROUNDS * generator.operations());

            List<String> wrong = new ArrayList<>();
            SortedMap<Integer, Integer> statuses = new TreeMap<>();
            for (int i = 0; i < requests; i++) {
                Request request = generator.next();
                HttpResponse<InputStream> answer = send(replica, request);
                String type = answer.headers().firstValue("Content-Type").orElse(null);
                String body = body(answer, type);
                statuses.merge(answer.statusCode(), 1, Integer::sum);
                List<String> violations = contract.violations(
                        request.method(), request.path(), request.query(), answer.statusCode(), type, body);
                if (answer.statusCode() >= 500 || !violations.isEmpty()) {
                    wrong.add("%s -> %d %s %s".formatted(request, answer.statusCode(), body, violations));
                }
            }

            System.out.printf("contract: %s: %d requests, answers by status %s%n", seed, requests, statuses);
            assertThat(wrong).as("%s", seed).isEmpty();
            assertThat(statuses.getOrDefault(200, 0) + statuses.getOrDefault(201, 0))
                    .as("requests that did something")
                    .isGreaterThan(requests / 5);
        }
    }

    private static HttpResponse<InputStream> send(Replica replica, Request request)
            throws IOException, InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(replica.uri(request.path() + request.query()))
                .timeout(Duration.ofMinutes(1))
                .method(
                        request.method(),
                        request.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofString(request.body()));
        request.headers().forEach(builder::header);
        return Replica.HTTP.send(builder.build(), BodyHandlers.ofInputStream());
    }

    /** The body; of a stream of events, which does not end, nothing. */
    private static String body(HttpResponse<InputStream> answer, String contentType) throws IOException {
        try (InputStream body = answer.body()) {
            return contentType != null && contentType.startsWith("text/event-stream")
                    ? ""
                    : new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
