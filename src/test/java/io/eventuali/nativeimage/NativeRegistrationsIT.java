package io.eventuali.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.eventuali.support.LogClient;
import io.quarkus.caffeine.runtime.graal.CacheConstructorsFeature;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A native executable knows of what a service looks up by name, or calls in a native library, while it is used in every way. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NativeRegistrationsIT {
    private static final Path OURS =
            Path.of("src", "main", "resources", "META-INF", "native-image", "io.eventuali", "eventuali");
    private static final Set<String> LIBRARIES_UNPACKED_AT_RUN_TIME =
            Set.of("com.github.luben.zstd.", "org.xerial.snappy.");

    @TempDir
    static Path directory;

    private static Set<String> loaded;

    @BeforeAll
    static void use() throws IOException, InterruptedException {
        loaded = LoadedClasses.ofARun(directory);
    }

    @Test
    void it_knows_the_classes_that_caffeine_makes_by_name() {
        Set<String> registered = new TreeSet<>();
        for (String name : CacheConstructorsFeature.typesNeedingConstructorsRegistered()) {
            registered.add(name);
        }
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.eventuali").stream()
                        .filter(type -> type.isAnnotatedWith(RegisterForReflection.class))
                        .map(type -> type.getAnnotationOfType(RegisterForReflection.class))
                        .flatMap(annotation -> Arrays.stream(annotation.classNames()))
                        .forEach(registered::add);

        assertThat(loaded)
                .filteredOn(name -> name.matches("com\\.github\\.benmanes\\.caffeine\\.cache\\.(SS|PS)[A-Z]+"))
                .hasSizeGreaterThan(3)
                .isSubsetOf(registered);
    }

    @Test
    void it_knows_the_members_that_native_libraries_use() throws IOException {
        Set<String> registered = new TreeSet<>();
        for (JsonNode type : LogClient.json(Files.readString(OURS.resolve("jni-config.json")))) {
            registered.add(type.get("name").asText());
        }
        try (PackagedClasses classes =
                new PackagedClasses(Path.of(System.getProperty("test.runner")).getParent())) {
            assertThat(classes.withNativeMethods(loaded))
                    .filteredOn(name -> LIBRARIES_UNPACKED_AT_RUN_TIME.stream().anyMatch(name::startsWith))
                    .hasSizeGreaterThan(3)
                    .isSubsetOf(registered);
        }
    }
}
