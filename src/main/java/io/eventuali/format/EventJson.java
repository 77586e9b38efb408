package io.eventuali.format;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.eventuali.event.JsonText;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/** StreamEvents as they are on the wire: flat, with {@code data} and {@code metadata} as they were sent. */
public final class EventJson {
    /** No event is too deep to be read back: the limit is the log's. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final DateTimeFormatter MICROSECONDS =
            new DateTimeFormatterBuilder().appendInstant(6).toFormatter().withZone(ZoneOffset.UTC);

    private EventJson() {}

    /** One event as UTF-8 bytes on one line. */
    public static byte[] bytes(StreamEvent event) {
        return write(generator -> write(generator, event));
    }

    /** One event as UTF-8 bytes on one line, with how many earlier ones of its aggregate it stands for. */
    public static byte[] bytes(StreamEvent event, long folded) {
        return write(json -> {
            json.writeStartObject();
            writeMembers(json, event);
            json.writeNumberField("folded", folded);
            json.writeEndObject();
        });
    }

    /** Writes one event. */
    public static void write(JsonGenerator json, StreamEvent event) throws IOException {
        json.writeStartObject();
        writeMembers(json, event);
        json.writeEndObject();
    }

    /** Writes where the next page begins, as the member {@code next}; null if there is none. */
    public static void writeNext(JsonGenerator json, OptionalLong next) throws IOException {
        json.writeFieldName("next");
        if (next.isPresent()) {
            json.writeNumber(next.getAsLong());
        } else {
            json.writeNull();
        }
    }

    /** What stands for an event that somebody does not take: where it is in the log, without its data, and the reason. */
    public static byte[] substitute(StreamEvent event, String reason) {
        StreamEvent empty = new StreamEvent(
                event.globalPosition(),
                event.streamPosition(),
                event.eventId(),
                event.streamId(),
                event.eventType(),
                event.timestamp(),
                new JsonText("null"),
                JsonText.EMPTY_OBJECT);
        return write(json -> {
            json.writeStartObject();
            writeMembers(json, empty);
            json.writeStringField("eventualiError", reason);
            json.writeEndObject();
        });
    }

    private static void writeMembers(JsonGenerator json, StreamEvent event) throws IOException {
        json.writeNumberField("globalPosition", event.globalPosition());
        json.writeNumberField("streamPosition", event.streamPosition());
        json.writeStringField("eventId", event.eventId().toString());
        json.writeStringField("aggregateType", event.aggregateType());
        json.writeStringField("aggregateId", event.aggregateId());
        json.writeStringField("eventType", event.eventType());
        json.writeStringField("timestamp", MICROSECONDS.format(event.timestamp()));
        json.writeFieldName("data");
        json.writeRawValue(event.data().text());
        json.writeFieldName("metadata");
        json.writeRawValue(event.metadata().text());
    }

    /**
     * Reads what {@link #bytes(StreamEvent)} wrote; {@code data} and {@code metadata} are cut out as they stand.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static StreamEvent event(byte[] bytes) {
        char[] text = new String(bytes, StandardCharsets.UTF_8).toCharArray();
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = JSON.createParser(text, 0, text.length)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("data") || name.equals("metadata")) {
                    int start = (int) parser.currentTokenLocation().getCharOffset();
                    parser.skipChildren();
                    parser.finishToken();
                    members.put(
                            name,
                            new String(
                                    text, start, (int) parser.currentLocation().getCharOffset() - start));
                } else {
                    members.put(name, parser.getText());
                    parser.skipChildren();
                }
            }
            return new StreamEvent(
                    Long.parseLong(members.get("globalPosition")),
                    Long.parseLong(members.get("streamPosition")),
                    UUID.fromString(members.get("eventId")),
                    new StreamId(members.get("aggregateType"), members.get("aggregateId")),
                    members.get("eventType"),
                    Instant.parse(members.get("timestamp")),
                    new JsonText(members.get("data")),
                    new JsonText(members.get("metadata")));
        } catch (IOException | RuntimeException another) {
            throw new IllegalArgumentException("not the JSON of a StreamEvent", another);
        }
    }

    /** What a body writes, as UTF-8 bytes. */
    public static byte[] write(Body body) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(512)) {
            try (JsonGenerator generator = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
                body.write(generator);
            }
            return bytes.toByteArray();
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
    }

    /** Something that writes JSON. */
    @FunctionalInterface
    public interface Body {
        /** Writes one value. */
        void write(JsonGenerator json) throws IOException;
    }
}
