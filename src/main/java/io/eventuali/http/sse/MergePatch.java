package io.eventuali.http.sse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What has to change to make one JSON document of another.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7396">RFC 7396, JSON Merge Patch</a>
 */
final class MergePatch {
    // Numbers as they are written.
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private MergePatch() {}

    /** The patch as JSON text; empty where there is none, since null in a patch removes a member and cannot give it this value. */
    static Optional<String> between(String before, String after) {
        try {
            return between(JSON.readTree(before), JSON.readTree(after)).map(JsonNode::toString);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a document is not JSON", impossible);
        }
    }

    private static Optional<JsonNode> between(JsonNode before, JsonNode after) {
        if (!after.isObject()) {
            return after.isNull() ? Optional.empty() : Optional.of(after);
        }
        ObjectNode patch = JSON.createObjectNode();
        if (before.isObject()) {
            before.fieldNames().forEachRemaining(name -> {
                if (!after.has(name)) {
                    patch.putNull(name);
                }
            });
        }
        for (var member : after.properties()) {
            JsonNode old = before.isObject() ? before.get(member.getKey()) : null;
            if (member.getValue().equals(old)) {
                continue;
            }
            // A member that was no object is made one by the patch, from nothing.
            Optional<JsonNode> change = between(old == null ? JSON.missingNode() : old, member.getValue());
            if (change.isEmpty()) {
                return Optional.empty();
            }
            patch.set(member.getKey(), change.get());
        }
        return Optional.of(patch);
    }
}
