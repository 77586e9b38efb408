package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.background.BackgroundEventHandler;
import com.launchdarkly.eventsource.background.BackgroundEventSource;
import io.eventuali.support.LogClient;
import io.eventuali.support.SmallBuffers;
import io.eventuali.support.TcpProxy;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * Our bytes read by clients that others wrote, through a network that cuts connections and moves the borders of chunks into
 * the middle of characters.
 */
@QuarkusTest
@TestProfile(SmallBuffers.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class SseClientsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CUTS = 10;
    private static final String TEXT = "é€𝄞👩‍🚀";

    @TestHTTPResource
    URI base;

    private final String wanted = "Wanted-" + UUID.randomUUID();
    private final List<String> expected = new ArrayList<>();
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final List<String> otherEvents = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private LogClient log;
    private TcpProxy proxy;
    private long start;

    @BeforeEach
    void connect() {
        log = new LogClient(base);
        start = log.head();
        // A size that no character of the texts divides.
        proxy = new TcpProxy(base, 3);
    }

    @AfterEach
    void disconnect() {
        proxy.close();
    }

    @Test
    void okhttp_eventsource_reconnects_by_itself_and_resumes_exactly() {
        BackgroundEventHandler handler = new BackgroundEventHandler() {
            @Override
            public void onOpen() {
                connections.incrementAndGet();
            }

            @Override
            public void onClosed() {
                // It will be back.
            }

            @Override
            public void onMessage(String event, MessageEvent message) {
                (event.equals("message") ? messages : otherEvents)
                        .add(event.equals("message") ? message.getData() : event);
            }

            @Override
            public void onComment(String comment) {
                throw new AssertionError("a comment: " + comment);
            }

            @Override
            public void onError(Throwable error) {
                // The cut.
            }
        };
        var connection = new EventSource.Builder(ConnectStrategy.http(address())).retryDelay(20, TimeUnit.MILLISECONDS);
        try (BackgroundEventSource client = new BackgroundEventSource.Builder(handler, connection).build()) {
            client.start();
            appendThroughCuts(() -> {});

            long head = appendUnwanted();
            await("a checkpoint moves the cursor").atMost(PATIENCE).until(() -> Long.toString(head)
                    .equals(client.getEventSource().getLastEventId()));
        }
        assertThat(messages).isEqualTo(expected);
        assertThat(otherEvents).contains("subscribed", "caught-up", "checkpoint");
    }

    @Test
    void okhttp_sse_resumes_exactly_from_the_id_it_was_told() {
        OkHttpClient http = new OkHttpClient.Builder()
                .readTimeout(Duration.ZERO)
                .retryOnConnectionFailure(false)
                .build();
        try (OkHttpFollower follower = new OkHttpFollower(http)) {
            appendThroughCuts(follower::reconnectIfCut);

            long head = appendUnwanted();
            await("a checkpoint moves the cursor").atMost(PATIENCE).until(() -> {
                follower.reconnectIfCut();
                return Long.toString(head).equals(follower.lastId);
            });
        } finally {
            http.dispatcher().executorService().shutdownNow();
        }
        assertThat(messages).isEqualTo(expected);
        assertThat(otherEvents).contains("subscribed", "caught-up", "checkpoint");
    }

    /** Appends while connections are cut, and waits until everything has arrived. */
    private void appendThroughCuts(Runnable onWait) {
        for (int round = 0; round < CUTS; round++) {
            int connectionsBefore = connections.get();
            for (int i = 0; i < 12; i++) {
                long position = log.append(wanted, "1", LogClient.event("Said", "\"" + TEXT + round + "." + i + "\""));
                expected.add(log.get("/v1/events/" + position).body());
                if (i == 6) {
                    await("connected").atMost(PATIENCE).until(() -> {
                        onWait.run();
                        return messages.size() > 0 && connections.get() > 0;
                    });
                    proxy.cutAll();
                }
            }
            await("a new connection").atMost(PATIENCE).until(() -> {
                onWait.run();
                return connections.get() > connectionsBefore;
            });
        }
        await("every event").atMost(PATIENCE).until(() -> {
            onWait.run();
            return messages.size() >= expected.size();
        });
    }

    private long appendUnwanted() {
        return log.append("Unwanted", "1", Collections.nCopies(25, LogClient.event("Said", "0")));
    }

    private URI address() {
        return proxy.address().resolve("/v1/events/stream?aggregateType=" + wanted + "&from=" + start);
    }

    /** okhttp-sse leaves reconnecting to its user. */
    private final class OkHttpFollower extends EventSourceListener implements AutoCloseable {
        private final okhttp3.sse.EventSource.Factory factory;
        private volatile String lastId;
        private volatile okhttp3.sse.EventSource current;

        OkHttpFollower(OkHttpClient http) {
            factory = EventSources.createFactory(http);
            open();
        }

        void reconnectIfCut() {
            if (current == null) {
                open();
            }
        }

        private void open() {
            Request.Builder request = new Request.Builder().url(address().toString());
            if (lastId != null) {
                request.header("Last-Event-ID", lastId);
            }
            current = factory.newEventSource(request.build(), this);
        }

        @Override
        public void onOpen(okhttp3.sse.EventSource source, Response response) {
            connections.incrementAndGet();
        }

        @Override
        public void onEvent(okhttp3.sse.EventSource source, String id, String type, String data) {
            lastId = id;
            if (type == null) {
                messages.add(data);
            } else {
                otherEvents.add(type);
            }
        }

        @Override
        public void onClosed(okhttp3.sse.EventSource source) {
            current = null;
        }

        @Override
        public void onFailure(okhttp3.sse.EventSource source, Throwable cause, Response response) {
            current = null;
        }

        @Override
        public void close() {
            okhttp3.sse.EventSource open = current;
            if (open != null) {
                open.cancel();
            }
        }
    }
}
