package io.eventuali.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between clients and a server of this machine, on a port of its own. What it does to the answers is its subclass's. */
abstract class SocketRelay implements AutoCloseable {
    private final ServerSocket listener;
    private volatile InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    SocketRelay(InetSocketAddress target) {
        this.target = target;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        daemon(this::accept);
    }

    /** Passes the server's bytes on until the connection ends. */
    abstract void answers(InputStream server, OutputStream client) throws IOException;

    /** Leads later connections to another server. */
    public final void leadTo(int port) {
        target = new InetSocketAddress(target.getAddress(), port);
    }

    /** Where clients connect to. */
    public final int port() {
        return listener.getLocalPort();
    }

    /** Cuts every connection, as a network does: without a farewell. Later ones are let through. */
    public final void cutAll() {
        sockets.forEach(SocketRelay::close);
        sockets.clear();
    }

    @Override
    public final void close() {
        try {
            listener.close();
        } catch (IOException alreadyClosed) {
            // as wanted
        }
        cutAll();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server;
                try {
                    server = new Socket(target.getAddress(), target.getPort());
                } catch (IOException refused) {
                    // As the server would: who is not told waits for ever.
                    close(client);
                    throw refused;
                }
                client.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                relay(client, server);
            } catch (IOException closed) {
                // The next one may succeed; a closed listener ends the loop.
            }
        }
    }

    /** Passes on what comes from either side, on threads of its own. */
    void relay(Socket client, Socket server) {
        daemon(() -> pump(client, server, (in, out) -> in.transferTo(out)));
        daemon(() -> pump(server, client, this::answers));
    }

    static void pump(Socket from, Socket to, Transfer transfer) {
        try (from;
                to) {
            transfer.pass(from.getInputStream(), to.getOutputStream());
        } catch (IOException cut) {
            // Either end is gone; closing both tells the other one.
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // as wanted
        }
    }

    static void daemon(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    /** Carries bytes until the connection ends. */
    @FunctionalInterface
    interface Transfer {
        void pass(InputStream in, OutputStream out) throws IOException;
    }
}
