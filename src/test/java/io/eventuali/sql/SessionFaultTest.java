package io.eventuali.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session ends with the failures that it would repeat, and with no other. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SessionFaultTest {
    @ParameterizedTest
    @ValueSource(strings = {"25006", "25P02", "26000", "0A000", "57P01", "57P02", "57P03", "57P05", "08006", "08P01"})
    void what_the_session_would_repeat_ends_it(String state) {
        assertThat(SessionFault.isLasting(new IllegalStateException(failure("ERROR", state))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "40001", "40P01", "55P03", "57014", "53100", "22P02", "42501"})
    void what_the_statement_met_does_not(String state) {
        assertThat(SessionFault.isLasting(failure("ERROR", state))).isFalse();
    }

    @Test
    void what_is_fatal_ends_it_whatever_it_is() {
        assertThat(SessionFault.isLasting(failure("FATAL", "53300"))).isTrue();
        assertThat(SessionFault.isLasting(new IllegalStateException("of this side")))
                .isFalse();
    }

    @Test
    void too_many_connections_are_scarcity() {
        assertThat(SessionFault.isScarcity(new IllegalStateException(failure("FATAL", "53300"))))
                .isTrue();
        assertThat(SessionFault.isScarcity(failure("FATAL", "57P03"))).isFalse();
    }

    private static PgException failure(String severity, String state) {
        return new PgException("refused", severity, state, null);
    }
}
