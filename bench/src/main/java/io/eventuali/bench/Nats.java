package io.eventuali.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** As much of the protocol of NATS as it takes to ask and be answered. */
final class Nats implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;
    private final OutputStream out;
    private final String inbox;

    Nats(int port, int number) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        out = socket.getOutputStream();
        inbox = "_INBOX." + number;
        write("CONNECT {\"verbose\":false}\r\nSUB " + inbox + " 1\r\n");
    }

    String ask(String subject, String message) throws IOException {
        write("PUB %s %s %d\r\n%s\r\n".formatted(subject, inbox, message.length(), message));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("MSG ")) {
                return in.readLine();
            }
            if (line.equals("PING")) {
                write("PONG\r\n");
            } else if (line.startsWith("-ERR")) {
                throw new IOException(line);
            }
        }
        throw new IOException("NATS closed the connection");
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** Returns when the server has taken all that was sent. */
    void flush() throws IOException {
        write("PING\r\n");
        for (String line = in.readLine(); !"PONG".equals(line); line = in.readLine()) {
            if (line == null) {
                throw new IOException("NATS closed the connection");
            }
        }
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
