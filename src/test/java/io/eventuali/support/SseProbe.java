package io.eventuali.support;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Follows one event stream over a plain socket: what it sees is what was sent. It does not reconnect by itself; a test opens
 * another one with {@link #lastEventId()}. Its methods may be called from any thread.
 *
 * <pre>{@code
 * try (var probe = SseProbe.to(uri).header("Last-Event-ID", "41").open()) {
 *     probe.await("three events", p -> p.positions().size() == 3);
 * }
 * }</pre>
 */
public final class SseProbe implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Socket socket;
    private final InputStream in;
    private final SseParser parser = new SseParser();
    private final List<SseFrame> frames = new ArrayList<>();
    private final ByteArrayOutputStream recording;
    private final Map<String, String> responseHeaders = new LinkedHashMap<>();
    private int status;
    private boolean paused;
    private boolean ended;
    private boolean closed;
    private Throwable failure;

    private SseProbe(Builder builder) throws IOException {
        recording = builder.recording ? new ByteArrayOutputStream() : null;
        paused = builder.paused;
        socket = new Socket();
        if (builder.receiveBuffer > 0) {
            socket.setReceiveBufferSize(builder.receiveBuffer);
        }
        socket.connect(new InetSocketAddress(builder.uri.getHost(), builder.uri.getPort()), 10_000);
        in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
        try {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write(builder.request());
            readHead();
            socket.setSoTimeout(0);
        } catch (IOException | RuntimeException notAnswered) {
            socket.close();
            throw notAnswered;
        }
        Thread reader = new Thread(this::read, "sse-probe");
        reader.setDaemon(true);
        reader.start();
    }

    /** A probe that is to open this address, query included. */
    public static Builder to(URI uri) {
        return new Builder(uri);
    }

    /** HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** A header of the answer, or null. */
    public String header(String name) {
        return responseHeaders.get(name.toLowerCase(Locale.ROOT));
    }

    /** Every frame so far. */
    public synchronized List<SseFrame> frames() {
        return List.copyOf(frames);
    }

    /** Every frame of this name so far. */
    public synchronized List<SseFrame> frames(String event) {
        return frames.stream().filter(frame -> frame.event().equals(event)).toList();
    }

    /** The events of the log so far. */
    public synchronized List<SseFrame> events() {
        return frames.stream().filter(SseFrame::isLogEvent).toList();
    }

    /** Global positions of the events of the log so far. */
    public synchronized List<Long> positions() {
        return frames.stream()
                .filter(SseFrame::isLogEvent)
                .map(SseFrame::position)
                .toList();
    }

    /** How many frames have come so far; cheap. */
    public synchronized int frameCount() {
        return frames.size();
    }

    /** What a client would send as {@code Last-Event-ID} now; empty before the first id. */
    public synchronized String lastEventId() {
        return parser.lastEventId();
    }

    /** The reconnection time that the server asked for, or -1. */
    public synchronized long reconnectionMillis() {
        return parser.reconnectionMillis();
    }

    /** The body's bytes so far, without the chunks of HTTP. */
    public synchronized byte[] recording() {
        return recording.toByteArray();
    }

    /** Whether the stream has ended, properly or not. */
    public synchronized boolean ended() {
        return ended;
    }

    /** Why the stream ended, null for a proper end or if it goes on. A closed probe has no failure, unless it saw bad bytes. */
    public synchronized Throwable failure() {
        return failure;
    }

    /** Stops taking bytes, like a client that hangs. What the socket has buffered may still become frames. */
    public synchronized void pause() {
        paused = true;
    }

    /** Takes bytes again. */
    public synchronized void resume() {
        paused = false;
        notifyAll();
    }

    /** Waits until the condition holds; fails with what was seen if it does not within a minute. The condition must be cheap. */
    public SseProbe await(String what, Predicate<SseProbe> condition) {
        return await(what, PATIENCE, condition);
    }

    /** Waits until the condition holds; fails with what was seen if it does not in time. */
    public synchronized SseProbe await(String what, Duration patience, Predicate<SseProbe> condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.test(this)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            boolean hopeless = ended && failure != null;
            if (left <= 0 || hopeless) {
                throw new AssertionError(
                        "%s: not seen within %s; status %d, %s, %d frames, the last ones: %s"
                                .formatted(
                                        what,
                                        patience,
                                        status,
                                        ended ? "stream ended" : "stream open",
                                        frames.size(),
                                        frames.subList(Math.max(0, frames.size() - 5), frames.size())),
                        failure);
            }
            try {
                wait(Math.min(left, 250));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(what, interrupted);
            }
        }
        return this;
    }

    /** Waits for a frame of this name. */
    public SseProbe await(String event) {
        return await("a frame " + event, probe -> !probe.frames(event).isEmpty());
    }

    /** Waits until the stream has ended. */
    public SseProbe awaitEnd() {
        return await("the end of the stream", SseProbe::ended);
    }

    /** Ends the connection as if the cable was cut: a reset, no farewell. */
    public void abort() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            // as wanted
        }
        close();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // as wanted
        }
    }

    private void readHead() throws IOException {
        String statusLine = line();
        if (!statusLine.startsWith("HTTP/1.1 ")) {
            throw new IOException("not an answer: " + statusLine);
        }
        status = Integer.parseInt(statusLine.substring(9, 12));
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            responseHeaders.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
    }

    private void read() {
        try {
            if ("chunked".equalsIgnoreCase(header("Transfer-Encoding"))) {
                for (int size = chunkSize(); size > 0; size = chunkSize()) {
                    body(size);
                    line();
                }
                line();
            } else if (header("Content-Length") != null) {
                body(Integer.parseInt(header("Content-Length")));
            }
            end(null);
        } catch (IOException cut) {
            end(cut);
        } catch (RuntimeException badBytes) {
            synchronized (this) {
                closed = false;
            }
            end(badBytes);
        }
    }

    private int chunkSize() throws IOException {
        awaitPermission();
        return Integer.parseInt(line().split(";", 2)[0].trim(), 16);
    }

    private void body(int length) throws IOException {
        byte[] buffer = new byte[Math.min(length, 64 * 1024)];
        int left = length;
        while (left > 0) {
            awaitPermission();
            int count = in.read(buffer, 0, Math.min(left, buffer.length));
            if (count < 0) {
                throw new IOException("connection ended within a chunk");
            }
            left -= count;
            synchronized (this) {
                if (status == 200) {
                    if (recording != null) {
                        recording.write(buffer, 0, count);
                    }
                    frames.addAll(parser.feed(buffer, 0, count));
                }
                notifyAll();
            }
        }
    }

    private synchronized void awaitPermission() throws IOException {
        while (paused && !closed) {
            try {
                wait();
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
        }
    }

    private synchronized void end(Throwable cause) {
        ended = true;
        failure = closed ? null : cause;
        notifyAll();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("connection ended");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** What to open and how. */
    public static final class Builder {
        private final URI uri;
        private final StringBuilder headers = new StringBuilder();
        private boolean recording;
        private boolean paused;
        private int receiveBuffer;

        private Builder(URI uri) {
            this.uri = uri;
        }

        /** Adds a header. */
        public Builder header(String name, String value) {
            headers.append(name).append(": ").append(value).append("\r\n");
            return this;
        }

        /** Resumes after this id; nothing if it is empty, as a client does that has seen none. */
        public Builder lastEventId(String id) {
            return id.isEmpty() ? this : header("Last-Event-ID", id);
        }

        /** Keeps the bytes of the body for {@link SseProbe#recording()}. */
        public Builder recording() {
            recording = true;
            return this;
        }

        /** Reads the head of the answer, but nothing of its body until {@link SseProbe#resume()}. */
        public Builder paused() {
            paused = true;
            return this;
        }

        /** Asks for a small (or large) receive buffer, so that a paused probe fills up soon. */
        public Builder receiveBuffer(int bytes) {
            receiveBuffer = bytes;
            return this;
        }

        /** Sends the request and returns once the head of the answer is there. */
        public SseProbe open() {
            try {
                return new SseProbe(this);
            } catch (IOException failed) {
                throw new UncheckedIOException("cannot follow " + uri, failed);
            }
        }

        private byte[] request() {
            String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
            return ("GET %s HTTP/1.1\r\nHost: %s:%d\r\nAccept: text/event-stream\r\n%s\r\n"
                            .formatted(target, uri.getHost(), uri.getPort(), headers))
                    .getBytes(StandardCharsets.UTF_8);
        }
    }
}
