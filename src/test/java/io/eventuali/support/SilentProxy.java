package io.eventuali.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a replica and its database, and falls silent for chosen connections: it keeps them open and swallows what either side
 * sends. A connection of which something was swallowed stays dead, as behind a firewall that has forgotten it.
 */
public final class SilentProxy extends SocketRelay {
    /** Bytes of the message by which a client asks for TLS, which comes first and alone. */
    private static final int TLS_REQUEST = 8;

    private static final Set<String> USES = Set.of("append", "listen", "leases", "shared");
    private volatile Set<String> silent = Set.of();
    private volatile boolean requestsToo = true;
    private volatile boolean handshakes = true;
    private final AtomicInteger swallowed = new AtomicInteger();

    /** @param target port of the database */
    public SilentProxy(int target) {
        super(new InetSocketAddress("localhost", target));
    }

    /** Falls silent for connections of these uses, old and new; for all of them, and those that are being opened, if none is named. */
    public void silence(String... uses) {
        requestsToo = true;
        silent = uses.length == 0 ? Set.of("all") : Set.of(uses);
    }

    /** The same in one direction: requests still arrive, and no answer does. */
    public void silenceAnswers(String... uses) {
        silence(uses);
        requestsToo = false;
    }

    /** Falls silent for all; of connections that are being opened, in the midst of the TLS handshake: the server has agreed to it, and says no more. */
    public void silenceHandshakes() {
        handshakes = false;
        silence();
    }

    /** Pieces that were not passed on so far. */
    public int swallowed() {
        return swallowed.get();
    }

    /** Lets everything through that was not harmed yet. */
    public void heal() {
        silent = Set.of();
        handshakes = true;
    }

    @Override
    void answers(InputStream server, OutputStream client) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    void relay(Socket client, Socket server) {
        Link link = new Link(client);
        daemon(() -> pump(client, server, (in, out) -> link.pass(in, out, true)));
        daemon(() -> pump(server, client, (in, out) -> link.pass(in, out, false)));
    }

    /** One connection. What it is for stands in its first statement. */
    private final class Link {
        private final Socket client;
        private volatile String use = "";
        private volatile boolean requestsLost;
        private volatile boolean answersLost;

        Link(Socket client) {
            this.client = client;
        }

        void pass(InputStream in, OutputStream out, boolean request) throws IOException {
            byte[] buffer = new byte[8192];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (request && !handshakes && count == TLS_REQUEST && !requestsLost && use.isEmpty()) {
                    client.getOutputStream().write('S');
                    requestsLost = true;
                }
                if (request && use.isEmpty()) {
                    use = use(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
                }
                boolean isSilent = silent.contains("all") || silent.contains(use);
                if (request) {
                    requestsLost |= isSilent && requestsToo;
                } else {
                    answersLost |= isSilent;
                }
                if (!(request ? requestsLost : answersLost)) {
                    out.write(buffer, 0, count);
                } else {
                    swallowed.incrementAndGet();
                }
            }
        }

        private String use(String statement) {
            return USES.stream()
                    .filter(use -> statement.contains("|| ' " + use + "'"))
                    .findFirst()
                    .orElse("");
        }
    }
}
