package io.eventuali.support;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/**
 * Many subscribers that behave as browsers do: each comes back with the last id it has taken, after the time that the server
 * asked for, and gives up for good after an answer other than 200. They share a few threads.
 */
public final class Audience implements AutoCloseable {
    private static final int POOL = 10_000;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client =
            vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(POOL).setKeepAlive(false));
    private final URI address;
    private final List<Member> members;
    private final List<Closing> closings = new CopyOnWriteArrayList<>();
    private final List<String> refusals = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** So many subscribers begin to follow this address. */
    public Audience(int size, URI address) {
        this.address = address;
        this.members = IntStream.range(0, size).mapToObj(i -> new Member()).toList();
        members.forEach(Member::connect);
    }

    /** Whether each of them has come so far. */
    public boolean allReached(long position) {
        return members.stream().allMatch(member -> member.lastId >= position);
    }

    /** How many have a stream open now. */
    public long connected() {
        return members.stream().filter(member -> member.connected).count();
    }

    /** What each has seen, in order of arrival. */
    public List<List<Long>> positions() {
        return members.stream().map(Member::seen).toList();
    }

    /** Farewells of the server, in order of arrival. */
    public List<Closing> closings() {
        return List.copyOf(closings);
    }

    /** Why some gave up; empty while none has. */
    public List<String> refusals() {
        return List.copyOf(refusals);
    }

    @Override
    public void close() {
        closed = true;
        Waits.on(client.close());
        Waits.on(vertx.close());
    }

    /**
     * A {@code closing} frame.
     *
     * @param data its data
     * @param retry the time after which the client is to come back, in milliseconds
     * @param late whether it was the only frame of its stream
     */
    public record Closing(String data, long retry, boolean late) {}

    private final class Member {
        private final List<Long> seen = new ArrayList<>();
        private volatile long lastId = -1;
        private volatile boolean connected;
        private long retry = 1_000;

        void connect() {
            if (closed) {
                return;
            }
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setAbsoluteURI(address.toString())
                    .putHeader("Accept", "text/event-stream");
            if (lastId >= 0) {
                options.putHeader("Last-Event-ID", Long.toString(lastId));
            }
            client.request(options)
                    .compose(request -> request.send())
                    .onSuccess(this::follow)
                    .onFailure(unreachable -> comeBack());
        }

        private void follow(HttpClientResponse response) {
            if (response.statusCode() != 200) {
                refusals.add("status " + response.statusCode());
                return;
            }
            connected = true;
            SseParser parser = new SseParser();
            int[] frames = new int[1];
            response.handler(bytes -> take(parser, bytes, frames));
            response.exceptionHandler(cut -> {
                if (connected) {
                    comeBack();
                }
            });
            response.endHandler(end -> comeBack());
        }

        private void take(SseParser parser, Buffer bytes, int[] frames) {
            for (SseFrame frame : parser.feed(bytes.getBytes(), 0, bytes.length())) {
                frames[0]++;
                if (frame.retry() > 0) {
                    retry = frame.retry();
                }
                if (frame.id() != null) {
                    lastId = Long.parseLong(frame.id());
                }
                if (frame.isLogEvent()) {
                    synchronized (seen) {
                        seen.add(frame.position());
                    }
                } else if (frame.event().equals("closing")) {
                    closings.add(new Closing(frame.data(), frame.retry(), frames[0] == 1));
                }
            }
        }

        private void comeBack() {
            connected = false;
            vertx.setTimer(retry, due -> connect());
        }

        List<Long> seen() {
            synchronized (seen) {
                return List.copyOf(seen);
            }
        }
    }
}
