package io.eventuali.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openapitools.openapidiff.core.OpenApiCompare;
import org.openapitools.openapidiff.core.model.ChangedOpenApi;
import org.openapitools.openapidiff.core.output.MarkdownRender;

/** Whoever made a client of the released document can go on using it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CompatibleOpenApiTest {
    private static final Path RELEASED = Path.of("src/test/resources/openapi-released.yaml");
    private static final Path PRESENT = Path.of("docs/openapi.yaml");
    private static final String APPEND = "/paths/~1v1~1streams~1{aggregateType}~1{aggregateId}~1events/post";

    @Test
    void the_document_takes_nothing_away_from_the_clients_of_the_released_one() throws IOException {
        ChangedOpenApi change = difference(read(RELEASED), read(PRESENT));

        assertThat(change.isCompatible())
                // Shown only then: the renderer fails at some changes that break nobody.
                .as(() -> "%s breaks clients of %s, see CONTRIBUTING.md:%n%s"
                        .formatted(PRESENT, RELEASED, changes(change)))
                .isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void a_change_that_breaks_clients_is_noticed(String what, Consumer<JsonNode> edit) throws IOException {
        assertThat(changed(edit).isIncompatible()).isTrue();
    }

    static Stream<Arguments> a_change_that_breaks_clients_is_noticed() {
        return Stream.of(
                edit("an operation is gone", document -> object(document, "/paths")
                        .remove("/v1/position")),
                edit("an answer is gone", document -> object(document, APPEND + "/responses")
                        .remove("201")),
                edit("a member of an answer is gone", document -> object(
                                document, "/components/schemas/AppendResponse/properties")
                        .remove("streamPosition")),
                edit("a member of an answer has another type", document -> object(
                                document, "/components/schemas/StreamEvent/properties/globalPosition")
                        .put("type", "string")),
                edit("a parameter is gone", document -> ((ArrayNode) document.at(APPEND + "/parameters")).remove(0)),
                edit("a parameter has become necessary", document -> object(document, "/components/parameters/Limit")
                        .put("required", true)),
                edit(
                        "a member of a request has become necessary",
                        document -> ((ArrayNode) document.at("/components/schemas/NewEvent/required")).add("eventId")),
                edit(
                        "a value is not taken any more",
                        document -> ((ArrayNode) document.at("/components/parameters/Format/schema/enum")).remove(1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void what_is_new_breaks_nobody(String what, Consumer<JsonNode> edit) throws IOException {
        ChangedOpenApi change = changed(edit);

        assertThat(change.isCompatible()).as("%s", changes(change)).isTrue();
    }

    static Stream<Arguments> what_is_new_breaks_nobody() {
        return Stream.of(
                edit("an operation", document -> object(document, "/paths")
                        .set("/v1/head", document.at("/paths/~1v1~1position"))),
                edit("a member of an answer", document -> object(
                                document, "/components/schemas/AppendResponse/properties")
                        .putObject("storedAt")
                        .put("type", "string")),
                edit("words", document -> object(document, APPEND).put("description", "Stores events")));
    }

    private static Arguments edit(String what, Consumer<JsonNode> edit) {
        return Arguments.of(what, edit);
    }

    private static ChangedOpenApi changed(Consumer<JsonNode> edit) throws IOException {
        JsonNode present = read(PRESENT);
        JsonNode changed = present.deepCopy();
        edit.accept(changed);
        assertThat(changed).isNotEqualTo(present);
        return difference(present, changed);
    }

    private static ObjectNode object(JsonNode document, String pointer) {
        return (ObjectNode) document.at(pointer);
    }

    private static JsonNode read(Path document) throws IOException {
        return new YAMLMapper().readTree(Files.readString(document));
    }

    private static ChangedOpenApi difference(JsonNode before, JsonNode after) {
        return OpenApiCompare.fromContents(
                asVersion30(before).toString(), asVersion30(after).toString());
    }

    /** The comparison overlooks the types of OpenAPI 3.1; this says the same in the words of 3.0. */
    private static JsonNode asVersion30(JsonNode document) {
        ObjectNode copy = document.deepCopy();
        copy.put("openapi", "3.0.3");
        rewrite(copy);
        return copy;
    }

    private static void rewrite(JsonNode node) {
        if (node instanceof ObjectNode object) {
            if (object.path("type") instanceof ArrayNode types) {
                object.remove("type");
                types.forEach(type -> {
                    if (type.asText().equals("null")) {
                        object.put("nullable", true);
                    } else if (types.size() <= 2) {
                        object.set("type", type);
                    }
                });
            }
            if (object.path("const").isValueNode()) {
                object.putArray("enum").add(object.remove("const"));
            }
        }
        node.forEach(CompatibleOpenApiTest::rewrite);
    }

    private static String changes(ChangedOpenApi change) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        new MarkdownRender().render(change, new OutputStreamWriter(text, StandardCharsets.UTF_8));
        return text.toString(StandardCharsets.UTF_8);
    }
}
