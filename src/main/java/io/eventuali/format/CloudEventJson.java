package io.eventuali.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.jackson.JsonFormatOptions;
import io.eventuali.event.InvalidEventException;
import io.eventuali.event.StrictJson;
import io.eventuali.event.StrictJson.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * CloudEvents in their JSON format, by the SDK's rules for it. Numbers keep their digits, and nothing is added that was not sent.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">JSON Event Format 1.0.2</a>
 */
public final class CloudEventJson {
    /** Media type of one event. */
    public static final String STRUCTURED = "application/cloudevents+json";

    /** Media type of an array of events. */
    public static final String BATCH = "application/cloudevents-batch+json";

    private static final Pattern JSON_TYPE = Pattern.compile("(?i)[^/;]+/(?:[^/;]+\\+)?json\\s*(?:;.*)?");
    private static final Pattern TIME = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})");
    /** Levels that the envelope puts around an event's data. */
    private static final int ENVELOPE_DEPTH = 2;

    private static final int MAX_DEPTH = 1_000;

    private static final JsonFactory PARSERS = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH + ENVELOPE_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final ObjectMapper SDK = sdk(false);
    private static final ObjectMapper SDK_WITH_TEXT = sdk(true);

    private CloudEventJson() {}

    /** @param text whether data that is not JSON is written as a string; otherwise it is in base64 */
    private static ObjectMapper sdk(boolean text) {
        return JsonMapper.builder()
                .addModule(JsonFormat.getCloudEventJacksonModule(JsonFormatOptions.builder()
                        .forceStringSerialization(text)
                        .disableDataContentTypeDefaulting(true)
                        .build()))
                .build();
    }

    /** Whether data of this type is JSON. Without a type it is, by the specification. */
    static boolean isJson(String contentType) {
        return contentType == null || JSON_TYPE.matcher(contentType).matches();
    }

    /**
     * Reads JSON; numbers keep their text.
     *
     * @throws JsonProcessingException if it is none, nests deeper than 1,000 levels or names a member twice
     */
    public static JsonNode tree(String text) throws JsonProcessingException {
        try (JsonParser parser = PARSERS.createParser(text)) {
            parser.nextToken();
            JsonNode tree = node(parser);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "more than one value");
            }
            return tree;
        } catch (JsonProcessingException malformed) {
            throw malformed;
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory", impossible);
        }
    }

    private static JsonNode node(JsonParser parser) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (parser.currentToken() == null) {
            throw new JsonParseException(parser, "no value");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = nodes.objectNode();
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    if (object.replace(name, node(parser)) != null) {
                        throw new JsonParseException(parser, "a member is named twice");
                    }
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = nodes.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(node(parser));
                }
                yield array;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new NumberText(parser.getText());
            case VALUE_STRING -> nodes.textNode(parser.getText());
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            default -> nodes.nullNode();
        };
    }

    /** A tree as text. What UTF-8 cannot say, half of a surrogate pair, stays an escape. */
    public static String text(JsonNode tree) {
        return AttributeText.ofJson(tree.toString());
    }

    /**
     * Reads one event.
     *
     * @throws InvalidEventException naming the attribute and the rule
     */
    public static CloudEvent read(byte[] body) {
        return event(parse(body, "", 1), "");
    }

    /**
     * Reads an array of events.
     *
     * @param maxEvents that it may hold; one at least
     * @throws InvalidEventException naming the event, the attribute and the rule
     */
    public static List<CloudEvent> readBatch(byte[] body, int maxEvents) {
        JsonNode batch = parse(body, "events", 2);
        if (!batch.isArray()) {
            throw new InvalidEventException("body", "must be an array of CloudEvents");
        }
        if (batch.isEmpty() || batch.size() > maxEvents) {
            throw new InvalidEventException("events", "must be 1 to " + maxEvents + " in one request");
        }
        List<CloudEvent> events = new ArrayList<>(batch.size());
        for (JsonNode node : batch) {
            events.add(event(node, "events[" + events.size() + "]."));
        }
        return events;
    }

    /** @param steps how many members and indexes lead to an attribute */
    private static JsonNode parse(byte[] body, String root, int steps) {
        String text = Utf8.decoded(body).orElseThrow(() -> new InvalidEventException("body", "must be UTF-8"));
        StrictJson.violation(text, MAX_DEPTH, ENVELOPE_DEPTH).ifPresent(broken -> {
            List<String> field =
                    broken.path().subList(0, Math.min(steps, broken.path().size()));
            throw broken.in(field.isEmpty() ? "body" : Violation.joined(root, field), steps);
        });
        try {
            return tree(text);
        } catch (JsonProcessingException unreadable) {
            throw new InvalidEventException("body", "must be JSON that can be read");
        }
    }

    /** @param at what stands before the names of attributes */
    private static CloudEvent event(JsonNode node, String at) {
        if (!(node instanceof ObjectNode object)) {
            throw new InvalidEventException(
                    at.isEmpty() ? "body" : at.substring(0, at.length() - 1), "must be a CloudEvent, an object");
        }
        try {
            CloudEventBuilder builder = builder(object);
            Optional<CloudEventData> data = data(object);
            return data.isPresent() ? builder.withData(data.get()).build() : builder.build();
        } catch (InvalidEventException invalid) {
            throw new InvalidEventException(at + invalid.field(), invalid.rule());
        }
    }

    /**
     * An event in binary mode.
     *
     * @param attributes all of them by their names, {@code datacontenttype} with them
     * @param data empty for none
     * @throws InvalidEventException naming the attribute and the rule
     */
    public static CloudEvent binary(Map<String, String> attributes, byte[] data) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        attributes.forEach(object::put);
        CloudEventBuilder builder = builder(object);
        return data.length == 0
                ? builder.build()
                : builder.withData(BytesCloudEventData.wrap(data)).build();
    }

    /** The attributes. */
    private static CloudEventBuilder builder(ObjectNode object) {
        if (!object.path("specversion").asText().equals("1.0")
                || !object.path("specversion").isTextual()) {
            throw new InvalidEventException("specversion", "must be 1.0");
        }
        for (String required : List.of("id", "source", "type")) {
            if (!object.hasNonNull(required)) {
                throw new InvalidEventException(required, "is required for a CloudEvent 1.0");
            }
        }
        CloudEventBuilder builder = CloudEventBuilder.v1();
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            // To be null is to be absent.
            if (!member.getValue().isNull()) {
                attribute(builder, member.getKey(), member.getValue());
            }
        }
        return builder;
    }

    private static void attribute(CloudEventBuilder builder, String name, JsonNode value) {
        switch (name) {
            case "specversion", "data", "data_base64" -> {}
            case "id" -> builder.withId(text(name, value));
            case "source" -> builder.withSource(uri(name, text(name, value)));
            case "type" -> builder.withType(text(name, value));
            case "subject" -> builder.withSubject(text(name, value));
            case "datacontenttype" -> builder.withDataContentType(text(name, value));
            case "dataschema" -> builder.withDataSchema(uri(name, text(name, value)));
            case "time" -> builder.withTime(time(text(name, value)));
            default -> extension(builder, name, value);
        }
    }

    private static String text(String name, JsonNode value) {
        if (!value.isTextual()) {
            throw new InvalidEventException(name, "must be a string");
        }
        return value.textValue();
    }

    private static URI uri(String name, String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException another) {
            throw new InvalidEventException(name, "must be a URI reference");
        }
    }

    private static OffsetDateTime time(String text) {
        try {
            if (TIME.matcher(text).matches()) {
                return OffsetDateTime.parse(text);
            }
        } catch (DateTimeException noMoment) {
            // Below.
        }
        throw new InvalidEventException("time", "must be a moment of RFC 3339 such as 2026-11-23T10:00:00.123Z");
    }

    private static void extension(CloudEventBuilder builder, String name, JsonNode value) {
        CloudEventMapping.checkExtensionName(name);
        if (value.isTextual()) {
            builder.withExtension(name, value.textValue());
        } else if (value.isBoolean()) {
            builder.withExtension(name, value.booleanValue());
        } else if (value instanceof NumberText number && number.integer().isPresent()) {
            builder.withExtension(name, Integer.valueOf(number.integer().getAsInt()));
        } else {
            throw new InvalidEventException(name, "must be a string, a boolean or an integer of 32 bits");
        }
    }

    private static Optional<CloudEventData> data(ObjectNode event) {
        JsonNode bytes = event.path("data_base64");
        JsonNode data = event.path("data");
        if (event.hasNonNull("data_base64")) {
            if (event.hasNonNull("data")) {
                throw new InvalidEventException("data_base64", "must not come together with data");
            }
            byte[] decoded = base64(text("data_base64", bytes));
            if (isJson(event.path("datacontenttype").textValue())
                    && Utf8.text(decoded)
                            .filter(json ->
                                    StrictJson.violation(json, MAX_DEPTH).isEmpty())
                            .isEmpty()) {
                throw new InvalidEventException(
                        "data_base64", "must be JSON in UTF-8, where datacontenttype is JSON or left out");
            }
            return Optional.of(BytesCloudEventData.wrap(decoded));
        }
        if (isJson(event.path("datacontenttype").textValue())) {
            return data.isMissingNode() ? Optional.empty() : Optional.of(JsonCloudEventData.wrap(data));
        }
        if (data.isMissingNode() || data.isNull()) {
            return Optional.empty();
        }
        if (!data.isTextual()) {
            throw new InvalidEventException("data", "must be a string, since datacontenttype is not JSON");
        }
        return Optional.of(BytesCloudEventData.wrap(data.textValue().getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException another) {
            throw new InvalidEventException("data_base64", "must be base64");
        }
    }

    /** One event as UTF-8 bytes on one line. */
    public static byte[] bytes(CloudEvent event) {
        boolean text = event.getData() instanceof BytesCloudEventData bytes
                && Utf8.text(bytes.toBytes()).isPresent();
        try {
            return (text ? SDK_WITH_TEXT : SDK).writeValueAsBytes(event);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
    }
}
