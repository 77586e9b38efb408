package io.eventuali.kafka;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Records whose parts are found by configured headers and JSON pointers. */
final class FieldRecords implements RecordMapping {
    private final Field aggregateType;
    private final Field aggregateId;
    private final Field eventType;
    private final Field eventId;
    private final Field data;
    private final Field metadata;

    /** @throws IllegalArgumentException if a place is not one of those that are known */
    FieldRecords(KafkaConfig.Fields fields) {
        this.aggregateType = Field.of(fields.aggregateType());
        this.aggregateId = Field.of(fields.aggregateId());
        this.eventType = Field.of(fields.eventType());
        this.eventId = Field.of(fields.eventId());
        this.data = Field.of(fields.data());
        this.metadata = Field.of(fields.metadata());
    }

    @Override
    public IncomingEvent map(ConsumerRecord<byte[], byte[]> consumed) {
        Parsed record = new Parsed(consumed);
        StreamId stream = new StreamId(
                required("aggregateType", aggregateType, record), required("aggregateId", aggregateId, record));
        NewEvent event = new NewEvent(
                eventId.find(record).map(FieldRecords::text).map(FieldRecords::uuid),
                required("eventType", eventType, record),
                data.find(record)
                        .map(FieldRecords::json)
                        .orElseThrow(() -> new UnmappableException("the record has no data at " + data.place())),
                metadata.find(record).map(FieldRecords::json).orElse(JsonText.EMPTY_OBJECT));
        return new IncomingEvent(stream, event);
    }

    private static String required(String name, Field field, Parsed record) {
        return field.find(record)
                .map(FieldRecords::text)
                .orElseThrow(
                        () -> new UnmappableException("the record has no %s at %s".formatted(name, field.place())));
    }

    private static String text(Object found) {
        return found instanceof JsonNode node ? node.asText() : found.toString();
    }

    private static JsonText json(Object found) {
        return new JsonText(found instanceof JsonNode node ? CloudEventJson.text(node) : found.toString());
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException another) {
            throw new UnmappableException("the event id is no UUID: " + text);
        }
    }

    /** A record whose value is parsed at most once. */
    private static final class Parsed {
        private final ConsumerRecord<byte[], byte[]> record;
        private JsonNode value;

        Parsed(ConsumerRecord<byte[], byte[]> record) {
            this.record = record;
        }

        Optional<String> header(String name) {
            Header header = record.headers().lastHeader(name);
            return header == null || header.value() == null ? Optional.empty() : Optional.of(utf8(header.value()));
        }

        Optional<String> key() {
            return Optional.ofNullable(record.key()).map(Parsed::utf8);
        }

        String topic() {
            return record.topic();
        }

        Optional<String> value() {
            return Optional.ofNullable(record.value()).map(Parsed::utf8);
        }

        Optional<JsonNode> value(JsonPointer pointer) {
            if (record.value() == null) {
                return Optional.empty();
            }
            try {
                if (value == null) {
                    value = CloudEventJson.tree(utf8(record.value()));
                }
            } catch (IOException malformed) {
                throw new UnmappableException("the value is no JSON");
            }
            JsonNode found = value.at(pointer);
            return found.isMissingNode() ? Optional.empty() : Optional.of(found);
        }

        private static String utf8(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** A place in a record, and how to look there: a text, or a node of JSON. */
    private record Field(String place, Function<Parsed, Optional<?>> finder) {
        private static final String HEADER = "header:";
        private static final String VALUE = "value:";
        private static final String TEXT = "text:";

        static Field of(String place) {
            if (place.startsWith(HEADER)) {
                String name = place.substring(HEADER.length());
                return new Field(place, record -> record.header(name));
            }
            if (place.startsWith(VALUE)) {
                JsonPointer pointer = JsonPointer.compile(place.substring(VALUE.length()));
                return new Field(place, record -> record.value(pointer));
            }
            if (place.startsWith(TEXT)) {
                String text = place.substring(TEXT.length());
                return new Field(place, record -> Optional.of(text));
            }
            return switch (place) {
                case "key" -> new Field(place, Parsed::key);
                case "topic" -> new Field(place, record -> Optional.of(record.topic()));
                case "value" -> new Field(place, Parsed::value);
                default ->
                    throw new IllegalArgumentException(
                            "a place in a record is key, topic, value, value:/pointer, header:NAME or text:…, not "
                                    + place);
            };
        }

        Optional<Object> find(Parsed record) {
            return finder.apply(record).map(Function.identity());
        }
    }
}
