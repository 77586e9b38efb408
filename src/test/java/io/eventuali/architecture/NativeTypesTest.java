package io.eventuali.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.eventuali.projection.Projection;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/**
 * A native executable has no more reflection than it was told of when it was built. Jackson needs it for each type that it reads or writes.
 * Quarkus tells it of those that a resource method declares; the others have {@link RegisterForReflection}.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NativeTypesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.eventuali");

    @Test
    void every_type_that_is_read_or_written_as_json_is_one_that_the_executable_knows() {
        Set<String> declared = new TreeSet<>();
        resourceMethods().forEach(method -> collect(method.getGenericReturnType(), declared));
        Set<String> json = jsonTypes();

        assertThat(json)
                .contains(
                        "io.eventuali.http.AppendResponse",
                        "io.eventuali.http.ProjectionView",
                        "io.eventuali.projection.TypeStatistics");
        assertThat(json)
                .as("types that need @RegisterForReflection, since no resource method declares them, among " + json)
                .filteredOn(name -> !declared.contains(name))
                .allMatch(name -> CLASSES.get(name).isAnnotatedWith(RegisterForReflection.class));
    }

    /** Every record of http that is not private to a class, and the documents of projections, with what they have. */
    private static Set<String> jsonTypes() {
        Set<String> found = new TreeSet<>();
        CLASSES.stream()
                .filter(type -> type.getPackageName().startsWith("io.eventuali.http"))
                .filter(JavaClass::isRecord)
                .filter(type -> !type.getModifiers().contains(JavaModifier.PRIVATE))
                .map(JavaClass::reflect)
                .forEach(type -> collect(type, found));
        CLASSES.stream()
                .filter(type -> type.isAssignableTo(Projection.class) && !type.isEquivalentTo(Projection.class))
                .map(JavaClass::reflect)
                .map(Class::getGenericSuperclass)
                .filter(ParameterizedType.class::isInstance)
                .flatMap(type -> Arrays.stream(((ParameterizedType) type).getActualTypeArguments()))
                .forEach(type -> collect(type, found));
        return found;
    }

    @Test
    void nobody_looks_up_a_class_by_its_name() {
        assertThat(CLASSES.stream()
                        .flatMap(type -> type.getMethodCallsFromSelf().stream())
                        .filter(call -> call.getTargetOwner().isEquivalentTo(Class.class))
                        .filter(call -> Set.of("forName", "getDeclaredConstructor", "getDeclaredMethod", "getMethod")
                                .contains(call.getName()))
                        .map(JavaMethodCall::getDescription))
                .isEmpty();
    }

    private static Stream<Method> resourceMethods() {
        return CLASSES.stream()
                .filter(type -> type.isAnnotatedWith(Path.class))
                .map(JavaClass::reflect)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()));
    }

    /** Types of ours in a type: its arguments, and what a record has. */
    private static void collect(Type type, Set<String> names) {
        if (type instanceof ParameterizedType generic) {
            collect(generic.getRawType(), names);
            Arrays.stream(generic.getActualTypeArguments()).forEach(argument -> collect(argument, names));
        } else if (type instanceof Class<?> plain
                && plain.getName().startsWith("io.eventuali.")
                && names.add(plain.getName())
                && plain.isRecord()) {
            for (RecordComponent component : plain.getRecordComponents()) {
                collect(component.getGenericType(), names);
            }
        }
    }
}
