package io.eventuali.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A subscriber that costs little: reads the socket in large pieces, takes the HTTP chunks apart and looks only at what it has
 * to. It never lets a gap pass: ids must be dense, and each must be the position inside its event.
 */
final class SseReader implements AutoCloseable {
    private static final byte[] ID = ascii("id: ");
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] EVENT = ascii("event: ");
    private static final byte[] CAUGHT_UP = ascii("event: caught-up");
    private static final byte[] POSITION = ascii("data: {\"globalPosition\":");

    private final Socket socket;
    private final InputStream in;
    private byte[] raw = new byte[1 << 16];
    private int rawAt;
    private int rawEnd;
    private int chunkLeft;
    private boolean firstChunk = true;
    /** Bytes of the body; what is before {@code at} was looked at. */
    private byte[] body = new byte[1 << 20];

    private int at;
    private int end;

    private long last;
    private boolean namedFrame;
    private long frameId = -1;

    /** Called for each event. */
    @FunctionalInterface
    interface Listener {
        /** The event's line is {@code bytes} from {@code from} to {@code to}. */
        void event(byte[] bytes, int from, int to);
    }

    /**
     * Subscribes to everything.
     *
     * @param after position where the log is to be followed from, exclusive
     */
    SseReader(int port, long after) throws IOException {
        this.last = after;
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(30_000);
        socket.getOutputStream()
                .write(ascii("GET /v1/events/stream?from=" + after
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"));
        in = socket.getInputStream();
        String status = header();
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(status);
        }
        boolean chunked = false;
        for (String line = header(); !line.isEmpty(); line = header()) {
            chunked |= line.equalsIgnoreCase("transfer-encoding: chunked");
        }
        if (!chunked) {
            throw new IOException("the answer is not chunked");
        }
    }

    /** Position of the last event seen. */
    long last() {
        return last;
    }

    /** Reads up to and including the next {@code caught-up}. */
    void readToCaughtUp(Listener listener) throws IOException {
        while (!next(listener)) {
            fill();
        }
    }

    /** Reads until the event of this position was seen. */
    void readTo(long position, Listener listener) throws IOException {
        while (last < position) {
            if (!next(listener)) {
                fill();
            }
        }
    }

    /** Looks at all complete lines; true after a {@code caught-up}. */
    private boolean next(Listener listener) throws IOException {
        for (int lineEnd = newline(); lineEnd >= 0; lineEnd = newline()) {
            int from = at;
            at = lineEnd + 1;
            if (lineEnd == from) {
                namedFrame = false;
                frameId = -1;
            } else if (startsWith(from, ID)) {
                frameId = number(from + ID.length);
            } else if (startsWith(from, EVENT)) {
                namedFrame = true;
                if (startsWith(from, CAUGHT_UP)) {
                    return true;
                }
            } else if (startsWith(from, DATA) && !namedFrame) {
                if (frameId != last + 1 || !startsWith(from, POSITION) || number(from + POSITION.length) != frameId) {
                    throw new IOException("event with id %d after %d: %s"
                            .formatted(frameId, last, new String(body, from, lineEnd - from, StandardCharsets.UTF_8)));
                }
                last = frameId;
                listener.event(body, from + DATA.length, lineEnd);
            }
        }
        return false;
    }

    private int newline() {
        for (int i = at; i < end; i++) {
            if (body[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private boolean startsWith(int from, byte[] prefix) {
        return end - from >= prefix.length && Arrays.equals(body, from, from + prefix.length, prefix, 0, prefix.length);
    }

    private long number(int from) {
        long value = 0;
        for (int i = from; body[i] >= '0' && body[i] <= '9'; i++) {
            value = value * 10 + body[i] - '0';
        }
        return value;
    }

    /** Appends the next bytes of the body, blocking until there are some. */
    private void fill() throws IOException {
        if (at > 0) {
            System.arraycopy(body, at, body, 0, end - at);
            end -= at;
            at = 0;
        }
        if (end == body.length) {
            body = Arrays.copyOf(body, body.length * 2);
        }
        if (chunkLeft == 0) {
            if (!firstChunk) {
                header();
            }
            firstChunk = false;
            chunkLeft = Integer.parseInt(header(), 16);
            if (chunkLeft == 0) {
                throw new EOFException("the stream ended after " + last);
            }
        }
        if (rawAt == rawEnd) {
            fillRaw();
        }
        int length = Math.min(Math.min(chunkLeft, rawEnd - rawAt), body.length - end);
        System.arraycopy(raw, rawAt, body, end, length);
        rawAt += length;
        chunkLeft -= length;
        end += length;
    }

    /** A line of the protocol around the body. */
    private String header() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (rawAt == rawEnd) {
                fillRaw();
            }
            char c = (char) raw[rawAt++];
            if (c == '\n') {
                return line.toString();
            }
            if (c != '\r') {
                line.append(c);
            }
        }
    }

    private void fillRaw() throws IOException {
        rawAt = 0;
        rawEnd = in.read(raw);
        if (rawEnd < 0) {
            rawEnd = 0;
            throw new EOFException("the connection was closed after " + last);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
