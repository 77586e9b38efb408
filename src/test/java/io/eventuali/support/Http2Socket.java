package io.eventuali.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A connection of HTTP/2 that sends whatever it is told to, well-formed or not. Its header fields are literals, without Huffman. */
public final class Http2Socket implements AutoCloseable {
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    /** Of HEADERS, that five bytes come before the fields. */
    private static final int PRIORITY = 0x20;

    private static final int INDEXED_200 = 0x88;
    private static final int INDEXED_400 = 0x8c;

    private final Socket socket;
    private final DataInputStream in;
    private boolean greeted;

    /** A connection with prior knowledge. */
    public Http2Socket(URL server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    /** Asks for a path with one more header. */
    public void get(int stream, String path, String header, String value) throws IOException {
        send(stream, ":scheme", "http", ":path", path, ":authority", "localhost", header, value);
    }

    /** Sends a GET with these fields, each followed by its value. */
    public void send(int stream, String... named) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!greeted) {
            greeted = true;
            bytes.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
        }
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        // GET, from the static table; then literals that are not indexed.
        fields.write(0x82);
        for (int i = 0; i < named.length; i += 2) {
            literal(fields, named[i], named[i + 1]);
        }
        // END_STREAM and END_HEADERS.
        bytes.writeBytes(frame(HEADERS, 5, stream, fields.toByteArray()));
        socket.getOutputStream().write(bytes.toByteArray());
    }

    private static void literal(ByteArrayOutputStream fields, String name, String value) {
        fields.write(0);
        fields.write(name.length());
        fields.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
        fields.write(value.length());
        fields.writeBytes(value.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] frame(int type, int flags, int stream, byte[] content) {
        byte[] frame = new byte[9 + content.length];
        frame[1] = (byte) (content.length >> 8);
        frame[2] = (byte) content.length;
        frame[3] = (byte) type;
        frame[4] = (byte) flags;
        frame[8] = (byte) stream;
        System.arraycopy(content, 0, frame, 9, content.length);
        return frame;
    }

    /** What a stream is answered with: {@code 200}, {@code 400}, another status as {@code other}, or {@code reset}. */
    public String status(int stream) throws IOException {
        while (true) {
            Frame frame = read();
            if (frame.type == GOAWAY || frame.type == RST_STREAM && frame.stream == stream) {
                return "reset";
            }
            if (frame.type == HEADERS && frame.stream == stream) {
                int first = afterTableSize(frame.content) & 0xff;
                return first == INDEXED_200 ? "200" : first == INDEXED_400 ? "400" : "other";
            }
        }
    }

    /** The first field, behind a change of the table's size, if there is one. */
    private static byte afterTableSize(byte[] fields) {
        if ((fields[0] & 0xe0) != 0x20) {
            return fields[0];
        }
        int at = 1;
        if ((fields[0] & 0x1f) == 0x1f) {
            while ((fields[at++] & 0x80) != 0) {
                // The number goes on.
            }
        }
        return fields[at];
    }

    /** Sends the same frame again and again, until the connection ends. @return the error that it ends with; -1 if none is told */
    public int flood(int type, int length, int stream, int atMost) throws IOException {
        byte[] content = new byte[length];
        if (length == 4) {
            // Of no size a window could not be opened by.
            content[3] = 1;
        }
        byte[] frame = frame(type, 0, stream, content);
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        for (int i = 0; i < 100; i++) {
            many.writeBytes(frame);
        }
        Thread sender = new Thread(() -> {
            try {
                for (int i = 0; i < atMost / 100; i++) {
                    socket.getOutputStream().write(many.toByteArray());
                }
            } catch (IOException ended) {
                // As it should.
            }
        });
        sender.start();
        try {
            while (true) {
                Frame read = read();
                if (read.type == GOAWAY) {
                    return read.content[7];
                }
            }
        } catch (EOFException | SocketException ended) {
            return -1;
        }
    }

    private Frame read() throws IOException {
        byte[] header = in.readNBytes(9);
        if (header.length < 9) {
            throw new EOFException();
        }
        int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
        byte[] content = in.readNBytes(length);
        boolean weighted = header[3] == HEADERS && (header[4] & PRIORITY) != 0;
        return new Frame(header[3], header[8], weighted ? Arrays.copyOfRange(content, 5, length) : content);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private record Frame(int type, int stream, byte[] content) {}
}
