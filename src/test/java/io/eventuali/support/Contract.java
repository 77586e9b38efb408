package io.eventuali.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Holds answers of the service against its OpenAPI document: is the status, the media type and the body one that it names? */
public final class Contract {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonNode document;
    private final List<Template> templates = new ArrayList<>();
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    public Contract(JsonNode document) {
        this.document = document;
        document.path("paths")
                .properties()
                .forEach(path -> templates.add(new Template(path.getKey(), path.getValue())));
        // A literal path such as /v1/events/stream comes before /v1/events/{globalPosition}.
        templates.sort(Comparator.comparingInt(Template::parameters));
    }

    /**
     * What is wrong with an answer; nothing if the document does not have the operation.
     *
     * @param path as sent, percent-encoded, without the query
     * @param query as sent; what {@code format} it asks for chooses the schema of the answer
     * @param contentType null if there was none
     * @param body read only if the document has a JSON schema for it
     */
    public List<String> violations(
            String method, String path, String query, int status, String contentType, String body) {
        Optional<JsonNode> operation = operation(method, path);
        if (operation.isEmpty()) {
            return List.of();
        }
        JsonNode response = resolve(operation.get().path("responses").path(Integer.toString(status)));
        if (response.isMissingNode()) {
            return List.of("status " + status + " is not in the document");
        }
        JsonNode contents = response.path("content");
        if (contents.isMissingNode()) {
            return body.isEmpty() ? List.of() : List.of("status " + status + " has a body: " + body);
        }
        String mediaType =
                contentType == null ? "" : contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        JsonNode content = contents.path(mediaType);
        if (content.isMissingNode()) {
            return List.of("media type '" + mediaType + "' of status " + status + " is not in the document");
        }
        if (!mediaType.endsWith("json") || mediaType.endsWith("ndjson") || !content.has("schema")) {
            return List.of();
        }
        Optional<String> other = other(content, query);
        String key = operation.get().path("operationId").asText() + " " + status + " " + mediaType + other.orElse("");
        return schemas
                .computeIfAbsent(
                        key,
                        name -> schema(other.<JsonNode>map(reference ->
                                        JsonNodeFactory.instance.objectNode().put("$ref", reference))
                                .orElse(content.path("schema"))))
                .validate(ServedOpenApi.json(body))
                .stream()
                .map(Error::toString)
                .toList();
    }

    /** What {@code x-schema-by-format} names for the format that is asked for. */
    private static Optional<String> other(JsonNode content, String query) {
        return content.path("x-schema-by-format").properties().stream()
                .filter(format -> query != null
                        && List.of(query.replaceFirst("^\\?", "").split("&")).contains("format=" + format.getKey()))
                .map(format -> format.getValue().asText())
                .findFirst();
    }

    private Schema schema(JsonNode schema) {
        ObjectNode root = schema.deepCopy();
        root.set("components", document.path("components"));
        return SCHEMAS.getSchema(root);
    }

    private Optional<JsonNode> operation(String method, String path) {
        return templates.stream()
                .filter(template -> template.pattern().matcher(path).matches())
                .findFirst()
                .map(template -> template.operations().get(method.toLowerCase(Locale.ROOT)));
    }

    /** A node, or what its {@code $ref} names. */
    JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? resolve(document.at(node.path("$ref").asText().substring(1))) : node;
    }

    private record Template(String path, JsonNode operations, Pattern pattern) {
        Template(String path, JsonNode operations) {
            this(path, operations, Pattern.compile(path.replaceAll("\\{[^}]+}", "[^/]+")));
        }

        int parameters() {
            return (int) path.chars().filter(c -> c == '{').count();
        }
    }
}
