package io.eventuali.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The rooms of the house and the arrows between them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PackageRulesTest {
    private static final String ROOT = "io.eventuali";
    private static final String PUBLIC_API = "/public-api.txt";
    private static final Set<String> PROMISED =
            Set.of("event", "store", "stream", "ownership", "projection", "saga", "saga.client");

    /** What each package may know of the others. A new package needs a line here. */
    private static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("event", Set.of()),
            Map.entry("format", Set.of("event")),
            Map.entry("tracing", Set.of("event")),
            Map.entry("identity", Set.of()),
            Map.entry("store", Set.of("event")),
            Map.entry("store.engine", Set.of("event", "identity", "store")),
            Map.entry("store.postgres", Set.of("event", "store", "store.engine", "identity", "tracing", "sql", "task")),
            Map.entry("stream", Set.of("event", "identity", "store", "store.engine", "tracing", "task")),
            Map.entry("sql", Set.of()),
            Map.entry("wire", Set.of()),
            Map.entry("secret", Set.of("sql", "task")),
            Map.entry("task", Set.of()),
            Map.entry("ownership", Set.of("identity", "sql", "task")),
            Map.entry(
                    "projection",
                    Set.of(
                            "event",
                            "identity",
                            "format",
                            "tracing",
                            "store",
                            "store.engine",
                            "stream",
                            "ownership",
                            "sql",
                            "task")),
            Map.entry(
                    "saga",
                    Set.of(
                            "event",
                            "identity",
                            "format",
                            "tracing",
                            "store",
                            "store.engine",
                            "stream",
                            "ownership",
                            "secret",
                            "sql",
                            "task")),
            Map.entry("saga.client", Set.of("saga")),
            Map.entry("consumer", Set.of("event", "identity", "store", "stream", "sql")),
            Map.entry("security", Set.of("event", "stream", "secret", "sql", "task")),
            Map.entry(
                    "kafka",
                    Set.of(
                            "event",
                            "identity",
                            "format",
                            "tracing",
                            "store",
                            "store.engine",
                            "stream",
                            "ownership",
                            "secret",
                            "sql",
                            "task")),
            Map.entry(
                    "http",
                    Set.of(
                            "event",
                            "identity",
                            "format",
                            "tracing",
                            "store",
                            "store.engine",
                            "stream",
                            "ownership",
                            "projection",
                            "saga",
                            "consumer",
                            "kafka",
                            "secret",
                            "security",
                            "task",
                            "verify")),
            Map.entry(
                    "verify",
                    Set.of("event", "store", "store.engine", "ownership", "projection", "saga", "sql", "task")),
            Map.entry(
                    "http.sse",
                    Set.of(
                            "event",
                            "format",
                            "store",
                            "stream",
                            "projection",
                            "consumer",
                            "security",
                            "http",
                            "verify")),
            Map.entry(
                    "ops",
                    Set.of(
                            "event",
                            "store",
                            "store.engine",
                            "stream",
                            "projection",
                            "saga",
                            "security",
                            "verify",
                            "task")));

    /** Each has tables of its own; events are in those of the first one only. */
    private static final String[] SQL = {
        ROOT + ".sql",
        ROOT + ".secret",
        ROOT + ".store.postgres",
        ROOT + ".ownership",
        ROOT + ".projection",
        ROOT + ".saga",
        ROOT + ".security",
        ROOT + ".kafka",
        ROOT + ".consumer",
        ROOT + ".verify"
    };

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void a_package_knows_only_packages_below_it() {
        List<String> forbidden = new ArrayList<>();
        for (JavaClass origin : CLASSES) {
            Set<String> allowed = MAY_KNOW.get(room(origin));
            assertThat(allowed).as("what %s may know", origin.getName()).isNotNull();
            origin.getDirectDependenciesFromSelf().stream()
                    .filter(dependency ->
                            dependency.getTargetClass().getPackageName().startsWith(ROOT))
                    .filter(dependency -> !room(dependency.getTargetClass()).equals(room(origin)))
                    .filter(dependency -> !allowed.contains(room(dependency.getTargetClass())))
                    .forEach(dependency -> forbidden.add(dependency.getDescription()));
        }

        assertThat(forbidden).isEmpty();
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void events_depend_on_the_jdk_only() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".event")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(ROOT + ".event", "java.."))
                .check(CLASSES);
    }

    @Test
    void store_and_stream_know_neither_the_database_client_nor_http() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".store", ROOT + ".stream")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.vertx..", "org.hibernate..", "jakarta.ws.rs..", "java.sql.."))
                .check(CLASSES);
    }

    @Test
    void sql_is_spoken_by_those_who_have_tables_only() {
        noClasses()
                .that()
                .resideOutsideOfPackages(SQL)
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql..", "javax.sql..", "org.flywaydb.."))
                .check(CLASSES);
    }

    @Test
    void http_is_spoken_in_its_packages_only() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".http..", ROOT + ".saga.client")
                .should()
                .dependOnClassesThat(resideInAnyPackage("jakarta.ws.rs..", "org.jboss.resteasy.."))
                .check(CLASSES);
    }

    /** Their failures are answered by themselves, and an application that wants no API has none of them. */
    @Test
    void resources_leave_an_application_its_own_mappers_and_can_be_left_out() {
        classes()
                .that()
                .areAnnotatedWith("jakarta.ws.rs.Path")
                .should()
                .beAnnotatedWith("io.eventuali.http.ApiResource")
                .andShould()
                .beAnnotatedWith("io.quarkus.resteasy.reactive.server.EndpointDisabled")
                .check(CLASSES);
        noMethods()
                .should()
                .beAnnotatedWith("org.jboss.resteasy.reactive.server.ServerExceptionMapper")
                .check(CLASSES);
    }

    /** A public type more or less is a visible line in a diff of that file. */
    @Test
    void the_public_types_are_those_of_the_list() throws IOException {
        Set<String> types = CLASSES.stream()
                .filter(type -> PROMISED.contains(room(type)))
                .filter(PackageRulesTest::isPublic)
                .map(JavaClass::getName)
                .collect(Collectors.toSet());

        try (InputStream list = PackageRulesTest.class.getResourceAsStream(PUBLIC_API)) {
            assertThat(types)
                    .as("public types against src/test/resources" + PUBLIC_API)
                    .containsExactlyInAnyOrderElementsOf(new String(list.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .toList());
        }
    }

    private static boolean isPublic(JavaClass type) {
        Optional<JavaClass> outer = type.getEnclosingClass();
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && outer.map(PackageRulesTest::isPublic).orElse(true);
    }

    /** The package below the root: {@code store.postgres}. */
    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    }
}
