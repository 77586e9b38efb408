package io.eventuali.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * A subscriber that behaves like a browser: it follows, and when its connection ends for whatever reason, it comes back with
 * the last id it has taken, to whichever replica it is given. It remembers the positions of all events, in order of arrival.
 */
public final class Follower implements AutoCloseable {
    private final Function<String, URI> replicas;
    private final String query;
    private final List<Long> positions = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile String lastEventId;
    private volatile InputStream connection;
    private volatile boolean closed;
    private volatile int connections;
    private volatile int checkpoints;
    private volatile int caughtUp;
    private volatile String refusal;

    /**
     * Starts to follow.
     *
     * @param replicas gives an address of some replica for a path; asked anew for each connection
     * @param query of the subscription, such as {@code from=start}
     */
    public Follower(Function<String, URI> replicas, String query) {
        this.replicas = replicas;
        this.query = query;
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

    private void read(InputStream stream) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        String id = null;
        String event = "";
        String data = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                if (id != null) {
                    lastEventId = id;
                }
                dispatch(id, event, data);
                id = null;
                event = "";
                data = null;
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                event = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
    }

    private void dispatch(String id, String event, String data) {
        switch (event) {
            case "" -> {
                if (id == null || data == null || !data.startsWith("{\"globalPosition\":" + id + ",")) {
                    refusal = "malformed frame id=" + id + " data=" + data;
                } else {
                    positions.add(Long.parseLong(id));
                }
            }
            case "checkpoint" -> checkpoints++;
            case "caught-up" -> caughtUp++;
            default -> {
                // subscribed and closing need no answer.
            }
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

    /** Why the follower gave up; null while it has not. */
    public String refusal() {
        return refusal;
    }

    @Override
    public void close() {
        closed = true;
        cut();
        thread.interrupt();
    }
}
