package io.eventuali.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code k8s/} is the chart for those who use kubectl alone. Its base is written from the chart by {@code -Dk8s.update=true} and never by
 * hand. What kustomize makes of it is compared where {@code kubectl} is installed, which has kustomize built in.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class KustomizeTest {
    private static final Path K8S = Path.of("k8s");
    private static final Path BASE = K8S.resolve("base");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .build();

    @Test
    void the_base_is_what_the_chart_gives() throws IOException {
        Map<String, ObjectNode> expected = chart();
        if (Boolean.getBoolean("k8s.update")) {
            write(expected);
        }

        assertThat(byName(plainFiles())).isEqualTo(expected);
        assertThat(YAML.readTree(BASE.resolve("kustomization.yaml").toFile()).path("resources"))
                .as("resources that the base lists")
                .hasSize(expected.size());
    }

    @Test
    void the_overlay_for_production_is_what_the_chart_gives() throws IOException, InterruptedException {
        assertThat(byName(kustomize("prod"))).isEqualTo(chart());
    }

    @Test
    void the_overlay_for_development_is_one_pod_of_it_beside_a_database() throws IOException, InterruptedException {
        Map<String, ObjectNode> expected = chart();
        expected.get("Deployment/eventuali").withObject("/spec").put("replicas", 1);

        Map<String, ObjectNode> objects = byName(kustomize("dev"));

        assertThat(objects).containsAllEntriesOf(expected);
        assertThat(objects)
                .containsKeys(
                        "StatefulSet/postgres",
                        "Service/postgres",
                        "Secret/eventuali-database",
                        "Secret/eventuali-keys");
    }

    @ParameterizedTest
    @ValueSource(strings = {"prod", "dev"})
    void overlays_keep_the_rules_and_are_objects_that_kubernetes_knows(String overlay)
            throws IOException, InterruptedException {
        List<Manifest> objects = kustomize(overlay).stream()
                .filter(object -> !object.kind().equals("Namespace"))
                .toList();

        assertThat(objects).allSatisfy(object -> assertThatCode(() -> KubernetesTypes.read(object))
                .as(object.toString())
                .doesNotThrowAnyException());
        assertThat(Policy.values())
                .filteredOn(policy -> policy != Policy.OBJECTS_HAVE_THE_RECOMMENDED_LABELS_AND_A_NAME_THAT_DNS_TAKES)
                .allSatisfy(policy ->
                        assertThat(policy.broken(objects)).as(policy.name()).isEmpty());
    }

    /** The chart's objects without what is Helm's own: its labels and hooks, a checksum, and the namespace. */
    private static Map<String, ObjectNode> chart() {
        List<Manifest> objects = EventualiChart.render(EventualiChart.valueSet("kustomize")).stream()
                .filter(object -> !object.kind().equals("Pod"))
                .toList();
        return byName(objects);
    }

    private static Map<String, ObjectNode> byName(List<Manifest> objects) {
        return objects.stream()
                .map(KustomizeTest::neutral)
                .collect(Collectors.toMap(Manifest::toString, Manifest::root, (one, other) -> one, TreeMap::new));
    }

    private static Manifest neutral(Manifest object) {
        Manifest copy = object.copy();
        onMetadata(copy, metadata -> {
            metadata.remove("namespace");
            remove(metadata, "labels", "helm.sh/chart", "app.kubernetes.io/managed-by");
            remove(metadata, "annotations", "checksum/config");
        });
        return copy;
    }

    private static void onMetadata(Manifest object, Consumer<ObjectNode> change) {
        Stream.of("/metadata", "/spec/template/metadata")
                .map(object::at)
                .filter(ObjectNode.class::isInstance)
                .forEach(metadata -> change.accept((ObjectNode) metadata));
    }

    private static void remove(ObjectNode metadata, String map, String... keys) {
        if (metadata.get(map) instanceof ObjectNode entries) {
            entries.remove(List.of(keys));
        }
    }

    private static void write(Map<String, ObjectNode> objects) throws IOException {
        List<String> files = new ArrayList<>();
        for (ObjectNode object : objects.values()) {
            String file = object.path("kind").asText().toLowerCase(Locale.ROOT) + ".yaml";
            Files.writeString(BASE.resolve(file), YAML.writeValueAsString(object));
            files.add("  - " + file + "\n");
        }
        Files.writeString(BASE.resolve("kustomization.yaml"), """
                # Written from the chart: ./mvnw test -Dtest=KustomizeTest -Dk8s.update=true
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources:
                """ + String.join("", files));
    }

    private static List<Manifest> plainFiles() throws IOException {
        try (Stream<Path> files = Files.list(BASE)) {
            List<Manifest> objects = new ArrayList<>();
            for (Path file :
                    files.filter(file -> !file.endsWith("kustomization.yaml")).toList()) {
                objects.addAll(Manifest.parse(Files.readString(file)));
            }
            return objects;
        }
    }

    private static List<Manifest> kustomize(String overlay) throws IOException, InterruptedException {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "kubectl"))),
                "kubectl is not installed");
        Process process = new ProcessBuilder(
                        "kubectl",
                        "kustomize",
                        K8S.resolve("overlays").resolve(overlay).toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String yaml = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).isZero();
        return Manifest.parse(yaml);
    }
}
