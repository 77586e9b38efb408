package io.eventuali.projection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.eventuali.event.JsonText;
import io.eventuali.format.Json;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Payloads and documents as JSON, by the application's Jackson; those of Eventuali's own projection by {@linkplain Json ours}. */
final class JsonCodec {
    private final ObjectMapper mapper;
    private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();
    private final Map<Class<?>, ObjectReader> documents = new ConcurrentHashMap<>();
    private final Map<Class<?>, ObjectWriter> writers = new ConcurrentHashMap<>();

    JsonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
        documents.put(TypeStatistics.class, Json.MAPPER.readerFor(TypeStatistics.class));
        writers.put(TypeStatistics.class, Json.MAPPER.writerFor(TypeStatistics.class));
    }

    /** @throws UncheckedIOException if the text does not fit the type */
    <T> T read(String json, Class<T> type) {
        try {
            if (JsonNode.class.isAssignableFrom(type)) {
                return type.cast(tree(json, type));
            }
            return readers.computeIfAbsent(type, mapper::readerFor).readValue(json);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("no " + type.getSimpleName() + ": " + unfit.getOriginalMessage(), unfit);
        }
    }

    /**
     * Reads a document that the projection wrote earlier. A member that the type does not have any more would be lost without a word with
     * the next write, so it is refused here, while other JSON may have members that its reader does not know.
     *
     * @throws UncheckedIOException if the text does not fit the type
     */
    <T> T document(String json, Class<T> type) {
        if (JsonNode.class.isAssignableFrom(type)) {
            return read(json, type);
        }
        try {
            return documents
                    .computeIfAbsent(type, other -> mapper.readerFor(other)
                            .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES))
                    .readValue(json);
        } catch (UnrecognizedPropertyException unknown) {
            // A member that the type works out when it is written is not one that it reads.
            T document = read(json, type);
            if (isLost(read(json, JsonNode.class), mapper.valueToTree(document))) {
                throw new UncheckedIOException(
                        "no " + type.getSimpleName() + ": it has no member " + unknown.getPropertyName(), unknown);
            }
            return document;
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("no " + type.getSimpleName() + ": " + unfit.getOriginalMessage(), unfit);
        }
    }

    /** Whether a member is missing after a document was read and written again. */
    private static boolean isLost(JsonNode before, JsonNode after) {
        if (before.isArray() && after.isArray() && before.size() == after.size()) {
            return IntStream.range(0, before.size()).anyMatch(i -> isLost(before.get(i), after.get(i)));
        }
        return before.isObject()
                && before.properties().stream()
                        .anyMatch(member -> !member.getValue().isNull()
                                && (!after.has(member.getKey())
                                        || isLost(member.getValue(), after.get(member.getKey()))));
    }

    /** @throws UncheckedIOException if the value cannot be written */
    String write(Object value, Class<?> type) {
        try {
            return writers.computeIfAbsent(type, mapper::writerFor).writeValueAsString(value);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("cannot write a " + type.getSimpleName(), unfit);
        }
    }

    JsonNode tree(JsonText json) {
        return read(json.text(), JsonNode.class);
    }

    /** Numbers of a tree are kept as they are, also those that no double holds; of an older log, some that nothing else holds. */
    private JsonNode tree(String json, Class<?> type) throws JsonProcessingException {
        ObjectReader reader = readers.computeIfAbsent(type, mapper::readerFor);
        try {
            return reader.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .without(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .readValue(json);
        } catch (JsonProcessingException | NumberFormatException beyondDecimals) {
            return reader.readValue(json);
        }
    }
}
