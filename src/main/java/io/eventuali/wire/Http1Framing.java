package io.eventuali.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where bodies in chunks begin and end on a connection of HTTP/1. A line with the size of a chunk has to be as RFC 9112 says: the framework's
 * parser, which passes over what it does not know, could see another end of a request than a server in front of it. What the framework refuses by
 * itself is left to it; from there on nothing is looked at any more.
 */
final class Http1Framing {
    /** What no parser takes for the size of a chunk, nor for the end of one. */
    static final byte[] NO_CHUNK = "\r\n?\r\n?\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final String PREFACE = "PRI * HTTP/2.0";
    /** What follows the first line of the preface. */
    private static final int REST_OF_PREFACE = "\r\n\r\nSM\r\n\r\n".length();
    /** Enough of a line to know the headers that matter; one of them that is longer is none that we know. */
    private static final int KEPT = 80;

    private static final int MAX_CHUNK_LINE = 1_024;
    private static final int MAX_DIGITS = 15;
    private static final int HEXADECIMAL = 16;

    private final StringBuilder line = new StringBuilder(KEPT);
    private State state = State.START;
    private Verdict verdict = Verdict.MORE;
    private long left;
    private boolean chunked;
    private long length;
    private boolean empty = true;

    /** What has become of a connection. */
    enum Verdict {
        /** All is well. */
        MORE,
        /** There is no chunk where one has to be. */
        REFUSED,
        /** It is HTTP/2 from here on. */
        HTTP2
    }

    private enum State {
        START,
        HEADERS,
        BODY,
        SIZE,
        CHUNK,
        END_OF_CHUNK,
        TRAILERS,
        PREFACE,
        UNKNOWN
    }

    Verdict verdict() {
        return verdict;
    }

    /**
     * Reads on.
     *
     * @return up to where the bytes may be passed on; what is behind that has to come again, with what follows it
     */
    int read(ByteBuf bytes, int from, int end) {
        int at = from;
        while (at < end && verdict == Verdict.MORE) {
            int next = step(bytes, at, end);
            if (next < 0) {
                return at;
            }
            at = next;
        }
        return at;
    }

    /** @return where the next step begins; -1 if it takes more bytes to tell, or was refused */
    private int step(ByteBuf bytes, int at, int end) {
        switch (state) {
            case START, HEADERS, TRAILERS:
                return readLine(bytes, at, end);
            case BODY, CHUNK, PREFACE:
                return skip(at, end);
            case SIZE:
                return readSize(bytes, at, end);
            case END_OF_CHUNK:
                return readEndOfChunk(bytes, at, end);
            default:
                return end;
        }
    }

    private int skip(int at, int end) {
        int some = (int) Math.min(left, end - at);
        left -= some;
        if (left == 0) {
            if (state == State.PREFACE) {
                verdict = Verdict.HTTP2;
            }
            state = state == State.CHUNK ? State.END_OF_CHUNK : State.START;
        }
        return at + some;
    }

    /** A line of the head, or of what follows the last chunk; it may come in pieces. */
    private int readLine(ByteBuf bytes, int at, int end) {
        int feed = bytes.indexOf(at, end, (byte) '\n');
        int stop = feed < 0 ? end : feed;
        int kept = Math.min(stop - at, KEPT - line.length());
        for (int i = 0; i < kept; i++) {
            line.append((char) (bytes.getByte(at + i) & 0xff));
        }
        if (feed < 0) {
            return startsPreface() ? preface(at + kept) : end;
        }
        if (startsPreface()) {
            return preface(at + kept);
        }
        String text = line.length() > 0 && line.charAt(line.length() - 1) == '\r'
                ? line.substring(0, line.length() - 1)
                : line.toString();
        line.setLength(0);
        ended(text);
        return feed + 1;
    }

    private boolean startsPreface() {
        return state == State.START && line.length() >= PREFACE.length() && line.indexOf(PREFACE) == 0;
    }

