package io.eventuali.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart, rendered by Helm's own engine, whose library the tests bring for this platform. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ChartTest {
    static List<Path> valueSets() {
        return EventualiChart.valueSets();
    }

    @Test
    void at_least_a_dozen_cases_come_with_the_chart() {
        assertThat(valueSets()).hasSizeGreaterThanOrEqualTo(12);
    }

    @ParameterizedTest
    @MethodSource("valueSets")
    void helm_finds_nothing_to_say_about_it(Path values) throws IOException {
        // Lint takes no values file: a copy of the chart has the case as its defaults, over those it has.
        Path copy = ChartCopy.withDefaults(values);

        LintResult result = new Helm(copy).lint().strict().call();

        assertThat(result.getMessages())
                .filteredOn(message -> message.startsWith("["))
                .isEmpty();
        assertThat(result.isFailed()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("valueSets")
    void every_object_is_one_that_kubernetes_knows_in_every_field(Path values) {
        List<Manifest> objects = EventualiChart.render(values);

        assertThat(objects).hasSizeGreaterThan(3);
        assertThat(objects).allSatisfy(object -> assertThatCode(() -> KubernetesTypes.read(object))
                .as(object.toString())
                .doesNotThrowAnyException());
    }

    @ParameterizedTest
    @MethodSource("valueSets")
    void it_renders_the_same_every_time(Path values) {
        assertThat(withoutRandomKeys(EventualiChart.render(values)))
                .isEqualTo(withoutRandomKeys(EventualiChart.render(values)));
    }

    private static List<Manifest> withoutRandomKeys(List<Manifest> objects) {
        return objects.stream()
                .filter(object -> !object.kind().equals("Secret"))
                .toList();
    }

    @Test
    void the_keys_that_it_makes_are_random_and_the_service_gets_their_hashes_only() {
        List<Manifest> objects = EventualiChart.render(EventualiChart.valueSet("default"));
        JsonNode data = Manifest.find(objects, "Secret").at("/data");
        String admin = decoded(data, "admin");

        assertThat(admin).matches("evk_[A-Za-z0-9]{40}").isNotEqualTo(decoded(data, "check"));
        assertThat(decoded(data, "keys.properties"))
                .contains(
                        "admin.roles=admin",
                        "check.roles=publisher,subscriber",
                        "check.aggregate-types=InstallationCheck",
                        "metrics.roles=operator")
                .contains("admin.sha256=" + sha256(admin))
                .endsWith("\n# end\n")
                .doesNotContain("evk_");
        JsonNode volume = Manifest.find(objects, "Deployment").podSpec().at("/volumes/0/secret");
        assertThat(volume.path("items")).hasSize(1);
        assertThat(volume.at("/items/0/key").asText()).isEqualTo("keys.properties");
    }

    private static String decoded(JsonNode data, String key) {
        return new String(Base64.getDecoder().decode(data.path(key).asText()), StandardCharsets.UTF_8);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void a_field_that_kubernetes_does_not_know_is_noticed() {
        Manifest service = Manifest.find(EventualiChart.render(EventualiChart.valueSet("default")), "Service");
        service.root().withObject("/spec").put("selektor", "x");

        assertThatThrownBy(() -> KubernetesTypes.read(service)).hasMessageContaining("selektor");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("database.existingSecret", "", "existingSecret"),
                Arguments.of("database.url", "postgresql://eventuali:secret@db/eventuali", "url"),
                Arguments.of("replicaCount", "many", "replicaCount"),
                Arguments.of("replicaCount", 0, "replicaCount"),
                Arguments.of("drain.windowSeconds", -1, "windowSeconds"),
                Arguments.of("image.tag", "a tag", "tag"),
                Arguments.of("image.pullPolicy", "Sometimes", "pullPolicy"),
                Arguments.of("service.port", 70000, "port"),
                Arguments.of("service.type", "ExternalName", "type"),
                Arguments.of("ingress.enabled", true, "hosts"),
                Arguments.of("httpRoute.enabled", true, "parentRefs"),
                Arguments.of("kafka.enabled", true, "bootstrapServers"),
                Arguments.of("kafka.bootstrapServers", "no-port", "bootstrapServers"),
                Arguments.of("podDisruptionBudget.maxUnavailable", 0, "maxUnavailable"),
                Arguments.of("podDisruptionBudget.maxUnavailable", "0%", "maxUnavailable"),
                Arguments.of("resources.limits", null, "limits"),
                Arguments.of("autoscaling.targetSubscribers", -5, "targetSubscribers"),
                Arguments.of("serviceMonitor.interval", "often", "interval"),
                Arguments.of("config.eventuali\\.database\\.url", "postgresql://db/eventuali", "database.url"),
                Arguments.of("config.quarkus\\.datasource\\.password", "secret", "password"),
                Arguments.of("config.eventuali\\.drain\\.window", "5m", "drain.window"),
                Arguments.of("extraEnv[0].name", "EVENTUALI_DRAIN_WINDOW", "extraEnv"),
                Arguments.of("config.eventuali\\.security\\.enabled", "false", "security.enabled"),
                Arguments.of("security.keys.generate", false, "authServerUrl"),
                Arguments.of("security.oidc.authServerUrl", "id.example.com", "authServerUrl"),
                Arguments.of("security.oidc.authServerUrl", "https://id.example.com", "audience"),
                Arguments.of("config.%prod\\.eventuali\\.security\\.enabled", "false", "security.enabled"),
                Arguments.of("config.quarkus\\.profile", "dev", "quarkus.profile"),
                Arguments.of("extraEnv[0].name", "QUARKUS_PROFILE", "extraEnv"),
                Arguments.of("security.enabled", "no", "enabled"),
                Arguments.of("replicas", 3, "replicas"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void a_wrong_value_is_refused_by_its_name(String key, Object value, String named) {
        assertThatThrownBy(() -> EventualiChart.renderWith(key, value))
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining(named);
    }

    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of(20_000, "20000"),
                Arguments.of(12_000_000, "12000000"),
                Arguments.of(true, "true"),
                Arguments.of("20s", "20s"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void a_setting_is_written_as_it_was_given(Object value, String written) {
        assertThat(EventualiChart.renderWith("config.eventuali\\.some\\.key", value))
                .contains("    eventuali.some.key=" + written + "\n");
    }

    @Test
    void no_database_is_refused() {
        assertThatThrownBy(() -> EventualiChart.template().call()).hasMessageContaining("existingSecret");
    }

    @Test
    void values_that_exclude_each_other_are_refused_with_the_remedy() {
        assertThatThrownBy(() -> EventualiChart.template()
                        .withValuesFile(EventualiChart.valueSet("autoscaling"))
                        .set("autoscaling.maxReplicas", 1)
                        .call())
                .hasMessageContaining("autoscaling.maxReplicas is below autoscaling.minReplicas");
    }

    @Test
    void nobody_in_is_refused_with_the_remedy(@TempDir Path directory) throws IOException {
        Path nobody = Files.writeString(directory.resolve("values.yaml"), "networkPolicy: {ingressFrom: []}");

        assertThatThrownBy(() -> EventualiChart.template()
                        .set("database.existingSecret", "eventuali-database")
                        .withValuesFile(nobody)
                        .call())
                .hasMessageContaining("networkPolicy.ingressFromEverywhere=true");
    }

    @Test
    void what_is_switched_on_may_connect_and_nobody_else() {
        assertThat(peers("default")).containsExactly("{\"podSelector\":{}}");
        assertThat(peers("ingress")).containsExactly("{\"podSelector\":{}}", namespace("ingress-nginx"));
        assertThat(peers("traefik")).containsExactly("{\"podSelector\":{}}", namespace("traefik"));
        assertThat(peers("gateway")).containsExactly("{\"podSelector\":{}}", namespace("gateways"));
        assertThat(peers("monitored")).containsExactly("{\"podSelector\":{}}", namespace("monitoring"));
        assertThat(peers("closed")).containsExactly(namespace("ingress-nginx"));
        assertThat(peers("small")).isEmpty();
    }

    private static List<String> peers(String values) {
        List<String> peers = new ArrayList<>();
        Manifest.find(EventualiChart.render(EventualiChart.valueSet(values)), "NetworkPolicy")
                .at("/spec/ingress/0/from")
                .forEach(peer -> peers.add(peer.toString()));
        return peers;
    }

    private static String namespace(String name) {
        return "{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"" + name + "\"}}}";
    }

    @Test
    void tokens_are_for_this_service_and_the_proxy_says_who_the_client_is() {
        assertThat(environment("secured")).contains("QUARKUS_OIDC_TOKEN_AUDIENCE=eventuali");
        assertThat(environment("ingress"))
                .contains(
                        "QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING=true",
                        "QUARKUS_HTTP_PROXY_TRUSTED_PROXIES=10.244.0.0/16");
        assertThat(environment("traefik")).noneMatch(variable -> variable.contains("PROXY"));
    }

    private static List<String> environment(String values) {
        List<String> variables = new ArrayList<>();
        Manifest.find(EventualiChart.render(EventualiChart.valueSet(values)), "Deployment")
                .at("/spec/template/spec/containers/0/env")
                .forEach(variable -> variables.add(variable.path("name").asText() + "="
                        + variable.path("value").asText()));
        return variables;
    }

    @Test
    void the_ingress_brings_what_the_service_leaves_to_a_proxy() {
        JsonNode annotations = Manifest.find(EventualiChart.render(EventualiChart.valueSet("ingress")), "Ingress")
                .at("/metadata/annotations");

        assertThat(annotations.properties())
                .extracting(annotation -> annotation.getKey().substring("nginx.ingress.kubernetes.io/".length()) + "="
                        + annotation.getValue().asText())
                .contains(
                        "proxy-buffering=off",
                        "proxy-request-buffering=on",
                        "proxy-read-timeout=3600",
                        "proxy-body-size=17m",
                        "limit-rps=100",
                        "limit-connections=200");
    }

    @Test
    void without_monitoring_there_is_no_object_of_a_custom_kind() {
        assertThat(EventualiChart.render(EventualiChart.valueSet("default")))
                .extracting(Manifest::kind)
                .containsExactlyInAnyOrder(
                        "Secret",
                        "ServiceAccount",
                        "Service",
                        "Deployment",
                        "PodDisruptionBudget",
                        "NetworkPolicy",
                        "Pod");
    }

    @Test
    void the_grace_period_follows_the_drain_window() {
        assertThat(EventualiChart.render(EventualiChart.valueSet("tuned")))
                .filteredOn(object -> object.kind().equals("Deployment"))
                .singleElement()
                .extracting(deployment -> deployment
                        .podSpec()
                        .path("terminationGracePeriodSeconds")
                        .asInt())
                .isEqualTo(330);
    }

    @Test
    void its_version_of_the_application_is_that_of_the_project() throws IOException {
        JsonNode chart = new YAMLMapper()
                .readTree(EventualiChart.DIRECTORY.resolve("Chart.yaml").toFile());

        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<artifactId>eventuali</artifactId>\n  <version>"
                        + chart.path("appVersion").asText() + "</version>");
    }

    @Test
    void every_value_is_explained_where_it_stands_and_in_the_readme() throws IOException {
        List<String> keys = new ArrayList<>();
        collect(
                "",
                new YAMLMapper()
                        .readTree(
                                EventualiChart.DIRECTORY.resolve("values.yaml").toFile()),
                keys);
        String readme = Files.readString(EventualiChart.DIRECTORY.resolve("README.md"));

        assertThat(keys).hasSizeGreaterThan(50).allSatisfy(key -> assertThat(readme)
                .contains("| `" + key + "` |"));
    }

    /** Keys of values, but not those inside what is given to Kubernetes as it is. */
    private static void collect(String prefix, JsonNode node, List<String> keys) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix + field.getKey();
            boolean section = field.getValue().isObject()
                    && !field.getValue().isEmpty()
                    && !key.endsWith("annotations")
                    && !key.equals("resources");
            if (section) {
                collect(key + ".", field.getValue(), keys);
            } else {
                keys.add(key);
            }
        }
    }
}
