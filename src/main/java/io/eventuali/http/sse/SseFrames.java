package io.eventuali.http.sse;

import io.eventuali.event.StreamEvent;
import io.eventuali.http.EventJson;
import io.eventuali.http.EventJson.Body;
import io.eventuali.stream.FrameEncoder;
import io.eventuali.stream.LogEntry;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Events;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What goes over the wire, as bytes. Line ends are LF, ids are decimal digits, every data is one line.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, Server-sent events</a>
 */
final class SseFrames {
    /** Frames of events, shared by all subscribers: {@code id} and {@code data}. */
    static final FrameEncoder ENCODER = SseFrames::event;

    private static final byte[] ID = ascii("id: ");
    private static final byte[] DATA = ascii("\ndata: ");
    private static final byte[] END = ascii("\n\n");

    private SseFrames() {}

    private static byte[] event(StreamEvent event) {
        byte[] json = EventJson.bytes(event);
        byte[] id = ascii(Long.toString(event.globalPosition()));
        return join(List.of(ID, id, DATA, json, END));
    }

    /**
     * All events of one piece in one run of bytes.
     *
     * @param named whether each frame is to carry its event type in the {@code event} field
     */
    static byte[] events(Events events, boolean named) {
        int length = 0;
        List<LogEntry> entries = events.entries();
        byte[][] parts = new byte[named ? 2 * entries.size() : entries.size()][];
        int part = 0;
        for (LogEntry entry : entries) {
            if (named) {
                // The order of fields within a frame is free, so the shared bytes can follow.
                byte[] name = ("event: " + entry.event().eventType() + "\n").getBytes(StandardCharsets.UTF_8);
                parts[part++] = name;
                length += name.length;
            }
            byte[] frame = entry.frame(ENCODER);
            parts[part++] = frame;
            length += frame.length;
        }
        return parts.length == 1 ? parts[0] : join(parts, length);
    }

    /** The first frame of every stream. It carries an id, so that a client cut off before its first event resumes here. */
    static byte[] subscribed(Subscribed subscribed, Duration retry) {
        return frame("subscribed", subscribed.position(), retry, json -> {
            json.writeStartObject();
            json.writeStringField("subscriptionId", subscribed.subscriptionId());
            json.writeStringField("verdict", lower(subscribed.verdict()));
            json.writeFieldName("requestedPosition");
            if (subscribed.requestedPosition().isPresent()) {
                json.writeNumber(subscribed.requestedPosition().getAsLong());
            } else {
                json.writeNull();
            }
            json.writeNumberField("startPosition", subscribed.position());
            json.writeNumberField("headPosition", subscribed.head().position());
            json.writeStringField("epoch", subscribed.head().epoch());
            json.writeEndObject();
        });
    }

    /** Everything in the log was seen. */
    static byte[] caughtUp(CaughtUp caughtUp) {
        return frame("caught-up", caughtUp.position(), null, json -> {
            json.writeStartObject();
            json.writeNumberField("position", caughtUp.position());
            json.writeEndObject();
        });
    }

    /** Moves the client's cursor. Its data is empty, so that no message handler is called, yet every client takes the id. */
    static byte[] checkpoint(Examined examined) {
        return ascii("event: checkpoint\nid: " + examined.position() + "\ndata:\n\n");
    }

    /** The stream ends; the client comes back after {@code retry}. */
    static byte[] closing(Closing closing, boolean resumable, Duration retry) {
        return frame("closing", resumable ? closing.position() : -1, retry, json -> {
            json.writeStartObject();
            json.writeStringField("reason", lower(closing.reason()));
            if (resumable) {
                json.writeNumberField("position", closing.position());
            } else {
                json.writeNullField("position");
            }
            json.writeEndObject();
        });
    }

    /** Between half and one and a half of {@code base}, so that clients cut off together do not come back together. */
    static Duration jittered(Duration base) {
        long millis = Math.max(2, base.toMillis());
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
    }

    private static byte[] frame(String event, long id, Duration retry, Body data) {
        StringBuilder head = new StringBuilder();
        if (retry != null) {
            head.append("retry: ").append(retry.toMillis()).append('\n');
        }
        head.append("event: ").append(event);
        if (id >= 0) {
            head.append("\nid: ").append(id);
        }
        return join(List.of(ascii(head.toString()), DATA, EventJson.write(data), END));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static byte[] join(List<byte[]> parts) {
        return join(
                parts.toArray(byte[][]::new),
                parts.stream().mapToInt(part -> part.length).sum());
    }

    private static byte[] join(byte[][] parts, int length) {
        byte[] joined = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
