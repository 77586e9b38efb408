package io.eventuali.ops;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What {@code helm test} runs, in a process of its own: follows a stream of its own, appends an event to it and waits until that
 * arrives. It tries again while the service cannot be reached, for a minute and a half, and exits with 0 or 1.
 *
 * <p>Its argument is the address of the service, such as {@code http://eventuali}; a key is in the environment, as
 * {@code EVENTUALI_API_KEY}. Without one, a service that asks for credentials is found well as far as it can be seen. It needs
 * nothing but the JDK.
 */
final class InstallationCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final String STREAM = "InstallationCheck";
    private static final String KEY = System.getenv("EVENTUALI_API_KEY");
    private static final int UNAUTHORIZED = 401;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final URI service;
    private volatile String lastFailure = "nothing answered";

    private InstallationCheck(URI service) {
        this.service = service;
    }

    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: InstallationCheck http://host[:port]");
            System.exit(1);
        }
        System.exit(new InstallationCheck(URI.create(arguments[0])).run() ? 0 : 1);
    }

    private boolean run() {
        ExecutorService worker = Executors.newSingleThreadExecutor();
        try {
            System.out.println(worker.submit(this::tryUntilItArrives).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            return true;
        } catch (TimeoutException late) {
            System.err.println("no event arrived within " + PATIENCE.toSeconds() + " s; the last try: " + lastFailure);
        } catch (ExecutionException failed) {
            System.err.println(failed.getCause().getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private String tryUntilItArrives() throws InterruptedException {
        while (true) {
            try {
                Optional<String> arrived = appendAndFollow();
                if (arrived.isPresent()) {
                    return arrived.get();
                }
            } catch (IOException | UncheckedIOException unreachable) {
                lastFailure = unreachable.toString();
            }
            System.out.println("trying again: " + lastFailure);
            Thread.sleep(BETWEEN_TRIES.toMillis());
        }
    }

    /** Empty if it is worth another try. */
    private Optional<String> appendAndFollow() throws IOException, InterruptedException {
        String eventId = UUID.randomUUID().toString();
        HttpResponse<Stream<String>> stream = http.send(
                request("/v1/events/stream?from=end&aggregateType=" + STREAM + "&aggregateId=" + eventId)
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = stream.body()) {
            if (stream.statusCode() == UNAUTHORIZED && KEY == null) {
                return Optional.of(
                        "it answers, and asks for credentials; EVENTUALI_API_KEY has none, so nothing was appended");
            }
            if (stream.statusCode() != 200) {
                lastFailure = "following was answered " + stream.statusCode();
                return Optional.empty();
            }
            Iterator<String> line = lines.iterator();
            while (line.hasNext()) {
                String next = line.next();
                if (next.equals("event: subscribed")) {
                    int status = append(eventId);
                    if (status != 201) {
                        lastFailure = "appending was answered " + status;
                        return Optional.empty();
                    }
                } else if (next.startsWith("data:") && next.contains("\"eventId\":\"" + eventId + "\"")) {
                    return Optional.of("appended and followed: " + next.substring("data:".length()));
                }
            }
            lastFailure = "the event stream ended";
            return Optional.empty();
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.resolve(path));
        return KEY == null ? request : request.header("X-API-Key", KEY);
    }

    private int append(String eventId) throws IOException, InterruptedException {
        return http.send(
                        request("/v1/streams/" + STREAM + "/" + eventId + "/events")
                                .timeout(Duration.ofSeconds(15))
                                .header("Content-Type", "application/json")
                                .header("If-None-Match", "*")
                                .POST(HttpRequest.BodyPublishers.ofString(
                                        "[{\"eventId\":\"%s\",\"eventType\":\"Checked\",\"data\":{}}]"
                                                .formatted(eventId)))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
