package io.eventuali.ops;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The command {@code check}, which {@code helm test} runs in a process of its own: follows a stream of its own, appends an event to it and waits until that
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
    private static final int UNAUTHORIZED = 401;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final URI service;
    /** Null without one. Not a constant: a native build would take the value of the machine that builds. */
    private final String key = System.getenv("EVENTUALI_API_KEY");

    private volatile String lastFailure = "nothing answered";

    private InstallationCheck(URI service) {
        this.service = service;
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    /** Returns the exit code: 0 if an event arrived, 1 if none did, 2 for arguments that it does not understand. */
    static int run(List<String> arguments) {
        Optional<URI> service = arguments.size() == 1 ? address(arguments.get(0)) : Optional.empty();
        if (service.isEmpty()) {
            System.err.println("usage: check http://host[:port]");
            return 2;
        }
        return new InstallationCheck(service.get()).run() ? 0 : 1;
    }

    private static Optional<URI> address(String text) {
        try {
            URI address = new URI(text);
            return Optional.of(address)
                    .filter(uri -> uri.getHost() != null && uri.getScheme().matches("https?"));
        } catch (URISyntaxException notOne) {
            return Optional.empty();
        }
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
            if (stream.statusCode() == UNAUTHORIZED && key == null) {
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
        return key == null ? request : request.header("X-API-Key", key);
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
