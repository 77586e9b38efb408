import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Follows the log of an Eventuali service through lost connections, restarts and rolling updates: every event once, in order. Needs
 * the JDK and nothing else.
 *
 * <pre>java Subscriber.java 'http://localhost:8080/v1/events/stream?eventType=User*&amp;from=start' [last id seen]</pre>
 *
 * <p>To use it in a program of your own, keep the id of each event together with its effect, in one transaction, and begin with the
 * last one that was kept.
 */
public final class Subscriber {
    /** The service sends something every 15 s; a connection that is silent for longer than this is dead. */
    private static final Duration SILENCE = Duration.ofSeconds(45);

    private static final long FIRST_DELAY_MS = 500;
    private static final long LONGEST_DELAY_MS = 30_000;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "subscriber-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    private final URI stream;
    private final BiConsumer<String, String> onEvent;
    private String lastId;
    private long retryMs;
    private int failures;

    /**
     * @param stream address with filters, such as {@code http://localhost:8080/v1/events/stream?aggregateType=User}
     * @param lastId the id of the last event that was handled; null to start where the address says
     * @param onEvent gets id and JSON of each event; when it throws, the subscriber ends with that
     */
    public Subscriber(URI stream, String lastId, BiConsumer<String, String> onEvent) {
        this.stream = stream;
        this.lastId = lastId;
        this.onEvent = onEvent;
    }

    /**
     * Follows until the thread is interrupted or an operator removed the subscription.
     *
     * @throws IllegalArgumentException if the service will never accept the request, with its problem document
     */
    public void run() throws InterruptedException {
        try {
            while (follow()) {
                Thread.sleep(delayMs());
            }
        } finally {
            watchdog.shutdownNow();
        }
    }

    /** One connection; false when there is no use in another one. */
    private boolean follow() throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(stream).header("Accept", "text/event-stream");
        if (lastId != null) {
            request.header("Last-Event-ID", lastId);
        }
        retryMs = 0;
        try {
            HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                int status = response.statusCode();
                if (status == 200) {
                    read(body);
                } else if (status == 204) {
                    return false;
                } else if (status >= 400 && status < 500 && status != 429) {
                    throw new IllegalArgumentException(new String(body.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
        } catch (IOException lost) {
            // The next connection goes on after the last id.
        }
        failures++;
        return true;
    }

    private void read(InputStream body) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        String id = null;
        String event = null;
        StringBuilder data = new StringBuilder();
        while (true) {
            String line = readLine(lines, body);
            if (line == null) {
                return;
            }
            if (line.isEmpty()) {
                // Events have no name (unless named=true); the frames that have one only move the id on.
                if (event == null && data.length() > 0) {
                    onEvent.accept(id, data.toString());
                }
                if (id != null) {
                    lastId = id;
                    failures = 0;
                }
                id = null;
                event = null;
                data.setLength(0);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                event = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line, 6, line.length());
            } else if (line.startsWith("retry: ")) {
                retryMs = Long.parseLong(line.substring(7));
            }
        }
    }

    private String readLine(BufferedReader lines, InputStream body) throws IOException {
        ScheduledFuture<?> bite = watchdog.schedule(
                () -> {
                    body.close();
                    return null;
                },
                SILENCE.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            return lines.readLine();
        } finally {
            bite.cancel(false);
        }
    }

    /** What the service asked for, else longer after each failure; never the same for all that were cut off at once. */
    private long delayMs() {
        if (retryMs > 0 && failures <= 1) {
            return retryMs;
        }
        long longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS << Math.min(failures, 10));
        return ThreadLocalRandom.current().nextLong(longest / 2, longest + 1);
    }

    public static void main(String[] args) throws InterruptedException {
        if (args.length < 1) {
            System.err.println("usage: java Subscriber.java <address of the stream> [last id seen]");
            System.exit(2);
        }
        new Subscriber(URI.create(args[0]), args.length > 1 ? args[1] : null, (id, json) -> {
                    System.out.println(id + " " + json);
                    System.out.flush();
                })
                .run();
    }
}
