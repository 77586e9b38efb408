package io.eventuali.support;

import io.quarkus.bootstrap.app.CuratedApplication;
import io.quarkus.bootstrap.app.QuarkusBootstrap;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The service packaged together with some classes of the tests, as an application that depends on it would be. */
public final class PackagedApp {
    private static final Set<String> BUILT = new HashSet<>();

    private PackagedApp() {}

    /**
     * Packages the service with everything that the tests have in a package.
     *
     * @return what {@code java -jar} starts
     */
    public static Path with(String packageName) {
        return with(packageName, Map.of());
    }

    /**
     * Packages the service with everything that the tests have in a package, and settings that are fixed when it is built.
     *
     * @return what {@code java -jar} starts
     */
    public static synchronized Path with(String packageName, Map<String, String> fixed) {
        String name = packageName + (fixed.isEmpty() ? "" : "-" + Integer.toHexString(new TreeMap<>(fixed).hashCode()));
        Path target = Path.of("target", "app-" + name);
        if (!BUILT.contains(name)) {
            try {
                BuildDirectory.alone(target.getFileName().toString(), () -> {
                    build(packageName, fixed, target);
                    return null;
                });
                BUILT.add(name);
            } catch (Exception failed) {
                throw new IllegalStateException("cannot package the service with " + packageName, failed);
            }
        }
        return target.resolve("quarkus-app").resolve("quarkus-run.jar");
    }

    /** Does nothing where an earlier test, maybe of another JVM, has packaged the same. */
    private static void build(String packageName, Map<String, String> fixed, Path target) throws Exception {
        Path service = Path.of("target", "classes");
        String directory = packageName.replace('.', '/');
        Path tests = Path.of("target", "test-classes", directory);
        Path builtOf = target.resolve("built-of");
        String sources = new TreeMap<>(fixed) + BuildDirectory.fingerprint(service, tests, Path.of("pom.xml"));
        if (Files.exists(builtOf) && Files.readString(builtOf).equals(sources)) {
            return;
        }
        Files.deleteIfExists(builtOf);
        Path classes = target.resolve("classes");
        copy(service, classes);
        copy(tests, classes.resolve(directory));
        Properties settings = new Properties();
        settings.setProperty("quarkus.package.jar.type", "fast-jar");
        settings.putAll(fixed);
        try (CuratedApplication application = QuarkusBootstrap.builder()
                .setApplicationRoot(classes.toAbsolutePath())
                .setProjectRoot(Path.of("").toAbsolutePath())
                .setTargetDirectory(target.toAbsolutePath())
                .setBaseName("app")
                .setMode(QuarkusBootstrap.Mode.PROD)
                .setLocalProjectDiscovery(true)
                .setIsolateDeployment(true)
                .setBuildSystemProperties(settings)
                .setBaseClassLoader(new WithoutRestClient())
                .build()
                .bootstrap()) {
            application.createAugmentor().createProductionApplication();
        }
        Files.writeString(builtOf, sources);
    }

    /** Packaging looks for classes among those of the tests, too; what the package has not, it must not find there. */
    private static final class WithoutRestClient extends ClassLoader {
        private static final List<String> HIDDEN = List.of("io.smallrye.stork.", "org.jboss.resteasy.reactive.client.");

        WithoutRestClient() {
            super(PackagedApp.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (HIDDEN.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }

        @Override
        public URL getResource(String name) {
            return HIDDEN.stream().anyMatch(name.replace('/', '.')::startsWith) ? null : super.getResource(name);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return HIDDEN.stream().anyMatch(name.replace('/', '.')::startsWith)
                    ? Collections.emptyEnumeration()
                    : super.getResources(name);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
