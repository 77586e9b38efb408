package io.eventuali.format;

import static java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.rw.CloudEventRWException;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.JsonText;
import io.eventuali.event.Names;
import io.eventuali.event.NewEvent;
import io.eventuali.event.StreamEvent;
import io.eventuali.event.StreamId;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Events as CloudEvents and back, without a loss: what has no place of its own in an event is kept under {@code cloudevents} in
 * its metadata, and what has none in a CloudEvent becomes an extension. The whole table is in {@code docs/guides/cloudevents.md}.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md">CloudEvents 1.0.2</a>
 */
@Singleton
public class CloudEventMapping {
    /** Member of the metadata with the attributes that an event has no place for. */
    static final String KEPT = "cloudevents";

    private static final String AGGREGATE_TYPE = "aggregatetype";
    private static final String AGGREGATE_ID = "aggregateid";
    private static final String GLOBAL_POSITION = "globalposition";
    private static final String STREAM_POSITION = "streamposition";
    private static final String RECORDED_TIME = "recordedtime";
    private static final String METADATA = "metadata";
    private static final String ERROR = "eventualierror";
    private static final String JSON = "application/json";
    private static final String FOLDED = "folded";
    /** An event that came with one of these would be taken for a substitute, or for one that stands for others. */
    private static final Set<String> RESERVED = Set.of(ERROR, FOLDED);

    private static final int MAX_SHOWN = 100;
    /** Extensions that are members of the metadata, by the name they have there. */
    private static final Map<String, String> METADATA_OF_EXTENSION = Map.of(
            "traceparent", "traceparent",
            "tracestate", "tracestate",
            "correlationid", "correlationId",
            "causationid", "causationId");

    private final String source;

    CloudEventMapping(CloudEventsConfig config) {
        this.source = config.source();
    }

    /**
     * What is to be appended for a CloudEvent.
     *
     * @param ids the event id for a name, which others cannot work out: where the event's own id is no UUID
     * @throws InvalidEventException naming the attribute and the rule
     */
    public IncomingEvent incoming(CloudEvent event, Function<String, UUID> ids) {
        if (event.getSpecVersion() != SpecVersion.V1) {
            throw new InvalidEventException("specversion", "must be 1.0");
        }
        check(event);
        Names.check("type", event.getType());
        StreamId stream = stream(event);
        UUID id = eventId(event, stream, ids);
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        if (!id.toString().equals(event.getId())) {
            kept.put("id", event.getId());
        }
        kept.put("source", event.getSource().toString());
        putText(kept, "subject", event.getSubject());
        putText(kept, "time", event.getTime() == null ? null : ISO_OFFSET_DATE_TIME.format(event.getTime()));
        putText(kept, "datacontenttype", event.getDataContentType());
        putText(kept, "dataschema", event.getDataSchema());
        DataText data = DataText.of(event);
        if (data.encoding() != null) {
            kept.put("dataencoding", data.encoding());
        }
        extensions(event, metadata, kept);
        metadata.set(KEPT, kept);
        return new IncomingEvent(
                stream,
                new NewEvent(
                        Optional.of(id),
                        event.getType(),
                        new JsonText(data.json()),
                        new JsonText(CloudEventJson.text(metadata))));
    }

    /** What holds for each attribute, in whichever mode it came. */
    private static void check(CloudEvent event) {
        attribute("id", event.getId());
        attribute("source", event.getSource().toString());
        attribute("subject", event.getSubject());
        attribute("datacontenttype", event.getDataContentType());
        attribute(
                "dataschema",
                event.getDataSchema() == null ? null : event.getDataSchema().toString());
        if (event.getTime() != null
                && (event.getTime().getYear() < 0 || event.getTime().getYear() > 9999)) {
            throw new InvalidEventException("time", "must be in a year of four digits");
        }
        for (String name : event.getExtensionNames()) {
            checkExtensionName(name);
            if (RESERVED.contains(name)) {
                throw new InvalidEventException(
                        name, "must not be sent: it is for what the service says of an event that it gives out");
            }
            if (event.getExtension(name) instanceof String text) {
                AttributeText.check(name, text);
            }
        }
    }

    private static void attribute(String name, String text) {
        if (text != null) {
            if (text.isEmpty()) {
                throw new InvalidEventException(name, "must not be empty");
            }
            AttributeText.check(name, text);
        }
    }

