package io.eventuali.verify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FindingsTest {
    private final Findings findings = new Findings();

    @Test
    void what_goes_on_right_behind_is_one_finding() {
        findings.add("positions", 5, 5, "there is no row");
        findings.add("positions", 6, 9, "there is no row");
        findings.add("positions", 11, 11, "there is no row");
        findings.add("json", 12, 12, "data is not JSON");

        assertThat(findings.count()).isEqualTo(3);
        assertThat(findings.list())
                .containsExactly(
                        new Finding("positions", 5, 9, "there is no row"),
                        new Finding("positions", 11, 11, "there is no row"),
                        new Finding("json", 12, 12, "data is not JSON"));
    }

    @Test
    void all_are_counted_and_the_first_are_kept() {
        for (int i = 1; i <= 3_000; i++) {
            findings.add("json", 2L * i, 2L * i, "data is not JSON");
        }

        assertThat(findings.count()).isEqualTo(3_000);
        assertThat(findings.list())
                .hasSize(Findings.KEPT)
                .first()
                .isEqualTo(new Finding("json", 2, 2, "data is not JSON"));
    }
}
