package io.eventuali.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between a replica and its database. It can keep the server's answers to itself, and cut all connections. */
public final class MutedProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean muted;

    public MutedProxy(int target) {
        this.target = target;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        daemon(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Swallows every answer of the server from now on; requests still reach it. */
    public void mute() {
        muted = true;
    }

    /** Cuts what is connected and lets later connections through unharmed. */
    public void cutAndHeal() {
        sockets.forEach(MutedProxy::close);
        sockets.clear();
        muted = false;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(server);
                daemon(() -> pump(client, server, false));
                daemon(() -> pump(server, client, true));
            } catch (IOException closed) {
                // A closed listener ends the loop; any other connection may fail alone.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (!(answers && muted)) {
                    to.getOutputStream().write(buffer, 0, count);
                }
            }
        } catch (IOException cut) {
            // Either end is gone; closing both tells the other one.
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "muted proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // That is what was wanted.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cutAndHeal();
    }
}
