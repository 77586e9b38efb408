package io.eventuali.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.jackson.JsonFormatOptions;
import io.eventuali.event.InvalidEventException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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

    private static final String JSON = "application/json";
    private static final Pattern JSON_TYPE = Pattern.compile("(?i)[^/;]+/(?:[^/;]+\\+)?json\\s*(?:;.*)?");
    /** What the SDK itself takes for JSON; it knows neither dots nor digits before {@code +json}. */
    private static final Pattern JSON_TYPE_OF_SDK = Pattern.compile("(application|text)/([a-zA-Z]+\\+)?json(;.*)*");
    /** Levels that the envelope puts around an event's data. */
    private static final int ENVELOPE_DEPTH = 3;

    private static final int MAX_DEPTH = 1_000;

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH + ENVELOPE_DEPTH)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final ObjectMapper SDK = sdk(false);
    private static final ObjectMapper SDK_WITH_TEXT = sdk(true);

    private CloudEventJson() {}

    /** @param text whether data that is not JSON is written as a string; otherwise it is in base64 */
    private static ObjectMapper sdk(boolean text) {
        return JsonMapper.builder()
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
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

    /** Reads JSON; decimal numbers keep their digits. */
    public static JsonNode tree(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    /** A tree as text. What UTF-8 cannot say, half of a surrogate pair, stays an escape. */
    public static String text(JsonNode tree) {
        String text = tree.toString();
        if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            return text;
        }
        try {
            return MAPPER.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII).writeValueAsString(tree);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException("writing to memory", impossible);
        }
    }

    /**
     * Reads one event.
     *
     * @throws InvalidEventException naming the attribute and the rule
     */
    public static CloudEvent read(byte[] body) {
        return event(parse(body), "event");
    }

    /**
     * Reads an array of events.
     *
     * @param maxEvents that it may hold; one at least
     * @throws InvalidEventException naming the event, the attribute and the rule
     */
    public static List<CloudEvent> readBatch(byte[] body, int maxEvents) {
        JsonNode batch = parse(body);
        if (!batch.isArray()) {
            throw new InvalidEventException("body", "must be an array of CloudEvents");
        }
        if (batch.isEmpty() || batch.size() > maxEvents) {
            throw new InvalidEventException("events", "must be 1 to " + maxEvents + " in one request");
        }
        List<CloudEvent> events = new ArrayList<>(batch.size());
        for (JsonNode node : batch) {
            events.add(event(node, "events[" + events.size() + "]"));
        }
        return events;
    }

    private static JsonNode parse(byte[] body) {
        try {
            return MAPPER.readTree(body);
        } catch (JsonProcessingException malformed) {
            var where = malformed.getLocation();
            throw new InvalidEventException(
                    "body",
                    where == null
                            ? "must be well-formed JSON"
                            : "must be well-formed JSON without repeated names (line %d, column %d)"
                                    .formatted(where.getLineNr(), where.getColumnNr()));
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory", impossible);
        }
    }

    private static CloudEvent event(JsonNode node, String at) {
        if (!(node instanceof ObjectNode object)) {
            throw new InvalidEventException(at, "must be a CloudEvent, an object");
        }
        String version = object.path("specversion").asText();
        if (!version.equals("1.0")) {
            throw new InvalidEventException(at + ".specversion", "must be 1.0");
        }
        JsonNode type = object.get("datacontenttype");
        boolean hidden = type != null
                && type.isTextual()
                && isJson(type.asText())
                && !JSON_TYPE_OF_SDK.matcher(type.asText()).matches();
        if (hidden) {
            object.put("datacontenttype", JSON);
        }
        try {
            CloudEvent event = SDK.treeToValue(object, CloudEvent.class);
            return hidden
                    ? CloudEventBuilder.from(event)
                            .withDataContentType(type.asText())
                            .build()
                    : event;
        } catch (JsonProcessingException | RuntimeException refused) {
            throw new InvalidEventException(at, "must be a CloudEvent 1.0: " + firstLine(refused));
        }
    }

    private static String firstLine(Exception refused) {
        String message = refused instanceof JsonProcessingException json
                ? json.getOriginalMessage()
                : String.valueOf(refused.getMessage());
        return message.lines().findFirst().orElse("it cannot be read");
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
