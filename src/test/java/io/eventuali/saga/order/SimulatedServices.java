package io.eventuali.saga.order;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The services behind an order. They recognise a repetition by its idempotency key, and an action that comes after its
 * compensation. Some calls fail before their effect, some after it, some answer too late.
 */
public final class SimulatedServices implements AutoCloseable {
    private static final int OK = 200;
    private static final int REFUSED = 409;
    private static final int BROKEN = 503;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Moods moods;
    /** Action keys whose effect stands. */
    private final Set<String> effects = ConcurrentHashMap.newKeySet();
    /** Action keys that were compensated. */
    private final Set<String> undone = ConcurrentHashMap.newKeySet();
    /** Orders for which something was asked for. */
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    private final Map<String, Integer> calls = new ConcurrentHashMap<>();

    /** What a call does. */
    public enum Mood {
        /** It has its effect and says so. */
        FINE,
        /** It has no effect and says so. */
        REFUSES,
        /** It has no effect and breaks. */
        BREAKS_BEFORE,
        /** It has its effect and breaks. */
        BREAKS_AFTER,
        /** It has its effect and says nothing. */
        HANGS_UP,
        /** It has its effect when nobody waits for it any more. */
        DAWDLES
    }

    /** Decides on a call. */
    @FunctionalInterface
    public interface Moods {
        /**
         * Decides.
         *
         * @param operation a step, or {@code undo-} and a step
         * @param call 1 for the first call with this idempotency key
         */
        Mood of(String operation, String order, int call);
    }

    public SimulatedServices(Moods moods) {
        this.moods = moods;
        try {
            server = HttpServer.create(new InetSocketAddress("localhost", 0), 500);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Where they are. */
    public URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
    }

    /** Action keys of a saga whose effect stands: {@code <sagaId>:<step>}. */
    public Set<String> effectsOf(String sagaId) {
        Set<String> found = new TreeSet<>();
        for (String key : effects) {
            if (key.startsWith(sagaId + ":")) {
                found.add(key.substring(sagaId.length() + 1));
            }
        }
        return found;
    }

    /** Whether anything was ever asked for an order. */
    public boolean wasAsked(String order) {
        return asked.contains(order);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/");
        String operation = path[1];
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        String action = exchange.getRequestHeaders().getFirst("Action-Key");
        Mood mood = moods.of(operation, path[2], calls.merge(key, 1, Integer::sum));
        boolean undo = operation.startsWith("undo-");
        asked.add(path[2]);
        switch (mood) {
            case FINE -> answer(exchange, apply(undo, action));
            case REFUSES -> answer(exchange, effects.contains(action) && !undo ? OK : REFUSED);
            case BREAKS_BEFORE -> answer(exchange, BROKEN);
            case BREAKS_AFTER -> {
                apply(undo, action);
                answer(exchange, BROKEN);
            }
            case HANGS_UP -> {
                apply(undo, action);
                exchange.close();
            }
            case DAWDLES -> {
                pause();
                answer(exchange, apply(undo, action));
            }
        }
    }

    /** What has been undone cannot happen any more. */
    private synchronized int apply(boolean undo, String action) {
        if (undo) {
            undone.add(action);
            effects.remove(action);
            return OK;
        }
        if (undone.contains(action)) {
            return REFUSED;
        }
        effects.add(action);
        return OK;
    }

    private static void pause() {
        try {
            // Longer than the step waits; nothing depends on how much.
            Thread.sleep(2_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        try {
            exchange.sendResponseHeaders(status, -1);
        } catch (IOException gone) {
            // The caller was killed, or waits no longer.
        } finally {
            exchange.close();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
