package io.eventuali.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProjectionEngineTest {

    @Test
    void two_beans_with_one_name_are_refused_and_both_are_named() {
        assertThatIllegalStateException()
                .isThrownBy(() -> ProjectionEngine.byName(List.of(new Strict(), new Namesake())))
                .withMessageContaining(Strict.class.getName())
                .withMessageContaining(Namesake.class.getName());
        assertThat(ProjectionEngine.byName(List.of(new Strict(), new HeapCounts())))
                .containsOnlyKeys(Strict.NAME, HeapCounts.NAME);
    }

    private static final class Namesake extends Projection<Long> {
        Namesake() {
            super(Strict.NAME, Long.class);
        }
    }
}
