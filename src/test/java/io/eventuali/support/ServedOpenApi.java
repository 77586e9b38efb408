package io.eventuali.support;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;

/** The OpenAPI document as the service serves it, and its schemas. */
public final class ServedOpenApi {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode document;

    private ServedOpenApi(JsonNode document) {
        this.document = document;
    }

    public static ServedOpenApi fetch() {
        return new ServedOpenApi(json(given().queryParam("format", "json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .extract()
                .asString()));
    }

    public JsonNode document() {
        return document;
    }

    /** What is wrong with a value by a schema of the document, which must also name each of the value's members. */
    public List<String> violations(String schema, String value) {
        ObjectNode root = JSON.createObjectNode();
        root.put("$ref", "#/components/schemas/" + schema);
        ObjectNode schemas = document.at("/components/schemas").deepCopy();
        schemas.forEach(ServedOpenApi::close);
        root.putObject("components").set("schemas", schemas);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(root)
                .validate(json(value))
                .stream()
                .map(Error::toString)
                .toList();
    }

    /** A member that is not documented is an error here, while clients should overlook it. */
    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.has("properties") && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
    }

    public static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + text, malformed);
        }
    }
}
