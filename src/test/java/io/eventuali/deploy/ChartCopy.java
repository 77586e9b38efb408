package io.eventuali.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of the chart, for what can only be tried by changing it. */
final class ChartCopy {
    private static final YAMLMapper YAML = new YAMLMapper();

    private ChartCopy() {}

    /** A copy whose hooks are objects as all others: Helm keeps hooks out of what it renders. */
    static Path withoutHooks() {
        try {
            Path copy = copy("without-hooks");
            for (String hook : List.of("keys-secret.yaml", "tests/test-append-and-follow.yaml")) {
                Path template = copy.resolve("templates").resolve(hook);
                Files.writeString(template, Files.readString(template).replace("helm.sh/hook", "example.com/hook"));
            }
            return copy;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A copy whose default values are the chart's with those of a file on top, merged as Helm merges them. */
    static Path withDefaults(Path values) throws IOException {
        Path copy = copy(values.getFileName().toString());
        ObjectNode merged = (ObjectNode)
                YAML.readTree(EventualiChart.DIRECTORY.resolve("values.yaml").toFile());
        merge(merged, YAML.readTree(values.toFile()));
        YAML.writeValue(copy.resolve("values.yaml").toFile(), merged);
        return copy;
    }

    private static Path copy(String name) throws IOException {
        Path copy = Path.of("target", "charts", name, "eventuali");
        for (Path file : files()) {
            Path target = copy.resolve(EventualiChart.DIRECTORY.relativize(file));
            Files.createDirectories(target.getParent());
            Files.write(target, Files.readAllBytes(file));
        }
        return copy;
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(EventualiChart.DIRECTORY)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void merge(ObjectNode below, JsonNode above) {
        above.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                below.remove(field.getKey());
            } else if (field.getValue().isObject() && below.path(field.getKey()).isObject()) {
                merge((ObjectNode) below.get(field.getKey()), field.getValue());
            } else {
                below.set(field.getKey(), field.getValue());
            }
        });
    }
}
