package io.eventuali.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.eventuali.event.StrictJson;
import io.eventuali.event.StrictJson.Violation;
import io.eventuali.store.StoreConfig;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads JSON bodies that are objects with few members, each of them known. */
@Singleton
class ObjectBody {
    private final ObjectMapper json;
    private final StoreConfig.Limits limits;

    ObjectBody(StoreConfig config) {
        this.limits = config.limits();
        this.json = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
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
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            // Around the data are as many levels here as in the event that they become.
            Optional<Violation> broken = StrictJson.violation(text, limits.jsonDepth());
            if (broken.isPresent()) {
                List<String> path = broken.get().path();
                throw Problems.invalid(
                        path.isEmpty()
                                ? broken.get().in("body")
                                : broken.get().in(Violation.joined("", path.subList(0, 1)), 1));
            }
            return json.readTree(text);
        } catch (CharacterCodingException malformed) {
            throw Problems.invalid("body", "must be UTF-8");
        } catch (JsonProcessingException unreadable) {
            throw Problems.invalid("body", "must be JSON that can be read");
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
