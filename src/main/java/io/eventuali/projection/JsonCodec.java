package io.eventuali.projection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.eventuali.event.JsonText;
import io.eventuali.format.Json;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Payloads and documents as JSON, by the application's Jackson; those of Eventuali's own projection by {@linkplain Json ours}. */
final class JsonCodec {
    private final ObjectMapper mapper;
    private final Map<Class<?>, ObjectReader> readers = new ConcurrentHashMap<>();
    private final Map<Class<?>, ObjectWriter> writers = new ConcurrentHashMap<>();

    JsonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
        readers.put(TypeStatistics.class, Json.MAPPER.readerFor(TypeStatistics.class));
        writers.put(TypeStatistics.class, Json.MAPPER.writerFor(TypeStatistics.class));
    }

    /** @throws UncheckedIOException if the text does not fit the type */
    <T> T read(String json, Class<T> type) {
        try {
            return readers.computeIfAbsent(type, mapper::readerFor).readValue(json);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("no " + type.getSimpleName() + ": " + unfit.getOriginalMessage(), unfit);
        }
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
}
