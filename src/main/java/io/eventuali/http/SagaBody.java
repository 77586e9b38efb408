package io.eventuali.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.eventuali.store.StoreConfig;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the JSON bodies of requests about sagas: objects with few members, each of them known. */
@Singleton
class SagaBody {
    private final ObjectMapper json;
    private final StoreConfig.Limits limits;

    SagaBody(StoreConfig config) {
        this.limits = config.limits();
        this.json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
        // The event that it becomes puts one level around the data.
        json.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.jsonDepth())
                        .maxStringLength((int) limits.requestBytes().asLongValue())
                        .build());
    }

    /** An object with none but these members; without any when the body is empty. */
    JsonNode object(byte[] body, Set<String> members) {
        if (body == null || body.length == 0) {
            return json.createObjectNode();
        }
        if (body.length > limits.requestBytes().asLongValue()) {
            throw Problems.requestTooLarge(limits.requestBytes().asLongValue());
        }
        JsonNode read = parse(body);
        if (!read.isObject()) {
            throw Problems.invalid("body", "must be a JSON object");
        }
        read.fieldNames().forEachRemaining(member -> {
            if (!members.contains(member)) {
                throw Problems.invalid(
                        Problems.shown(member), "is not a member here; known are " + new TreeSet<>(members));
            }
        });
        return read;
    }

    private JsonNode parse(byte[] body) {
        try (JsonParser parser = json.createParser(body)) {
            JsonNode read = json.readTree(parser);
            if (parser.nextToken() != null) {
                throw Problems.invalid("body", "must be one JSON value");
            }
            return read == null ? json.missingNode() : read;
        } catch (StreamConstraintsException beyondLimit) {
            throw Problems.invalid(
                    "body",
                    "must not nest deeper than %d levels or hold a number of over 1,000 digits"
                            .formatted(limits.jsonDepth()));
        } catch (IOException malformed) {
            throw Problems.invalid("body", "must be well-formed JSON in UTF-8, each member once");
        }
    }

    /** A text; empty if it is absent or null. */
    static Optional<String> text(JsonNode object, String member) {
        JsonNode value = object.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw Problems.invalid(member, "must be a string");
        }
        return Optional.of(value.textValue());
    }
}
