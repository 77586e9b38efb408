package io.eventuali.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * Makes requests out of an OpenAPI document: for each operation in turn some that it allows, and some with a value that breaks a
 * rule. The same seed makes the same requests.
 */
public final class RequestGenerator {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Values of which one or the other fits each pattern of the document. */
    private static final List<String> PATTERNED =
            List.of("0", "1", "7", "42", "\"0\"", "\"3\"", "*", "start", "20ms", "key");

    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete");
    private static final String ODD = " é\"\\%+&=;*#?<>漢";
    private static final int MAX_DEPTH = 6;
    /** One value in so many breaks a rule. */
    private static final int BAD = 25;

    private final Contract contract;
    private final Random random;
    private final Map<String, List<String>> choices;
    private final List<Operation> operations = new ArrayList<>();
    private int turn;

    /**
     * @param choices values of parameters, by name, in place of generated ones: what exists, and waits that are short
     */
    public RequestGenerator(JsonNode document, long seed, Map<String, List<String>> choices) {
        this.contract = new Contract(document);
        this.random = new Random(seed);
        this.choices = choices;
        document.path("paths").properties().forEach(path -> path.getValue().properties().stream()
                .filter(method -> METHODS.contains(method.getKey()))
                .forEach(method -> operations.add(
                        new Operation(path.getKey(), method.getKey(), path.getValue(), method.getValue()))));
    }

    /** How many operations the document has; so many requests hold one of each. */
    public int operations() {
        return operations.size();
    }

    /** The next request. */
    public Request next() {
        Operation operation = operations.get(turn++ % operations.size());
        String path = operation.path();
        List<String> query = new ArrayList<>();
        Map<String, String> headers = new LinkedHashMap<>();
        for (JsonNode parameter : operation.parameters(contract)) {
            String name = parameter.path("name").asText();
            String place = parameter.path("in").asText();
            if (place.equals("path")) {
                path = path.replace("{" + name + "}", encode(pathSegment(parameter)));
            } else if (parameter.path("required").asBoolean() || choices.containsKey(name) || random.nextInt(3) == 0) {
                String value = value(parameter);
                if (place.equals("query")) {
                    query.add(encode(name) + "=" + encode(value));
                } else if (value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                    headers.put(name, value);
                }
            }
        }
        String body = null;
        JsonNode contents =
                contract.resolve(operation.node().path("requestBody")).path("content");
        if (!contents.isMissingNode()) {
            List<String> types = new ArrayList<>();
            contents.fieldNames().forEachRemaining(types::add);
            String type = types.get(random.nextInt(types.size()));
            headers.put("Content-Type", bad() ? "text/plain" : type);
            String json = json(contents.path(type).path("schema"), 0).toString();
            body = bad() ? json.substring(0, random.nextInt(json.length())) : json;
        }
        if (bad()) {
            headers.put("Accept", random.nextBoolean() ? "image/png" : "*/*");
        }
        return new Request(
                operation.method().toUpperCase(Locale.ROOT),
                path,
                query.isEmpty() ? "" : "?" + String.join("&", query),
                headers,
                body);
    }

    private boolean bad() {
        return random.nextInt(BAD) == 0;
    }

    private String pathSegment(JsonNode parameter) {
        String value = value(parameter);
        // An empty segment, or one of dots, would be another path.
        return value.isBlank() || value.matches("\\.+") ? "x" : value;
    }

