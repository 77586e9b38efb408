package io.eventuali.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.eventuali.saga.SagaEvent.SagaStarted;
import io.eventuali.support.Configs;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A saga is finished by the code that it was started with. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaRegistryTest {
    private static final SagaConfig CONFIG = Configs.of(SagaConfig.class, Map.of());

    /** A saga with these steps. */
    private static final class Versioned extends SagaHandler<String> {
        Versioned(int version, String... steps) {
            super("versioned", String.class);
            version(version);
            for (String step : steps) {
                step(step, (data, context) -> null);
            }
        }
    }

    @Test
    void new_sagas_are_started_by_the_newest_version_and_older_ones_finished_by_theirs() {
        SagaRegistry registry = registry(new Versioned(2, "a", "b"), new Versioned(1, "a"));

        assertThat(registry.newest("versioned").orElseThrow().version()).isEqualTo(2);
        assertThat(registry.find(saga(1, "a")).orElseThrow().version()).isEqualTo(1);
        assertThat(registry.find(saga(2, "a", "b")).orElseThrow().version()).isEqualTo(2);
    }

    @Test
    void without_its_code_a_saga_is_halted_with_a_reason() {
        SagaRegistry registry = registry(new Versioned(2, "a", "b"));

        assertThat(registry.find(saga(1, "a"))).isEmpty();
        assertThat(registry.missing(saga(1, "a"))).contains("no code for version 1");
        assertThat(registry.find(saga(2, "b", "a"))).isEmpty();
        assertThat(registry.missing(saga(2, "b", "a"))).contains("raise its version()");
    }

    @Test
    void two_beans_of_one_name_and_version_are_refused() {
        assertThatThrownBy(() -> registry(new Versioned(1, "a"), new Versioned(1, "b")))
                .hasMessageContaining("version 1 of the saga versioned");
    }

    private static SagaRegistry registry(SagaHandler<?>... handlers) {
        return new SagaRegistry(List.of(handlers), new ObjectMapper(), CONFIG);
    }

    private static SagaState saga(int version, String... steps) {
        SagaState state = new SagaState("versioned", "1");
        state.apply(
                new SagaStarted(version, null, List.of(steps), SagaJson.tree("\"x\""), 1_000, 0, null), Instant.EPOCH);
        return state;
    }
}
