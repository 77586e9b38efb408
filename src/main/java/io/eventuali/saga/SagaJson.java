package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.eventuali.event.JsonText;
import io.eventuali.tracing.TraceContext;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** The events of sagas as JSON: always the same, whatever the application does to its own Jackson. */
final class SagaJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // What the engine has not written is not to be read as if it had.
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual, texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private static final int MAX_INDEXED = 300;

    private SagaJson() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("cannot write " + value.getClass().getSimpleName(), unfit);
        }
    }

    /** @throws UncheckedIOException if the text does not fit the type */
    static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("no " + type.getSimpleName() + ": " + unfit.getOriginalMessage(), unfit);
        }
    }

    /** @throws UncheckedIOException if the text is no JSON */
    static JsonNode tree(String json) {
        return read(json, JsonNode.class);
    }

    /** Metadata of an event. */
    static String metadata(String correlationId, String causationId, Optional<TraceContext> trace) {
        ObjectNode metadata = MAPPER.createObjectNode();
        metadata.put("correlationId", correlationId);
        if (causationId != null) {
            metadata.put("causationId", causationId);
        }
        trace.ifPresent(context -> context.forEach(metadata::put));
        return metadata.toString();
    }

    /** A text member of metadata; empty if it is absent, or if they hold what cannot be read. */
    static Optional<String> text(JsonText metadata, String member) {
        try {
            return text(tree(metadata.text()), member);
        } catch (RuntimeException unreadable) {
            return Optional.empty();
        }
    }

    static Optional<String> text(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    /** The current data with those members changed that an action changed in what it was given. */
    static JsonNode merge(JsonNode current, JsonNode before, JsonNode after) {
        if (current.equals(before) || !(current.isObject() && before.isObject() && after.isObject())) {
            return after;
        }
        ObjectNode merged = current.deepCopy();
        after.properties().forEach(member -> {
            if (!member.getValue().equals(before.get(member.getKey()))) {
                merged.set(member.getKey(), member.getValue());
            }
        });
        before.fieldNames().forEachRemaining(member -> {
            if (!after.has(member)) {
                merged.remove(member);
            }
        });
        return merged;
    }

    /** A text as PostgreSQL takes it: no NUL, no half of a character. Null stays null. */
    static String storable(String text) {
        if (text == null) {
            return null;
        }
        return new String(text.replace('\0', ' ').getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    /** A text that fits an entry of an index: a long one becomes its hash, which is the same for the same text. */
    static String indexable(String key) {
        String text = storable(key);
        return text == null || text.length() <= MAX_INDEXED
                ? text
                : "uuid:" + UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
