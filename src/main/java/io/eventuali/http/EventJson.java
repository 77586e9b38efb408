package io.eventuali.http;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.eventuali.event.StreamEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/** StreamEvents as they are on the wire: flat, with {@code data} and {@code metadata} as they were sent. */
public final class EventJson {
    private static final JsonFactory JSON = new JsonFactory();
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
    static void write(JsonGenerator json, StreamEvent event) throws IOException {
        json.writeStartObject();
        writeMembers(json, event);
        json.writeEndObject();
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
