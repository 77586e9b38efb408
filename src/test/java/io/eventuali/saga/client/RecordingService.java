package io.eventuali.saga.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP server that keeps the headers of what it was asked. */
public final class RecordingService implements AutoCloseable {
    /** What it does not do. */
    public static final String REFUSED = "refused";

    private static final int NO_CONTENT = 204;
    private static final int CONFLICT = 409;

    private final HttpServer server;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /** A request; headers that it does not have are null. */
    public record Request(
            String operation, String idempotencyKey, String correlationId, String traceparent, String tracestate) {
        /** Of which trace it says to be a part. */
        public String traceId() {
            return traceparent.split("-")[1];
        }

        /** Which span it says to come from. */
        public String spanId() {
            return traceparent.split("-")[2];
        }
    }

    public RecordingService() {
        try {
            server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String operation = exchange.getRequestURI().getPath().substring(1);
        var headers = exchange.getRequestHeaders();
        requests.add(new Request(
                operation,
                headers.getFirst("Idempotency-Key"),
                headers.getFirst("X-Correlation-Id"),
                headers.getFirst("traceparent"),
                headers.getFirst("tracestate")));
        exchange.sendResponseHeaders(operation.equals(REFUSED) ? CONFLICT : NO_CONTENT, -1);
        exchange.close();
    }

    /** Where it is. */
    public String uri() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** What it was asked so far, in that order. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
