package io.eventuali.kafka;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.eventuali.event.JsonText;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamId;
import io.eventuali.event.StrictJson;
import io.eventuali.format.CloudEventJson;
import io.eventuali.format.CloudEventMapping.IncomingEvent;
import io.eventuali.format.Utf8;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Records whose parts are found by configured headers and JSON pointers. */
final class FieldRecords implements RecordMapping {
    private static final int MAX_DEPTH = 1_000;

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
                text("eventId", eventId, record).map(FieldRecords::uuid),
                required("eventType", eventType, record),
                data.find(record)
                        .map(FieldRecords::json)
                        .orElseThrow(() -> new UnmappableException("the record has no data at " + data.place())),
                metadata.find(record)
                        .filter(found -> !(found instanceof NullNode))
                        .map(FieldRecords::json)
                        .orElse(JsonText.EMPTY_OBJECT));
        return new IncomingEvent(stream, event);
    }

    private static String required(String name, Field field, Parsed record) {
        return text(name, field, record)
                .orElseThrow(
                        () -> new UnmappableException("the record has no %s at %s".formatted(name, field.place())));
    }

    /** A null of JSON is nothing. */
    private static Optional<String> text(String name, Field field, Parsed record) {
        return field.find(record).filter(found -> !(found instanceof NullNode)).map(found -> {
            if (found instanceof ContainerNode) {
                throw new UnmappableException("the %s at %s is no text".formatted(name, field.place()));
            }
            return found instanceof JsonNode node ? node.asText() : found.toString();
        });
    }

    private static JsonText json(Object found) {
        if (found instanceof JsonNode node) {
            return new JsonText(CloudEventJson.text(node));
        }
        String text = found.toString();
        checkJson(text);
        return new JsonText(text);
    }

    private static void checkJson(String text) {
        StrictJson.violation(text, MAX_DEPTH).ifPresent(broken -> {
            throw new UnmappableException(
                    broken.malformed()
                            ? "the value is no JSON"
                            : broken.in("the value").getMessage());
        });
    }

    private static UUID uuid(String text) {
        try {
            UUID id = UUID.fromString(text);
            // The JDK also takes shortened groups.
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException another) {
            // Below.
        }
        throw new UnmappableException("the event id is no UUID: " + text);
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
            return header == null || header.value() == null
                    ? Optional.empty()
                    : Optional.of(utf8("header " + name, header.value()));
        }

        Optional<String> key() {
            return Optional.ofNullable(record.key()).map(key -> utf8("key", key));
        }

        String topic() {
            return record.topic();
        }

        Optional<String> value() {
            return Optional.ofNullable(record.value()).map(bytes -> utf8("value", bytes));
        }

        Optional<JsonNode> value(JsonPointer pointer) {
            if (record.value() == null) {
                return Optional.empty();
            }
            if (value == null) {
                String text = utf8("value", record.value());
                checkJson(text);
                try {
                    value = CloudEventJson.tree(text);
                } catch (IOException malformed) {
                    throw new UnmappableException("the value is no JSON");
                }
            }
            JsonNode found = value.at(pointer);
            return found.isMissingNode() ? Optional.empty() : Optional.of(found);
        }

        private static String utf8(String what, byte[] bytes) {
            return Utf8.decoded(bytes).orElseThrow(() -> new UnmappableException("the " + what + " is not UTF-8"));
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
