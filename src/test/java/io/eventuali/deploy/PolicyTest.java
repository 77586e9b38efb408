package io.eventuali.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the values, what the chart gives keeps these rules. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PolicyTest {
    static Stream<Path> valueSets() {
        return EventualiChart.valueSets().stream();
    }

    @ParameterizedTest
    @MethodSource("valueSets")
    void every_rule_is_kept(Path values) {
        List<Manifest> objects = EventualiChart.render(values);

        assertThat(Policy.values())
                .allSatisfy(policy ->
                        assertThat(policy.broken(objects)).as(policy.name()).isEmpty());
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void a_breach_is_noticed(Policy policy) {
        List<Manifest> breached = policy.breach(EventualiChart.render(EventualiChart.valueSet("default")));

        assertThat(policy.broken(breached)).isNotEmpty();
    }
}
