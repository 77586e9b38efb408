package io.eventuali.saga;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;

/** Data and payloads as JSON, by the application's Jackson. */
final class SagaCodec {
    private final ObjectMapper mapper;

    SagaCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** @throws UncheckedIOException if the JSON does not fit the type */
    <T> T read(JsonNode json, Class<T> type) {
        try {
            return mapper.treeToValue(json, type);
        } catch (JsonProcessingException unfit) {
            throw new UncheckedIOException("no " + type.getSimpleName() + ": " + unfit.getOriginalMessage(), unfit);
        }
    }

    /** @throws IllegalArgumentException if the value cannot be written */
    JsonNode write(Object value) {
        return mapper.valueToTree(value);
    }
}