    /** @param read up to where the line was taken in, maybe beyond what is looked for */
    private int preface(int read) {
        int begun = line.length() - PREFACE.length();
        line.setLength(0);
        state = State.PREFACE;
        left = REST_OF_PREFACE;
        return read - begun;
    }

    private void ended(String text) {
        switch (state) {
            case START:
                if (!text.isEmpty()) {
                    chunked = false;
                    length = 0;
                    state = text.startsWith("CONNECT ") ? State.UNKNOWN : State.HEADERS;
                }
                break;
            case HEADERS:
                if (text.isEmpty()) {
                    headEnded();
                } else {
                    header(text);
                }
                break;
            default:
                if (text.isEmpty()) {
                    state = State.START;
                }
        }
    }

    private void header(String text) {
        char first = text.charAt(0);
        if (first == ' ' || first == '\t') {
            // The rest of another one.
            state = State.UNKNOWN;
            return;
        }
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        if (name.strip().equalsIgnoreCase("transfer-encoding")) {
            if (chunked
                    || !text.substring(name.length()).replace(":", "").strip().equalsIgnoreCase("chunked")) {
                state = State.UNKNOWN;
            }
            chunked = true;
        } else if (name.strip().equalsIgnoreCase("content-length")) {
            contentLength(text.substring(colon + 1).strip().toLowerCase(Locale.ROOT));
        }
    }

    private void contentLength(String value) {
        boolean number = !value.isEmpty()
                && value.length() <= MAX_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || length > 0) {
            state = State.UNKNOWN;
        } else {
            length = Long.parseLong(value);
        }
    }

    private void headEnded() {
        if (chunked && length > 0) {
            state = State.UNKNOWN;
        } else if (chunked) {
            state = State.SIZE;
        } else {
            left = length;
            state = length > 0 ? State.BODY : State.START;
        }
    }

    /**
     * {@code chunk-size [ chunk-ext ] CRLF}, where an extension begins with a semicolon, before which there may be blanks (RFC 9112), and has
     * no control characters.
     */
    private int readSize(ByteBuf bytes, int at, int end) {
        int feed = bytes.indexOf(at, end, (byte) '\n');
        int stop = feed < 0 ? end : feed;
        long size = 0;
        int i = at;
        for (; i < stop && Character.digit(bytes.getByte(i), HEXADECIMAL) >= 0; i++) {
            size = size * HEXADECIMAL + Character.digit(bytes.getByte(i), HEXADECIMAL);
        }
        int digits = i - at;
        boolean blanks = false;
        for (; i < stop && isBlank(bytes.getByte(i)); i++) {
            blanks = true;
        }
        boolean extended = i < stop && bytes.getByte(i) == ';';
        for (; extended && i < stop && isText(bytes.getByte(i)); i++) {
            // Nothing of it means anything here.
        }
        boolean missing = blanks && !extended;
        boolean ended = feed >= 0 && i == feed - 1 && bytes.getByte(i) == '\r' && !missing;
        boolean maybe = feed < 0 && (i == stop || i == stop - 1 && bytes.getByte(i) == '\r' && !missing);
        if (digits > MAX_DIGITS
                || stop - at > MAX_CHUNK_LINE
                || !(ended && digits > 0 || maybe && (digits > 0 || i == stop && !extended))) {
            verdict = Verdict.REFUSED;
            return -1;
        }
        if (!ended) {
            return -1;
        }
        left = size;
        state = size == 0 ? State.TRAILERS : State.CHUNK;
        return feed + 1;
    }

    private static boolean isBlank(byte character) {
        return character == ' ' || character == '\t';
    }

    private static boolean isText(byte character) {
        return character >= ' ' && character < 0x7f || character == '\t';
    }

    private int readEndOfChunk(ByteBuf bytes, int at, int end) {
        if (bytes.getByte(at) != '\r' || end - at > 1 && bytes.getByte(at + 1) != '\n') {
            verdict = Verdict.REFUSED;
            return -1;
        }
        if (end - at == 1) {
            return -1;
        }
        state = State.SIZE;
        return at + 2;
    }
}
