package io.eventuali.support;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** HTTP over a bare socket: sends what a decent client would refuse to send. Every request has a connection of its own. */
public final class RawHttp {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final String host;
    private final int port;
    private final String source;

    public RawHttp(URL server) {
        this(server, "");
    }

    /** The same from another address of this machine, such as 127.0.0.2. */
    public RawHttp(URL server, String source) {
        this.host = server.getHost();
        this.port = server.getPort();
        this.source = source;
    }

    /** A request with a body, or without one if it is empty and the method has none. */
    public Answer send(Request request) throws IOException {
        return exchange(request.bytes());
    }

    /** The status of the answer, whose body may never end. */
    public int status(Request request) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream().write(request.bytes());
            String line = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
            if (line == null) {
                throw new IOException("no HTTP answer");
            }
            return Integer.parseInt(line.split(" ")[1]);
        }
    }

    /** Sends these bytes and reads the answer until the server closes the connection. */
    public Answer exchange(byte[] bytes) throws IOException {
        try (Socket socket = open()) {
            OutputStream out = socket.getOutputStream();
            try {
                out.write(bytes);
                out.flush();
            } catch (IOException refusedEarly) {
                // The answer is there all the same.
            }
            return Answer.read(socket.getInputStream());
        }
    }

    /** Sends the head and then this piece again and again. Returns the bytes that the server took before it cut the connection. */
    public long sendForEver(byte[] head, byte[] piece, long atMost) throws IOException {
        try (Socket socket = open()) {
            OutputStream out = socket.getOutputStream();
            out.write(head);
            long taken = 0;
            while (taken < atMost) {
                try {
                    out.write(piece);
                } catch (IOException cut) {
                    return taken;
                }
                taken += piece.length;
            }
            return taken;
        }
    }

    private Socket open() throws IOException {
        Socket socket =
                source.isEmpty() ? new Socket(host, port) : new Socket(host, port, InetAddress.getByName(source), 0);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    /** A request; the target is sent as it stands. */
    public record Request(String method, String target, String[] headers, byte[] body) {
        public static Request get(String target, String... headers) {
            return new Request("GET", target, headers, new byte[0]);
        }

        public static Request post(String target, String body, String... headers) {
            return new Request("POST", target, headers, body.getBytes(StandardCharsets.UTF_8));
        }

        byte[] bytes() {
            boolean hasLength = Arrays.stream(headers)
                    .map(header -> header.toLowerCase(Locale.ROOT))
                    .anyMatch(header -> header.startsWith("content-length") || header.startsWith("transfer-encoding"));
            StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
            head.append("Host: localhost\r\nConnection: close\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            if (!hasLength && !method.equals("GET")) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeBytes(body);
            return bytes.toByteArray();
        }
    }

    /** An answer; header names are in lower case. */
    public record Answer(int status, Map<String, String> headers, String body) {
        static Answer read(InputStream in) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] piece = new byte[8192];
            try {
                for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                    bytes.write(piece, 0, read);
                }
            } catch (IOException reset) {
                // The server closes without reading the rest of what we sent; what it said before that counts.
            }
            String text = bytes.toString(StandardCharsets.UTF_8);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                throw new IOException("no HTTP answer: " + text);
            }
            String[] head = text.substring(0, end).split("\r\n");
            Map<String, String> headers = new TreeMap<>();
            for (String line : Arrays.asList(head).subList(1, head.length)) {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
            return new Answer(Integer.parseInt(head[0].split(" ")[1]), headers, text.substring(end + 4));
        }
    }
}