    private String value(JsonNode parameter) {
        List<String> known = choices.get(parameter.path("name").asText());
        if (known != null) {
            return bad() ? word() : known.get(random.nextInt(known.size()));
        }
        JsonNode schema = contract.resolve(parameter.path("schema"));
        if (schema.path("type").asText().equals("array")) {
            return text(json(schema.path("items"), 0));
        }
        return text(json(schema, 0));
    }

    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : value.toString();
    }

    private JsonNode json(JsonNode unresolved, int depth) {
        JsonNode schema = contract.resolve(unresolved);
        if (bad()) {
            return anything(depth);
        }
        if (schema.has("const")) {
            return schema.path("const");
        }
        if (schema.has("enum")) {
            return pick(schema.path("enum"));
        }
        for (String choice : List.of("oneOf", "anyOf")) {
            if (schema.has(choice)) {
                return json(pick(schema.path(choice)), depth);
            }
        }
        JsonNode type = schema.path("type");
        return switch (type.isArray() ? pick(type).asText() : type.asText()) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "integer" -> JSON.numberNode(integer(schema));
            case "number" -> JSON.numberNode(random.nextDouble() * 1000);
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "string" -> JSON.textNode(string(schema));
            case "null" -> JSON.nullNode();
            default -> anything(depth);
        };
    }

    private JsonNode pick(JsonNode array) {
        return array.get(random.nextInt(array.size()));
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = JSON.objectNode();
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        schema.path("properties").properties().forEach(property -> {
            if (required.contains(property.getKey()) ? !bad() : random.nextInt(3) == 0) {
                object.set(property.getKey(), json(property.getValue(), depth + 1));
            }
        });
        if (schema.path("additionalProperties").asBoolean(false) || bad()) {
            object.set(word(), anything(depth + 1));
        }
        return object;
    }

    private ArrayNode array(JsonNode schema, int depth) {
        ArrayNode array = JSON.arrayNode();
        int size = bad() ? 0 : Math.max(1, schema.path("minItems").asInt(0)) + random.nextInt(3);
        for (int i = 0; i < size; i++) {
            array.add(json(schema.path("items"), depth + 1));
        }
        return array;
    }

    private long integer(JsonNode schema) {
        long least = schema.path("minimum").asLong(0);
        long most = schema.has("maximum")
                ? schema.path("maximum").asLong()
                : random.nextBoolean() ? least + 20 : Long.MAX_VALUE / 16;
        return switch (random.nextInt(10)) {
            case 0 -> least;
            case 1 -> most;
            case 2 -> least - 1;
            default -> least + Math.floorMod(random.nextLong(), most - least + 1);
        };
    }

    private String string(JsonNode schema) {
        if (schema.has("format")) {
            switch (schema.path("format").asText()) {
                case "uuid":
                    return new UUID(random.nextLong(), random.nextLong()).toString();
                case "date-time":
                    return Instant.ofEpochSecond(random.nextInt()).toString();
                default:
                    break;
            }
        }
        if (schema.has("pattern")) {
            return PATTERNED.get(random.nextInt(PATTERNED.size()));
        }
        return random.nextInt(20) == 0 ? "x".repeat(1 + random.nextInt(400)) : word();
    }

    private String word() {
        StringBuilder word = new StringBuilder();
        int length = 1 + random.nextInt(12);
        for (int i = 0; i < length; i++) {
            char letter = (char) ('a' + random.nextInt(26));
            word.append(random.nextInt(10) == 0 ? ODD.charAt(random.nextInt(ODD.length())) : letter);
        }
        return word.toString();
    }

    private JsonNode anything(int depth) {
        return switch (random.nextInt(depth > MAX_DEPTH ? 6 : 8)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(random.nextLong());
            case 3 -> JSON.numberNode(random.nextGaussian() * 1e6);
            case 4 -> JSON.textNode(word());
            case 5 -> JSON.textNode("");
            case 6 -> JSON.arrayNode().add(anything(depth + 1)).add(anything(depth + 1));
            default -> JSON.objectNode().set(word(), anything(depth + 1));
        };
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * A request.
     *
     * @param path percent-encoded
     * @param query empty, or begins with a question mark
     * @param body null if there is none
     */
    public record Request(String method, String path, String query, Map<String, String> headers, String body) {}

    private record Operation(String path, String method, JsonNode item, JsonNode node) {
        List<JsonNode> parameters(Contract contract) {
            List<JsonNode> parameters = new ArrayList<>();
            item.path("parameters").forEach(parameter -> parameters.add(contract.resolve(parameter)));
            node.path("parameters").forEach(parameter -> parameters.add(contract.resolve(parameter)));
            return parameters;
        }
    }
}
