package io.eventuali.http.sse;

import io.eventuali.consumer.ClaimedEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.format.EventFormat;
import io.eventuali.format.EventJson;
import io.eventuali.format.EventJson.Body;
import io.eventuali.http.ClaimJson;
import io.eventuali.projection.StateChange;
import io.eventuali.stream.BatchEncoder;
import io.eventuali.stream.FrameEncoder;
import io.eventuali.stream.LogEntry;
import io.eventuali.stream.ReceiverSignal.CaughtUp;
import io.eventuali.stream.ReceiverSignal.CloseReason;
import io.eventuali.stream.ReceiverSignal.Closing;
import io.eventuali.stream.ReceiverSignal.Damaged;
import io.eventuali.stream.ReceiverSignal.Examined;
import io.eventuali.stream.ReceiverSignal.Subscribed;
import io.eventuali.stream.ReceiverSignal.Update;
import io.eventuali.stream.ReceiverSignal.Updates;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What goes over the wire, as bytes. Line ends are LF, ids are decimal digits, every data is one line.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, Server-sent events</a>
 */
final class SseFrames {
    /** Frames of events, shared by all subscribers: {@code id} and {@code data}. */
    static final FrameEncoder ENCODER = SseFrames::event;

    /** All events of one piece in one run of bytes. */
    static final BatchEncoder UNNAMED = SseFrames::events;

    /** The same, each frame with its event type in the {@code event} field. */
    static final BatchEncoder NAMED = SseFrames::namedEvents;

    private static final byte[] ID = ascii("id: ");
    private static final byte[] UPDATE = ascii("data: ");
    private static final byte[] DATA = ascii("\ndata: ");
    private static final byte[] END = ascii("\n\n");

    private SseFrames() {}

    private static byte[] event(StreamEvent event) {
        byte[] json = EventJson.bytes(event);
        byte[] id = ascii(Long.toString(event.globalPosition()));
        return join(List.of(ID, id, DATA, json, END));
    }

    private static byte[] events(List<LogEntry> entries) {
        byte[][] parts = new byte[entries.size()][];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = entries.get(i).frame(ENCODER);
            length += parts[i].length;
        }
        return parts.length == 1 ? parts[0] : join(parts, length);
    }

    private static byte[] namedEvents(List<LogEntry> entries) {
        List<byte[]> parts = new ArrayList<>(2 * entries.size());
        for (LogEntry entry : entries) {
            // The order of fields within a frame is free, so the shared bytes can follow.
            parts.add(name(entry.event()));
            parts.add(entry.frame(ENCODER));
        }
        return join(parts);
    }

    /** The same in another format. These frames are made for each piece, since entries keep those of the usual one. */
    static byte[] events(List<LogEntry> entries, EventFormat format, boolean named) {
        List<byte[]> parts = new ArrayList<>(5 * entries.size());
        for (LogEntry entry : entries) {
            if (named) {
                parts.add(name(entry.event()));
            }
            parts.add(ID);
            parts.add(ascii(Long.toString(entry.event().globalPosition())));
            parts.add(DATA);
            parts.add(format.bytes(entry.event()));
            parts.add(END);
        }
        return join(parts);
    }

    private static byte[] name(StreamEvent event) {
        return ("event: " + event.eventType() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The latest events of aggregates, each with how many it stands for. Only the last carries an id: who is cut off between them
     * has not seen all that the id would stand for.
     *
     * @param named whether each frame is to carry its event type in the {@code event} field
     */
    static byte[] updates(Updates updates, boolean named, EventFormat format) {
        List<byte[]> parts = new ArrayList<>();
        int left = updates.updates().size();
        for (Update update : updates.updates()) {
            left--;
            if (named) {
                parts.add(name(update.event()));
            }
            if (left == 0) {
                parts.add(ascii("id: " + updates.position() + "\n"));
            }
            parts.add(UPDATE);
            parts.add(format.bytes(update.event(), update.folded()));
            parts.add(END);
        }
        return join(parts);
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

    /** Positions that cannot be read. Its id is where the subscription stands now. */
    static byte[] damaged(Damaged damaged) {
        return frame("damaged", damaged.position(), null, json -> {
            json.writeStartObject();
            json.writeNumberField("firstPosition", damaged.damage().first());
            json.writeNumberField("lastPosition", damaged.damage().last());
            json.writeStringField("reason", damaged.damage().reason().text());
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

    /** A stream without positions ends, such as one of documents; the client comes back after {@code retry}. */
    static byte[] closing(CloseReason reason, Duration retry) {
        return frame("closing", -1, retry, json -> {
            json.writeStartObject();
            json.writeStringField("reason", lower(reason));
            json.writeEndObject();
        });
    }

    /** Events that are handed out to a worker, a frame each. */
    static byte[] claims(List<ClaimedEvent> claims, EventFormat format) {
        return join(claims.stream()
                .map(claim -> frame("claim", -1, null, json -> ClaimJson.write(json, claim, format)))
                .toList());
    }

    /** Shows that the connection lives, and calls no handler. */
    static byte[] heartbeat() {
        return ascii(":\n\n");
    }

    /**
     * Documents at the beginning, and how they changed.
     *
     * @param delta whether changes are sent as merge patches where there is one
     */
    static byte[] changes(List<StateChange> changes, boolean delta, Duration retry) {
        return join(changes.stream()
                .map(change -> change(change, delta, change.kind() == StateChange.Kind.STATE ? retry : null))
                .toList());
    }

    private static byte[] change(StateChange change, boolean delta, Duration retry) {
        Optional<String> patch =
                delta && change.before().isPresent() && change.json().isPresent()
                        ? MergePatch.between(
                                change.before().get(), change.json().get())
                        : Optional.empty();
        return frame(lower(change.kind()), change.position(), retry, json -> {
            json.writeStartObject();
            json.writeStringField("key", change.key());
            json.writeNumberField("position", change.position());
            if (patch.isPresent()) {
                json.writeFieldName("delta");
                json.writeRawValue(oneLine(patch.get()));
            } else if (change.kind() != StateChange.Kind.REMOVED) {
                json.writeFieldName("state");
                json.writeRawValue(change.json().map(SseFrames::oneLine).orElse("null"));
            }
            json.writeEndObject();
        });
    }

    /** Line breaks between tokens would end the data of a frame; within a JSON string there are none. */
    private static String oneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }

    /** How far a rebuild is. */
    static byte[] progress(long position, String rebuild) {
        return frame("progress", position, null, json -> json.writeRawValue(rebuild));
    }

    /** How a recount of the log stands, which goes on or is over. */
    static byte[] verification(String event, long position, String verification) {
        return frame(event, position, null, json -> json.writeRawValue(verification));
    }

    /** A rebuild is over: what was built is served, or was thrown away. */
    static byte[] ended(boolean served, long position, Duration retry) {
        return frame(served ? "served" : "discarded", position, retry, json -> {
            json.writeStartObject();
            json.writeNumberField("position", position);
            json.writeEndObject();
        });
    }

    /** Between half and one and a half of {@code base}, so that clients cut off together do not come back together. */
    static Duration jittered(Duration base) {
        long millis = Math.max(2, base.toMillis());
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
    }

    /** Any moment within {@code window}, all equally likely: many clients come back at an even rate. */
    static Duration spread(Duration window) {
        return Duration.ofMillis(1 + ThreadLocalRandom.current().nextLong(Math.max(1, window.toMillis())));
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
