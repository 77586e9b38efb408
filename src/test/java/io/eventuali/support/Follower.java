package io.eventuali.support;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A subscriber that behaves like a browser: it follows, and when its connection ends for whatever reason, it comes back with
 * the last id it has taken, to whichever replica it is given. It remembers the positions of all events, in order of arrival.
 */
public final class Follower implements AutoCloseable {
    private final Function<String, URI> replicas;
    private final String query;
    private final List<Long> positions = Collections.synchronizedList(new ArrayList<>());
    private final List<Delivery> deliveries = Collections.synchronizedList(new ArrayList<>());
    private final List<String> closings = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile String lastEventId;
    private volatile InputStream connection;
    private volatile int pauseMillis;
    private volatile boolean closed;
    private volatile int connections;
    private volatile int checkpoints;
    private volatile int caughtUp;
    private volatile String refusal;
    private volatile String epoch = "";

    /**
     * Starts to follow.
     *
     * @param replicas gives an address of some replica for a path; asked anew for each connection
     * @param query of the subscription, such as {@code from=start}
     */
    public Follower(Function<String, URI> replicas, String query) {
        this(replicas, query, 0);
    }

    /**
     * Starts to follow, slowly.
     *
     * @param pauseMillis between two looks at what has arrived, of which each takes a little
     */
    public Follower(Function<String, URI> replicas, String query, int pauseMillis) {
        this.replicas = replicas;
        this.query = query;
        this.pauseMillis = pauseMillis;
        this.thread = new Thread(this::run, "follower " + query);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closed) {
            try {
                HttpRequest.Builder request = HttpRequest.newBuilder(replicas.apply("/v1/events/stream?" + query))
                        .header("Accept", "text/event-stream");
                if (lastEventId != null) {
                    request.header("Last-Event-ID", lastEventId);
                }
                HttpResponse<InputStream> response =
                        Replica.HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
                if (response.statusCode() != 200) {
                    refusal = response.statusCode() + " "
                            + new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
                    return;
                }
                connections++;
                connection = response.body();
                read(connection);
            } catch (IOException cut) {
                // Comes back, as a browser does.
            } catch (InterruptedException stopped) {
                return;
            }
            try {
                Thread.sleep(closed ? 0 : 10);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    private void read(InputStream stream) throws IOException, InterruptedException {
        SseParser parser = new SseParser();
        byte[] buffer = new byte[8192];
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
            for (SseFrame frame : parser.feed(buffer, 0, count)) {
                if (frame.id() != null) {
                    lastEventId = frame.id();
                }
                take(frame);
            }
            if (pauseMillis > 0) {
                Thread.sleep(pauseMillis);
            }
        }
    }

    private void take(SseFrame frame) {
        switch (frame.event()) {
            case "message" -> {
                if (frame.id() == null || !frame.data().startsWith("{\"globalPosition\":" + frame.id() + ",")) {
                    refusal = "malformed " + frame;
                } else {
                    positions.add(Long.parseLong(frame.id()));
                    deliveries.add(new Delivery(
                            epoch, Long.parseLong(frame.id()), UUID.fromString(text(frame.data(), "eventId"))));
                }
            }
            case "subscribed" -> epoch = text(frame.data(), "epoch");
            case "checkpoint" -> checkpoints++;
            case "caught-up" -> caughtUp++;
            case "closing" -> closings.add(frame.data());
            default -> {
                // subscribed needs no answer.
            }
        }
    }

    private static String text(String json, String field) {
        int from = json.indexOf("\"" + field + "\":\"") + field.length() + 4;
        return json.substring(from, json.indexOf('"', from));
    }

    /** The events seen so far, each with the epoch that its connection began with. */
    public List<Delivery> deliveries() {
        synchronized (deliveries) {
            return List.copyOf(deliveries);
        }
    }

    /** Drops the connection without a word; the follower comes back by itself. */
    public void cut() {
        InputStream open = connection;
        if (open != null) {
            try {
                open.close();
            } catch (IOException gone) {
                // That is what was wanted.
            }
        }
    }

    /** Takes from now on what arrives as fast as it can. */
    public void hurry() {
        pauseMillis = 0;
    }

    /** Positions of the events seen so far. */
    public List<Long> positions() {
        synchronized (positions) {
            return List.copyOf(positions);
        }
    }

    public int count() {
        return positions.size();
    }

    /** The id that a new connection would send. */
    public long lastId() {
        return lastEventId == null ? 0 : Long.parseLong(lastEventId);
    }

    public int connections() {
        return connections;
    }

    public int checkpoints() {
        return checkpoints;
    }

    public int caughtUp() {
        return caughtUp;
    }

    /** Data of the closing frames. */
    public List<String> closings() {
        return closings;
    }

    /** Why the follower gave up; null while it has not. */
    public String refusal() {
        return refusal;
    }

    /** An event, and which log the subscription was said to be of. */
    public record Delivery(String epoch, long position, UUID eventId) {}

    @Override
    public String toString() {
        return "follower of \"%s\" at %d after %d connections".formatted(query, lastId(), connections);
    }

    @Override
    public void close() {
        closed = true;
        cut();
        thread.interrupt();
    }
}
