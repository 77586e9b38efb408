package io.eventuali.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A subscriber that takes so many bytes a second from its socket, until it is told to hurry. */
public final class SlowReader implements AutoCloseable {
    private static final Pattern EVENT = Pattern.compile("(?m)^id: (\\d+)\\ndata: \\{\"globalPosition\":(\\d+),");
    private static final int RECEIVE_BUFFER = 4096;

    private final Socket socket = new Socket();
    private final int bytesPerSecond;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private volatile boolean hurry;

    public SlowReader(int port, int bytesPerSecond) throws IOException {
        this.bytesPerSecond = bytesPerSecond;
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        socket.connect(new InetSocketAddress("localhost", port));
        // HTTP/1.0 makes the answer come without chunk borders, so that the bytes are those of the stream.
        socket.getOutputStream()
                .write("GET /v1/events/stream?from=start HTTP/1.0\r\nHost: localhost\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        Thread thread = new Thread(this::read, "slow reader");
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        byte[] piece = new byte[bytesPerSecond / 10];
        byte[] large = new byte[1 << 16];
        try {
            InputStream stream = socket.getInputStream();
            while (true) {
                byte[] buffer = hurry ? large : piece;
                int count = stream.read(buffer);
                if (count < 0) {
                    return;
                }
                synchronized (received) {
                    received.write(buffer, 0, count);
                }
                if (!hurry) {
                    Thread.sleep(100);
                }
            }
        } catch (IOException closed) {
            // The test is over.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads as fast as it can from now on. */
    public void hurry() {
        hurry = true;
    }

    /** Positions of the events received so far. */
    public List<Long> positions() {
        List<Long> positions = new ArrayList<>();
        synchronized (received) {
            Matcher events = EVENT.matcher(received.toString(StandardCharsets.UTF_8));
            while (events.find()) {
                positions.add(Long.parseLong(events.group(1)));
            }
        }
        return positions;
    }

    public long lastId() {
        List<Long> positions = positions();
        return positions.isEmpty() ? 0 : positions.get(positions.size() - 1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
