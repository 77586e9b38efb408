package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** What the dashboard and the alerts look at exists, and each alert says where to read on. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MonitoringTest {
    private static final Path DASHBOARD = Path.of("helm/eventuali/files/dashboard.json");
    private static final Path ALERTS = Path.of("helm/eventuali/files/alerts.yaml");
    private static final Path RUNBOOK = Path.of("docs/operations/runbook.md");
    private static final Path OBSERVABILITY = Path.of("docs/operations/observability.md");
    private static final Path METRICS = Path.of("docs/reference/metrics.md");
    private static final Pattern NAME = Pattern.compile("eventuali_[a-z0-9_]+");

    @Test
    void panels_and_alerts_use_documented_metrics_only() throws IOException {
        Set<String> documented = names(Files.readString(METRICS));
        List<String> expressions = new ArrayList<>();
        new ObjectMapper()
                .readTree(DASHBOARD.toFile())
                .findValues("expr")
                .forEach(expr -> expressions.add(expr.asText()));
        alerts().forEach(alert -> expressions.add(alert.get("expr").asText()));

        assertThat(expressions).hasSizeGreaterThan(30);
        assertThat(names(String.join("\n", expressions)))
                .allSatisfy(name -> assertThat(documented).contains(name.replaceFirst("_(bucket|count|sum)$", "")));
    }

    @Test
    void each_alert_has_an_entry_in_the_runbook_and_a_line_in_the_docs() throws IOException {
        Set<String> entries = new TreeSet<>();
        Files.readAllLines(RUNBOOK).stream()
                .filter(line -> line.startsWith("## "))
                .forEach(line -> entries.add(line.substring(3)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-')));
        String documented = Files.readString(OBSERVABILITY);

        assertThat(alerts()).isNotEmpty().allSatisfy(alert -> {
            String entry = alert.at("/annotations/runbook").asText();
            assertThat(entries).contains(entry);
            assertThat(documented)
                    .contains("`" + alert.get("alert").asText() + "` | "
                            + alert.at("/labels/severity").asText() + " |")
                    .contains("runbook.md#" + entry);
        });
    }

    private static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        new YAMLMapper().readTree(ALERTS.toFile()).at("/groups/0/rules").forEach(alerts::add);
        return alerts;
    }

    private static Set<String> names(String text) {
        return new TreeSet<>(
                NAME.matcher(text).results().map(MatchResult::group).toList());
    }
}
