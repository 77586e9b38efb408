package io.eventuali.support;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Stands between a client and a server, cuts connections when told, and passes chunked answers on in chunks of another size,
 * so that characters of several bytes lie across chunk borders.
 */
public final class TcpProxy extends SocketRelay {
    private final int chunkBytes;

    /**
     * Starts a proxy on a free port.
     *
     * @param target address of the server
     * @param chunkBytes size of the chunks of answers
     */
    public TcpProxy(URI target, int chunkBytes) {
        super(new InetSocketAddress(target.getHost(), target.getPort()));
        this.chunkBytes = chunkBytes;
    }

    /** What a client connects to instead of the server. */
    public URI address() {
        return URI.create("http://localhost:" + port());
    }

    @Override
    void answers(InputStream server, OutputStream client) throws IOException {
        InputStream in = new BufferedInputStream(server);
        while (answer(in, client)) {
            // the next answer on the same connection
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
}
