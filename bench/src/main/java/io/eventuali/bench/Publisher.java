package io.eventuali.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One keep-alive HTTP connection that posts, and reads the answers. */
final class Publisher implements AutoCloseable {
    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;

    Publisher(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        out = socket.getOutputStream();
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Appends events of 200 bytes of data to one stream. */
    static byte[] append(String aggregateId, int events) {
        StringBuilder body = new StringBuilder("[");
        for (int i = 0; i < events; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("{\"eventType\":\"%s\",\"data\":%s}".formatted(SampleEvent.TYPE, SampleEvent.data(0, i)));
        }
        return post(
                "/v1/streams/Order/" + aggregateId + "/events",
                "application/json",
                body.append(']').toString());
    }

    static byte[] post(String path, String contentType, String body) {
        return "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(path, contentType, body.length(), body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    void send(byte[] request) throws IOException {
        out.write(request);
    }

    /** Reads one answer; fails unless its status is 2xx. */
    void answer() throws IOException {
        answer("2");
    }

    /** Reads one answer; fails unless its status begins so. */
    void answer(String expected) throws IOException {
        String status = line();
        if (!status.startsWith("HTTP/1.1 " + expected)) {
            throw new IOException(status);
        }
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(
                        header.substring(header.indexOf(':') + 1).trim());
            }
        }
        in.skipNBytes(length);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
