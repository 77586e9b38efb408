package io.eventuali.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.support.ServedOpenApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * "Try it out" and "Execute" of Swagger UI with nothing changed: it fills in the example, or else the default, of each parameter, optional
 * ones included, and the first example of the body.
 */
@QuarkusTest
@DisplayNameGeneration(ReplaceUnderscores.class)
class TryItOutIT {
    /** These never end; what they answer first is held by tests of their own. */
    private static final String STREAM = "/stream";

    private static final Map<String, Integer> CREATED = Map.of("appendToStream", 201, "appendToStreams", 201);
    /** The service of this test has no saga of the document's examples, and no dead letter; there is nothing to remove. */
    private static final Set<Integer> FINE = Set.of(200, 201, 202, 204, 404);

    private JsonNode document;

    @Test
    void every_operation_of_the_document_works_as_it_is_filled_in() {
        document = ServedOpenApi.fetch().document();
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        for (var path : document.path("paths").properties()) {
            for (String method : List.of("get", "post")) {
                JsonNode operation = path.getValue().path(method);
                if (operation.isMissingNode() || path.getKey().endsWith(STREAM)) {
                    continue;
                }
                tried++;
                int status = execute(method, path.getKey(), path.getValue(), operation);
                String name = operation.path("operationId").asText();
                if (CREATED.containsKey(name) ? CREATED.get(name) != status : !FINE.contains(status)) {
                    wrong.add(name + " " + status);
                }
            }
        }

        assertThat(tried).isGreaterThan(20);
        assertThat(wrong).isEmpty();
    }

    private int execute(String method, String path, JsonNode shared, JsonNode operation) {
        RequestSpecification request = given();
        String filled = path;
        List<JsonNode> parameters = new ArrayList<>();
        shared.path("parameters").forEach(parameters::add);
        operation.path("parameters").forEach(parameters::add);
        for (JsonNode reference : parameters) {
            JsonNode parameter = resolved(reference);
            JsonNode value = parameter.has("example")
                    ? parameter.path("example")
                    : resolved(parameter.path("schema")).path("default");
            if (value.isMissingNode()) {
                continue;
            }
            String name = parameter.path("name").asText();
            switch (parameter.path("in").asText()) {
                case "path" -> filled = filled.replace("{" + name + "}", value.asText());
                case "header" -> request.header(name, value.asText());
                default ->
                    request.queryParam(name, value.isArray() ? value.get(0).asText() : value.asText());
            }
        }
        JsonNode body = operation.at("/requestBody/content/application~1json");
        if (!body.isMissingNode()) {
            JsonNode example = body.has("example")
                    ? body.path("example")
                    : body.path("examples").elements().next().path("value");
            request.contentType("application/json").body(example.toString());
        }
        return request.header("Accept", "application/json")
                .request(method, filled)
                .statusCode();
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
