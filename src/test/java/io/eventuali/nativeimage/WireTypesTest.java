package io.eventuali.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.eventuali.format.Json;
import io.eventuali.projection.Projection;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Jackson writes of a type of the wire has each of its members, and Jackson reads the same from it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class WireTypesTest {
    @ParameterizedTest
    @MethodSource("wireTypes")
    void it_is_read_as_it_was_written(Class<?> type) throws Exception {
        Object sample = sample(type);

        String json = Json.MAPPER.writeValueAsString(sample);

        JsonNode tree = Json.MAPPER.readTree(json);
        for (RecordComponent component : type.getRecordComponents()) {
            JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
            assertThat(tree.has(named == null ? component.getName() : named.value()))
                    .as("%s of %s in %s", component.getName(), type.getSimpleName(), json)
                    .isTrue();
        }
        assertThat(Json.MAPPER.readValue(json, type)).isEqualTo(sample);
    }

    /** The records of the API that are not private to a class, and the documents of the projections that come with it. */
    static Stream<Class<?>> wireTypes() {
        List<JavaClass> classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.eventuali").stream()
                        .toList();
        Stream<Class<?>> answers = classes.stream()
                .filter(type -> type.getPackageName().startsWith("io.eventuali.http"))
                .filter(type -> !type.getModifiers().contains(JavaModifier.PRIVATE))
                .map(JavaClass::reflect);
        Stream<Class<?>> documents = classes.stream()
                .filter(type -> type.isAssignableTo(Projection.class) && !type.isEquivalentTo(Projection.class))
                .map(type -> type.reflect().getGenericSuperclass())
                .filter(ParameterizedType.class::isInstance)
                .flatMap(type -> Arrays.stream(((ParameterizedType) type).getActualTypeArguments()))
                .filter(Class.class::isInstance)
                .map(type -> (Class<?>) type);
        return Stream.concat(answers, documents).filter(Class::isRecord);
    }

    private static Object sample(Type type) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            return switch (generic.getRawType().getTypeName()) {
                case "java.util.List" -> List.of(sample(arguments[0]));
                case "java.util.Map" -> Map.of(sample(arguments[0]), sample(arguments[1]));
                case "java.util.Optional" -> Optional.of(sample(arguments[0]));
                default -> throw new AssertionError("no sample of " + type);
            };
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            RecordComponent[] components = plain.getRecordComponents();
            Object[] values = new Object[components.length];
            Class<?>[] types = new Class<?>[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = sample(components[i].getGenericType());
            }
            Constructor<?> constructor = plain.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        }
        if (plain.isEnum()) {
            return plain.getEnumConstants()[0];
        }
        return switch (plain.getName()) {
            case "java.lang.String" -> "text ä\u0000😀";
            case "long", "java.lang.Long" -> 9_007_199_254_740_993L;
            case "int", "java.lang.Integer" -> 42;
            case "double", "java.lang.Double" -> 0.5;
            case "boolean", "java.lang.Boolean" -> true;
            case "java.time.Instant" -> Instant.parse("2026-01-02T03:04:05.006007Z");
            case "java.util.UUID" -> new UUID(1, 2);
            default -> throw new AssertionError("no sample of " + type);
        };
    }
}
