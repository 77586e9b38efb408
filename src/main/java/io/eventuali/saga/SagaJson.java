package io.eventuali.saga;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.eventuali.tracing.TraceContext;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The events of sagas as JSON: always the same, whatever the application does to its own Jackson. */
final class SagaJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

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
}
