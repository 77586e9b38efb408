package io.eventuali.support;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small proxy before several replicas: each new connection goes to the next one that said it is ready when it was last asked.
 * Like those of a cluster it learns a moment late that a replica is not.
 */
public final class LoadBalancer implements AutoCloseable {
    private static final long CHECK_MILLIS = 100;

    private final Vertx vertx = Vertx.vertx();
    private final List<Replica> replicas;
    private final Map<Integer, Boolean> ready = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final NetClient backends = vertx.createNetClient();
    private final NetServer server;
    private final Thread checker = new Thread(this::check, "health checks");

    /** Starts on a free port. */
    public LoadBalancer(List<Replica> replicas) {
        this.replicas = List.copyOf(replicas);
        this.replicas.forEach(replica -> ready.put(replica.port(), true));
        server = vertx.createNetServer().connectHandler(this::connect);
        Waits.on(server.listen(0, "localhost"));
        checker.setDaemon(true);
        checker.start();
    }

    /** An address behind which any replica may be. */
    public URI uri(String path) {
        return URI.create("http://localhost:" + server.actualPort() + path);
    }

    /** Whether the last check found this replica ready. */
    public boolean sees(Replica replica) {
        return ready.get(replica.port());
    }

    private void connect(NetSocket client) {
        client.pause();
        next().compose(port -> backends.connect(port, "localhost"))
                .onSuccess(backend -> {
                    client.closeHandler(gone -> backend.close());
                    backend.closeHandler(gone -> client.close());
                    client.exceptionHandler(cut -> backend.close());
                    backend.exceptionHandler(cut -> client.close());
                    backend.pipeTo(client);
                    client.pipeTo(backend);
                    client.resume();
                })
                .onFailure(nobody -> client.close());
    }

    private Future<Integer> next() {
        List<Integer> targets =
                replicas.stream().map(Replica::port).filter(ready::get).toList();
        return targets.isEmpty()
                ? Future.failedFuture("no replica is ready")
                : Future.succeededFuture(targets.get(Math.floorMod(turn.getAndIncrement(), targets.size())));
    }

    private void check() {
        while (!Thread.interrupted()) {
            replicas.forEach(replica -> ready.put(replica.port(), replica.status("/q/health/ready") == 200));
            try {
                Thread.sleep(CHECK_MILLIS);
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    @Override
    public void close() {
        checker.interrupt();
        Waits.on(vertx.close());
    }
}
