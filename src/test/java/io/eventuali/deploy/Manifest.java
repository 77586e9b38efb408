package io.eventuali.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** One object for Kubernetes, as it is written. */
record Manifest(ObjectNode root) {
    private static final YAMLMapper YAML = new YAMLMapper();

    /** The objects of a file with several documents; empty documents are none. */
    static List<Manifest> parse(String yaml) {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            return documents.readAll().stream()
                    .filter(JsonNode::isObject)
                    .map(document -> new Manifest((ObjectNode) document))
                    .toList();
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
    }

    /** The first of this kind. */
    static Manifest find(List<Manifest> objects, String kind) {
        return objects.stream()
                .filter(object -> object.kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    String apiVersion() {
        return at("/apiVersion").asText();
    }

    String kind() {
        return at("/kind").asText();
    }

    String name() {
        return at("/metadata/name").asText();
    }

    JsonNode at(String pointer) {
        return root.at(pointer);
    }

    /** The specification of the pods that this object makes or is; missing if it is of another kind. */
    JsonNode podSpec() {
        return kind().equals("Pod") ? at("/spec") : at("/spec/template/spec");
    }

    JsonNode podLabels() {
        return kind().equals("Pod") ? at("/metadata/labels") : at("/spec/template/metadata/labels");
    }

    Stream<JsonNode> containers() {
        return Stream.concat(
                elements(podSpec().path("initContainers")), elements(podSpec().path("containers")));
    }

    static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    Manifest copy() {
        return new Manifest(root.deepCopy());
    }

    @Override
    public String toString() {
        return kind() + "/" + name();
    }
}
