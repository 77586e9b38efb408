package io.eventuali.support;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A durable consumer over HTTP, as its operator and its workers see it. */
public final class ConsumerClient {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI base;
    private final String path;

    /** @param server address, without path */
    public ConsumerClient(URI server, String name) {
        this.base = server;
        this.path = "/v1/consumers/" + name;
    }

    /** The same consumer at another replica. */
    public ConsumerClient at(URI server) {
        return new ConsumerClient(server, path.substring(path.lastIndexOf('/') + 1));
    }

    /** An event that was handed out. */
    public record Claim(String token, int attempt, String key, JsonNode event) {
        /** Its place in the log. */
        public long position() {
            return event.get("globalPosition").asLong();
        }
    }

    /** Makes or changes it; the answer has to be a success. */
    public JsonNode put(String settings) {
        return ok(send("PUT", "", settings));
    }

    /** How it is doing. */
    public JsonNode show() {
        return ok(send("GET", "", null));
    }

    /** Claims with this body; the answer has to be 200. */
    public List<Claim> claim(String request) {
        List<Claim> claims = new ArrayList<>();
        for (JsonNode claim : ok(send("POST", "/claim", request)).get("claims")) {
            claims.add(new Claim(
                    claim.get("token").asText(),
                    claim.get("attempt").asInt(),
                    claim.get("key").asText(),
                    claim.get("event")));
        }
        return claims;
    }

    /** Acknowledges; the answer has to be 200. */
    public void ack(List<Claim> claims) {
        ok(send("POST", "/settle", "{\"acks\":[" + tokens(claims) + "]}"));
    }

    /** Tokens as they are listed in a request. */
    public static String tokens(List<Claim> claims) {
        return claims.stream().map(claim -> '"' + claim.token() + '"').collect(Collectors.joining(","));
    }

    /** The same for some. */
    public static String tokens(Claim... claims) {
        return tokens(Arrays.asList(claims));
    }

    /** Any request about it, with whatever answer. */
    public HttpResponse<String> send(String method, String more, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path + more))
                .timeout(Duration.ofSeconds(60))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    private static JsonNode ok(HttpResponse<String> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(
                    answer.request().method() + " " + answer.uri() + ": " + answer.statusCode() + " " + answer.body());
        }
        return LogClient.json(answer.body());
    }
}
