package io.eventuali.support;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses an event stream by the letter of the HTML standard, and refuses what the standard would forgive but Eventuali must
 * never send: CR, fields without a meaning, malformed UTF-8. Bytes may come in pieces of any size. Not safe for threads.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">HTML, Interpreting an
 *     event stream</a>
 */
public final class SseParser {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final List<SseFrame> frames = new ArrayList<>();
    private String event = "";
    private StringBuilder data;
    private String id;
    private long retry = -1;
    private String lastEventId = "";
    private long reconnectionMillis = -1;

    /** The frames that these bytes complete. */
    public List<SseFrame> feed(byte[] bytes, int offset, int length) {
        frames.clear();
        for (int at = offset; at < offset + length; at++) {
            if (bytes[at] == '\n') {
                endOfLine();
            } else if (bytes[at] == '\r') {
                throw new IllegalStateException("CR in an event stream whose line ends are LF");
            } else {
                line.write(bytes[at]);
            }
        }
        return List.copyOf(frames);
    }

    /** Every frame of a recording; an unfinished one at its end is dropped, as the standard asks. */
    public static List<SseFrame> parse(byte[] bytes) {
        return new SseParser().feed(bytes, 0, bytes.length);
    }

    /** What a client would send as {@code Last-Event-ID} now; empty before the first id. */
    public String lastEventId() {
        return lastEventId;
    }

    /** The reconnection time that the server asked for, or -1. */
    public long reconnectionMillis() {
        return reconnectionMillis;
    }

    private void endOfLine() {
        String text = utf8(line.toByteArray());
        line.reset();
        if (text.isEmpty()) {
            dispatch();
            return;
        }
        int colon = text.indexOf(':');
        String field = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        field(field, value.startsWith(" ") ? value.substring(1) : value);
    }

    private void field(String field, String value) {
        switch (field) {
            case "" -> {} // a comment
            case "event" -> event = value;
            case "data" -> {
                data = data == null ? new StringBuilder() : data.append('\n');
                data.append(value);
            }
            case "id" -> {
                if (!value.matches("[0-9]+")) {
                    throw new IllegalStateException("an id that is not a position: " + value);
                }
                id = value;
            }
            case "retry" -> {
                retry = Long.parseLong(value);
                reconnectionMillis = retry;
            }
            default -> throw new IllegalStateException("a field without a meaning: " + field);
        }
    }

    /** Ends a block. By the standard its id counts even if it has no data and is therefore dispatched to nobody. */
    private void dispatch() {
        if (id != null) {
            lastEventId = id;
        }
        if (data != null || id != null || retry >= 0 || !event.isEmpty()) {
            frames.add(new SseFrame(
                    event.isEmpty() ? "message" : event,
                    id,
                    data == null ? null : data.toString(),
                    retry,
                    lastEventId));
        }
        event = "";
        data = null;
        id = null;
        retry = -1;
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new IllegalStateException("an event stream that is not UTF-8", malformed);
        }
    }
}
