package io.eventuali.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Appends to and reads from a server over HTTP, for tests whose subject is something else. Fails on any answer it did not want. */
public final class LogClient {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI base;

    /** @param base address of a server, without path */
    public LogClient(URI base) {
        this.base = base;
    }

    /** An event for {@link #append}. */
    public static String event(String eventType, String data) {
        return "{\"eventType\":\"" + eventType + "\",\"data\":" + data + "}";
    }

    /**
     * Appends events to one stream.
     *
     * @return global position of the last one
     */
    public long append(String aggregateType, String aggregateId, String... events) {
        return append(aggregateType, aggregateId, List.of(events));
    }

    /**
     * Appends events to one stream.
     *
     * @return global position of the last one
     */
    public long append(String aggregateType, String aggregateId, List<String> events) {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(
                        resolve("/v1/streams/%s/%s/events".formatted(encode(aggregateType), encode(aggregateId))))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("[" + String.join(",", events) + "]")));
        require(answer, 201);
        return json(answer.body()).get("lastGlobalPosition").asLong();
    }

    /** Global position of the last event of the log. */
    public long head() {
        return json(get("/v1/position").body()).get("globalPosition").asLong();
    }

    /** The log after a position, page by page. */
    public List<JsonNode> logAfter(long position) {
        List<JsonNode> events = new ArrayList<>();
        long from = position;
        while (true) {
            JsonNode page = json(get("/v1/events?limit=1000&from=" + from).body());
            if (page.get("events").isEmpty()) {
                return events;
            }
            page.get("events").forEach(events::add);
            from = page.get("nextFrom").asLong();
        }
    }

    /** A GET that has to be answered with 200. */
    public HttpResponse<String> get(String path, String... headers) {
        HttpResponse<String> answer = tryGet(path, headers);
        require(answer, 200);
        return answer;
    }

    /** A GET with whatever answer. */
    public HttpResponse<String> tryGet(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(resolve(path)).GET();
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** Removes a subscription for ever. */
    public void removeSubscription(String id) {
        require(
                send(HttpRequest.newBuilder(resolve("/v1/subscriptions/" + encode(id)))
                        .DELETE()),
                204);
    }

    /** The active subscriptions whose id starts like this. */
    public List<JsonNode> subscriptions(String idPrefix) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode subscription : json(get("/v1/subscriptions").body()).get("subscriptions")) {
            if (subscription.get("id").asText().startsWith(idPrefix)) {
                found.add(subscription);
            }
        }
        return found;
    }

    /** A probe that is to follow the log, with this query. */
    public SseProbe.Builder follow(String query) {
        return SseProbe.to(resolve("/v1/events/stream?" + query));
    }

    /** The address of a path. */
    public URI resolve(String path) {
        return base.resolve(path);
    }

    /** Text for a path segment or a query. */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Reads JSON. */
    public static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("no JSON: " + text, malformed);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    private static void require(HttpResponse<String> answer, int status) {
        if (answer.statusCode() != status) {
            throw new AssertionError("%s %s: %d instead of %d: %s"
                    .formatted(answer.request().method(), answer.uri(), answer.statusCode(), status, answer.body()));
        }
    }
}
