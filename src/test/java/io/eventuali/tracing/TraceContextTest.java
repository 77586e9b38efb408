package io.eventuali.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.event.JsonText;
import io.opentelemetry.api.trace.SpanContext;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only what Trace Context allows passes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class TraceContextTest {
    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    private static final String STATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

    @Test
    void what_is_well_formed_passes_as_it_is() {
        assertThat(TraceContext.of(PARENT, STATE)).contains(new TraceContext(PARENT, Optional.of(STATE)));
    }

    @Test
    void it_is_found_in_the_metadata_of_an_event() {
        assertThat(TraceContext.in(new JsonText(
                        "{\"a\":[1],\"tracestate\":\"%s\",\"traceparent\":\"%s\"}".formatted(STATE, PARENT))))
                .contains(new TraceContext(PARENT, Optional.of(STATE)));
        assertThat(TraceContext.in(JsonText.EMPTY_OBJECT)).isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "a",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX-Admin: true"
            })
    void without_a_well_formed_parent_there_is_none(String parent) {
        assertThat(TraceContext.of(parent, STATE)).isEmpty();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "a", "congo=1\r\nX-Admin: true", "congo=\u00e9"})
    void a_state_that_is_not_well_formed_is_left_out(String state) {
        assertThat(TraceContext.of(PARENT, state)).contains(new TraceContext(PARENT, Optional.empty()));
    }

    @Test
    void a_span_of_no_trace_has_none() {
        assertThat(TraceContext.of(SpanContext.getInvalid())).isEmpty();
    }
}
