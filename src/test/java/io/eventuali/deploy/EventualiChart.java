package io.eventuali.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The chart of this project, through Helm as a library. */
final class EventualiChart {
    static final Path DIRECTORY = Path.of("helm", "eventuali");
    static final String RELEASE = "eventuali";
    static final String NAMESPACE = "events";

    private static final Path WITHOUT_HOOKS = ChartCopy.withoutHooks();

    private EventualiChart() {}

    /** The sets of values that come with the chart, each a case that somebody has. */
    static List<Path> valueSets() {
        try (Stream<Path> files = Files.list(DIRECTORY.resolve("ci"))) {
            return files.sorted().toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static Path valueSet(String name) {
        return DIRECTORY.resolve("ci").resolve(name + "-values.yaml");
    }

    /** All objects that these values give, the hooks included: the pod of {@code helm test}, and keys. */
    static List<Manifest> render(Path values) {
        return Manifest.parse(template(WITHOUT_HOOKS).withValuesFile(values).call());
    }

    /** With a database and these values on top, as {@code --set} takes them. */
    static String renderWith(String key, Object value) {
        return template()
                .set("database.existingSecret", "eventuali-database")
                .set(key, value)
                .call();
    }

    static TemplateCommand template() {
        return template(DIRECTORY);
    }

    private static TemplateCommand template(Path directory) {
        return new Helm(directory).template().withName(RELEASE).withNamespace(NAMESPACE);
    }
}
