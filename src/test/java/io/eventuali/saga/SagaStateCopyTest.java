package io.eventuali.saga;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.eventuali.tracing.TraceContext;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SagaStateCopyTest {
    private static final Map<Class<?>, Object> UNUSUAL = Map.of(
            long.class,
            7L,
            int.class,
            7,
            boolean.class,
            true,
            String.class,
            "seven",
            Instant.class,
            Instant.ofEpochSecond(7),
            SagaStatus.class,
            SagaStatus.COMPENSATING,
            JsonNode.class,
            TextNode.valueOf("seven"),
            List.class,
            List.of(new StepState("seven")),
            Optional.class,
            Optional.of(new TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Optional.empty())));

    @Test
    void a_copy_has_every_field() throws IllegalAccessException {
        SagaState state = new SagaState("order", "1");
        SagaState other = new SagaState("order", "1");
        for (Field field : SagaState.class.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())
                    || List.of("type", "sagaId").contains(field.getName())) {
                continue;
            }
            field.setAccessible(true);
            Object value = UNUSUAL.get(field.getType());
            assertThat(value).as("a value for %s", field).isNotNull().isNotEqualTo(field.get(other));
            field.set(state, value);
        }

        assertThat(state.copy()).usingRecursiveComparison().isEqualTo(state);
    }
}
