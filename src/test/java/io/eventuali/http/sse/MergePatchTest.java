package io.eventuali.http.sse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.eventuali.support.Seed;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class MergePatchTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void a_patch_has_what_changed_and_null_for_what_is_gone() {
        assertThat(MergePatch.between(
                        "{\"a\":1,\"b\":{\"c\":2,\"d\":3},\"e\":4}", "{\"a\":1,\"b\":{\"c\":5},\"f\":[1]}"))
                .contains("{\"e\":null,\"b\":{\"d\":null,\"c\":5},\"f\":[1]}");
        assertThat(MergePatch.between("{\"a\":1}", "{\"a\":1}")).contains("{}");
        assertThat(MergePatch.between("1", "2")).contains("2");
    }

    @Test
    void there_is_none_that_gives_a_member_the_value_null() {
        assertThat(MergePatch.between("{}", "{\"a\":null}")).isEmpty();
        assertThat(MergePatch.between("{\"a\":null,\"b\":1}", "{\"a\":null,\"b\":2}"))
                .contains("{\"b\":2}");
        assertThat(MergePatch.between("{\"a\":1}", "null")).isEmpty();
    }

    @Test
    void numbers_stay_as_they_are_written() {
        assertThat(MergePatch.between("{}", "{\"a\":1.10,\"b\":12345678901234567890.5}"))
                .contains("{\"a\":1.10,\"b\":12345678901234567890.5}");
    }

    @Test
    void whatever_two_documents_are_the_patch_makes_one_of_the_other() throws JsonProcessingException {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        for (int i = 0; i < 2_000; i++) {
            JsonNode before = document(random, 3);
            JsonNode after = document(random, 3);

            Optional<String> patch = MergePatch.between(before.toString(), after.toString());

            if (patch.isPresent()) {
                assertThat(merge(before, JSON.readTree(patch.get())))
                        .as("%s", seed)
                        .isEqualTo(after);
            }
        }
    }

    private static JsonNode document(RandomGenerator random, int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            return random.nextInt(6) == 0 ? JSON.nullNode() : JSON.valueToTree(random.nextInt(3));
        }
        ObjectNode object = JSON.createObjectNode();
        for (String name : new String[] {"a", "b", "c"}) {
            if (random.nextBoolean()) {
                object.set(name, document(random, depth - 1));
            }
        }
        return object;
    }

    /** The algorithm as RFC 7396 has it. */
    private static JsonNode merge(JsonNode target, JsonNode patch) {
        if (!patch.isObject()) {
            return patch;
        }
        ObjectNode merged = target.isObject() ? target.deepCopy() : JSON.createObjectNode();
        patch.properties().forEach(member -> {
            if (member.getValue().isNull()) {
                merged.remove(member.getKey());
            } else {
                JsonNode old = merged.get(member.getKey());
                merged.set(member.getKey(), merge(old == null ? JSON.missingNode() : old, member.getValue()));
            }
        });
        return merged;
    }
}
