package io.eventuali.support;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and a server, cuts connections when told, and passes chunked answers on in chunks of another size,
 * so that characters of several bytes lie across chunk borders.
 */
public final class TcpProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final URI target;
    private final int chunkBytes;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /**
     * Starts a proxy on a free port.
     *
     * @param target address of the server
     * @param chunkBytes size of the chunks of answers
     */
    public TcpProxy(URI target, int chunkBytes) {
        this.target = target;
        this.chunkBytes = chunkBytes;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        daemon(this::accept);
    }

    /** What a client connects to instead of the server. */
    public URI address() {
        return URI.create("http://" + listener.getInetAddress().getHostAddress() + ":" + listener.getLocalPort());
    }

    /** Cuts every connection, as a network does: no end of chunks, no farewell. */
    public void cutAll() {
        sockets.forEach(TcpProxy::close);
        sockets.clear();
    }

    @Override
    public void close() {
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
                Socket server = new Socket(target.getHost(), target.getPort());
                client.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                daemon(() -> pump(client, server, false));
                daemon(() -> pump(server, client, true));
            } catch (IOException closed) {
                // The next one may succeed; a closed listener ends the loop.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        try (from;
                to) {
            InputStream in = new BufferedInputStream(from.getInputStream());
            OutputStream out = to.getOutputStream();
            if (answers) {
                while (answer(in, out)) {
                    // the next answer on the same connection
                }
            } else {
                in.transferTo(out);
            }
        } catch (IOException cut) {
            // Either end is gone; closing both tells the other one.
        }
    }

    /** Passes on one answer; only chunked ones, and those without a body, are expected here. */
    private boolean answer(InputStream in, OutputStream out) throws IOException {
        boolean chunked = false;
        for (String line = line(in, out); !line.isEmpty(); line = line(in, out)) {
            chunked |= line.equalsIgnoreCase("transfer-encoding: chunked");
        }
        while (chunked) {
            String size = line(in, null);
            int left = Integer.parseInt(size.split(";", 2)[0].trim(), 16);
            if (left == 0) {
                line(in, null);
                write(out, "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return true;
            }
            while (left > 0) {
                byte[] piece = in.readNBytes(Math.min(left, chunkBytes));
                if (piece.length == 0) {
                    return false;
                }
                ByteArrayOutputStream chunk = new ByteArrayOutputStream();
                chunk.writeBytes((Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                chunk.writeBytes(piece);
                chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
                write(out, chunk.toByteArray());
                left -= piece.length;
            }
            line(in, null);
        }
        return true;
    }

    private static String line(InputStream in, OutputStream copy) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c;
        while ((c = in.read()) != '\n') {
            if (c < 0) {
                throw new IOException("connection ended");
            }
            line.write(c);
        }
        if (copy != null) {
            line.write('\n');
            write(copy, line.toByteArray());
        }
        return line.toString(StandardCharsets.ISO_8859_1).trim();
    }

    private static void write(OutputStream out, byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // as wanted
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}
