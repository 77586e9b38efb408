package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.configuration.ConfigurationException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class EmbeddedInExecutableTest {
    @Test
    void an_executable_says_that_it_has_no_server_and_what_to_do() {
        assertThatThrownBy(() -> Database.embeddable(ImageMode.NATIVE_RUN))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("native executable")
                .hasMessageContaining("EVENTUALI_DATABASE_URL=postgresql://");
        assertThatCode(() -> Database.embeddable(ImageMode.JVM)).doesNotThrowAnyException();
    }
}