    /** @throws InvalidEventException if no extension may have this name */
    static void checkExtensionName(String name) {
        if (name.isEmpty() || name.equals("data") || !name.chars().allMatch(CloudEventMapping::isOfName)) {
            String shown = !name.isEmpty() && AttributeText.isLegal(name) ? name : "extension";
            throw new InvalidEventException(
                    shown.length() > MAX_SHOWN ? shown.substring(0, MAX_SHOWN) + "…" : shown,
                    "must not be the name of an extension, which is of lower-case letters and digits and not data");
        }
    }

    private static boolean isOfName(int c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    /**
     * The specification makes id and source together unique; an id that is a UUID already is so alone. Another one is made for its stream
     * and type, so that clients who may not append the same events cannot get in each other's way.
     */
    private static UUID eventId(CloudEvent event, StreamId stream, Function<String, UUID> ids) {
        try {
            UUID id = UUID.fromString(event.getId());
            // The JDK also takes shortened groups for a UUID.
            if (id.toString().equalsIgnoreCase(event.getId())) {
                return id;
            }
        } catch (IllegalArgumentException another) {
            // Below.
        }
        // None of these has a line break.
        return ids.apply(String.join(
                "\n",
                stream.aggregateType(),
                stream.aggregateId(),
                event.getType(),
                event.getSource().toString(),
                event.getId()));
    }

    private static void extensions(CloudEvent event, ObjectNode metadata, ObjectNode kept) {
        ObjectNode others = JsonNodeFactory.instance.objectNode();
        for (String name : event.getExtensionNames()) {
            Object value = event.getExtension(name);
            String member = METADATA_OF_EXTENSION.get(name);
            if (name.equals(AGGREGATE_TYPE) || name.equals(AGGREGATE_ID)) {
                continue;
            }
            if (member != null && value instanceof String text) {
                metadata.put(member, text);
            } else if (name.equals(METADATA) && jsonObject(value).isPresent()) {
                jsonObject(value).get().properties().forEach(entry -> metadata.set(entry.getKey(), entry.getValue()));
            } else if (value instanceof Boolean flag) {
                others.put(name, flag);
            } else if (value instanceof Integer number) {
                others.put(name, number);
            } else {
                others.put(name, text(value));
            }
        }
        if (!others.isEmpty()) {
            kept.set("extensions", others);
        }
    }

    private static Optional<ObjectNode> jsonObject(Object value) {
        try {
            return value instanceof String text && CloudEventJson.tree(text) instanceof ObjectNode object
                    ? Optional.of(object)
                    : Optional.empty();
        } catch (JsonProcessingException another) {
            return Optional.empty();
        }
    }

    private static String text(Object value) {
        return value instanceof byte[] bytes ? Base64.getEncoder().encodeToString(bytes) : value.toString();
    }

    private static void putText(ObjectNode object, String name, Object value) {
        if (value != null) {
            object.put(name, value.toString());
        }
    }

    private static StreamId stream(CloudEvent event) {
        Object type = event.getExtension(AGGREGATE_TYPE);
        Object id = event.getExtension(AGGREGATE_ID);
        Object key = event.getExtension("partitionkey");
        String aggregateType =
                type == null ? name("source", lastSegment(event.getSource())) : name(AGGREGATE_TYPE, text(type));
        String aggregateId;
        if (id != null) {
            aggregateId = name(AGGREGATE_ID, text(id));
        } else if (event.getSubject() != null) {
            aggregateId = name("subject", event.getSubject());
        } else if (key != null) {
            aggregateId = name("partitionkey", text(key));
        } else {
            // Nothing says what it is about, so nothing has to stand in one order with it.
            aggregateId = name("id", event.getId());
        }
        return new StreamId(aggregateType, aggregateId);
    }

    private static String name(String attribute, String text) {
        if (text.equals(".") || text.equals("..")) {
            throw new InvalidEventException(attribute, "must not name a stream . or .., which no URL can name");
        }
        return Names.check(attribute, text);
    }

    /** {@code orders} of {@code https://shop.example/orders}; the whole of a source without a path. */
    private static String lastSegment(URI source) {
        String path = source.getPath();
        if (path == null) {
            return source.toString();
        }
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        String segment = trimmed.substring(trimmed.lastIndexOf('/') + 1);
        return segment.isEmpty() ? source.toString() : segment;
    }

    /** An event of the log as a CloudEvent. */
    public CloudEvent outgoing(StreamEvent event) {
        return builder(event).build();
    }

    /** The same, with how many earlier events of its aggregate it stands for, as the extension {@code folded}. */
    public CloudEvent outgoing(StreamEvent event, long folded) {
        return builder(event).withExtension(FOLDED, Long.toString(folded)).build();
    }

    private io.cloudevents.core.v1.CloudEventBuilder builder(StreamEvent event) {
        Optional<ObjectNode> readable = metadata(event);
        if (readable.isEmpty()) {
            // Of an older log: it cannot be taken apart, so it goes as it stands.
            return placed(fresh(event), event)
                    .withExtension(
                            METADATA, AttributeText.ofJson(event.metadata().text()));
        }
        ObjectNode metadata = readable.get();
        io.cloudevents.core.v1.CloudEventBuilder builder = kept(event, metadata).orElseGet(() -> fresh(event));
        METADATA_OF_EXTENSION.forEach((extension, member) -> {
            JsonNode value = metadata.path(member);
            if (value.isTextual() && !value.textValue().isEmpty() && AttributeText.isLegal(value.textValue())) {
                builder.withExtension(extension, metadata.remove(member).textValue());
            }
        });
        if (!metadata.isEmpty()) {
            builder.withExtension(METADATA, CloudEventJson.text(metadata));
        }
        return placed(builder, event);
    }

    private static io.cloudevents.core.v1.CloudEventBuilder placed(
            io.cloudevents.core.v1.CloudEventBuilder builder, StreamEvent event) {
        return builder.withExtension(AGGREGATE_TYPE, event.aggregateType())
                .withExtension(AGGREGATE_ID, event.aggregateId())
                .withExtension(GLOBAL_POSITION, Long.toString(event.globalPosition()))
                .withExtension(STREAM_POSITION, Long.toString(event.streamPosition()))
                .withExtension(RECORDED_TIME, event.timestamp().atOffset(ZoneOffset.UTC));
    }

    /** What stands for an event that cannot be given: where it is in the log, without data, and the reason as {@code eventualierror}. */
    public CloudEvent substitute(StreamEvent event, String reason) {
        return placed(
                        CloudEventBuilder.v1()
                                .withId(event.eventId().toString())
                                .withSource(URI.create(source + "/" + encode(event.aggregateType())))
                                .withType(event.eventType())
                                .withSubject(event.aggregateId())
                                .withTime(event.timestamp().atOffset(ZoneOffset.UTC)),
                        event)
                .withExtension(ERROR, reason)
                .build();
    }

    private static Optional<ObjectNode> metadata(StreamEvent event) {
        // Most events have none.
        if (event.metadata().equals(JsonText.EMPTY_OBJECT)) {
            return Optional.of(JsonNodeFactory.instance.objectNode());
        }
        try {
            return CloudEventJson.tree(event.metadata().text()) instanceof ObjectNode object
                    ? Optional.of(object)
                    : Optional.empty();
        } catch (JsonProcessingException unreadable) {
            return Optional.empty();
        }
    }

    private io.cloudevents.core.v1.CloudEventBuilder fresh(StreamEvent event) {
        return CloudEventBuilder.v1()
                .withId(event.eventId().toString())
                .withSource(URI.create(source + "/" + encode(event.aggregateType())))
                .withType(event.eventType())
                .withSubject(event.aggregateId())
                .withTime(event.timestamp().atOffset(ZoneOffset.UTC))
                .withDataContentType(JSON)
                .withData(json(event.data()));
    }

    /** Attributes of an event that came as a CloudEvent. Metadata are the client's, so what looks like it may be something else. */
    private static Optional<io.cloudevents.core.v1.CloudEventBuilder> kept(StreamEvent event, ObjectNode metadata) {
        if (!(metadata.get(KEPT) instanceof ObjectNode kept)
                || kept.path("source").asText().isEmpty()
                || kept.path("id").asText("-").isEmpty()) {
            return Optional.empty();
        }
        try {
            io.cloudevents.core.v1.CloudEventBuilder builder = CloudEventBuilder.v1()
                    .withId(kept.path("id").asText(event.eventId().toString()))
                    .withSource(new URI(kept.path("source").asText()))
                    .withType(event.eventType());
            if (kept.has("subject")) {
                builder.withSubject(kept.path("subject").asText());
            }
            if (kept.has("time")) {
                builder.withTime(OffsetDateTime.parse(kept.path("time").asText()));
            }
            if (kept.has("datacontenttype")) {
                builder.withDataContentType(kept.path("datacontenttype").asText());
            }
            if (kept.has("dataschema")) {
                builder.withDataSchema(new URI(kept.path("dataschema").asText()));
            }
            for (Map.Entry<String, JsonNode> extension : kept.path("extensions").properties()) {
                JsonNode value = extension.getValue();
                checkExtensionName(extension.getKey());
                if (value.isBoolean()) {
                    builder.withExtension(extension.getKey(), value.booleanValue());
                } else if (value instanceof NumberText number
                        && number.integer().isPresent()) {
                    builder.withExtension(
                            extension.getKey(), Integer.valueOf(number.integer().getAsInt()));
                } else {
                    builder.withExtension(extension.getKey(), AttributeText.check(extension.getKey(), value.asText()));
                }
            }
            CloudEventData data = data(
                    event.data(),
                    kept.path("dataencoding").asText(),
                    kept.path("datacontenttype").textValue());
            if (data != null) {
                builder.withData(data);
            }
            check(builder.build());
            metadata.remove(KEPT);
            return Optional.of(builder);
        } catch (URISyntaxException | DateTimeException | CloudEventRWException | IllegalArgumentException forged) {
            return Optional.empty();
        }
    }

    /** @throws IllegalArgumentException if no CloudEvent can have become this data under this encoding */
    private static CloudEventData data(JsonText data, String encoding, String contentType) {
        return switch (encoding) {
            case DataText.NONE -> {
                require(node(data).isNull());
                yield null;
            }
            case DataText.TEXT ->
                BytesCloudEventData.wrap(string(data, contentType).getBytes(StandardCharsets.UTF_8));
            case DataText.BASE64 -> BytesCloudEventData.wrap(Base64.getDecoder().decode(string(data, contentType)));
            default -> json(data);
        };
    }

    private static void require(boolean possible) {
        if (!possible) {
            throw new IllegalArgumentException("the encoding does not fit the data");
        }
    }

    private static CloudEventData json(JsonText data) {
        return JsonCloudEventData.wrap(JsonNodeFactory.instance.rawValueNode(new RawValue(data.text())));
    }

    /** Data of a JSON type was never encoded: as bytes it would stand in the event as it is, well-formed or not. */
    private static String string(JsonText data, String contentType) {
        JsonNode node = node(data);
        require(node.isTextual() && !CloudEventJson.isJson(contentType));
        return node.textValue();
    }

    private static JsonNode node(JsonText data) {
        try {
            return CloudEventJson.tree(data.text());
        } catch (JsonProcessingException impossible) {
            throw new IllegalArgumentException("data is no JSON", impossible);
        }
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * What a CloudEvent is in the log.
     *
     * @param stream where it belongs
     * @param event what is to be appended
     */
    public record IncomingEvent(StreamId stream, NewEvent event) {}

    /**
     * The data of a CloudEvent as JSON.
     *
     * @param json what the event's data becomes
     * @param encoding how to get the data back from it; null if it was JSON
     */
    private record DataText(String json, String encoding) {
        static final String NONE = "none";
        static final String TEXT = "text";
        static final String BASE64 = "base64";

        static DataText of(CloudEvent event) {
            CloudEventData data = event.getData();
            if (data == null) {
                return new DataText("null", NONE);
            }
            if (data instanceof JsonCloudEventData json) {
                return new DataText(CloudEventJson.text(json.getNode()), null);
            }
            byte[] bytes = data.toBytes();
            Optional<String> text = Utf8.text(bytes);
            if (CloudEventJson.isJson(event.getDataContentType())) {
                // Whether it is well-formed, the store says.
                return new DataText(
                        text.orElseThrow(() -> new InvalidEventException("data", "must be JSON in UTF-8")), null);
            }
            return text.map(readable -> new DataText(quoted(readable), TEXT))
                    .orElseGet(() -> new DataText(quoted(Base64.getEncoder().encodeToString(bytes)), BASE64));
        }

        private static String quoted(String text) {
            return JsonNodeFactory.instance.textNode(text).toString();
        }
    }
}
