package io.eventuali.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The loaded classes of an application, as a file that the JVM maps instead of loading them again. A replica then starts with less than
 * half of the processor time. The first replica of an application makes the archive, by one run of its own on an empty database.
 *
 * <p>Replicas start without an archive where none can be made. The JVM ignores an archive that does not fit to it or to the jars.
 */
final class ClassArchive {
    private static final Logger LOG = Logger.getLogger(ClassArchive.class.getName());
    private static final Path DIRECTORY = BuildDirectory.TARGET.resolve("class-archives");
    private static final Map<Path, List<String>> OPTIONS = new ConcurrentHashMap<>();

    private ClassArchive() {}

    /** The options of {@code java} with which the application starts quickly. */
    static List<String> options(Path runner) {
        return OPTIONS.computeIfAbsent(runner.toAbsolutePath(), ClassArchive::find);
    }

    private static List<String> find(Path runner) {
        try {
            return BuildDirectory.alone("class-archives", () -> {
                // A file of another name for other classes, since running replicas have mapped the old one.
                Path application = BuildDirectory.TARGET.relativize(runner.getParent());
                Path directory = Files.createDirectories(DIRECTORY.resolve(application));
                Path archive = directory.resolve(System.getProperty("java.vm.version") + "-"
                        + BuildDirectory.fingerprint(runner.getParent()) + ".jsa");
                if (!Files.exists(archive)) {
                    deleteAll(directory);
                    make(runner, archive);
                }
                return List.of("-XX:SharedArchiveFile=" + archive);
            });
        } catch (Exception failed) {
            LOG.log(Level.WARNING, "no class archive for " + runner + ", replicas start slowly", failed);
            return List.of();
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void make(Path runner, Path archive) throws IOException, InterruptedException {
        Path unfinished = archive.resolveSibling(archive.getFileName() + ".unfinished");
        try (DatabaseServer database = new DatabaseServer();
                Replica replica = Replica.launchRecorded(runner, database, "-XX:ArchiveClassesAtExit=" + unfinished)) {
            replica.awaitReady();
            work(replica);
            replica.terminate();
            replica.awaitExit();
        }
        Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Loads the classes that only requests need. */
    private static void work(Replica replica) throws IOException, InterruptedException {
        URI stream = replica.uri("/v1/streams/Order/order-1/events");
        Replica.HTTP.send(
                HttpRequest.newBuilder(stream)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("[{\"eventType\":\"OrderSeen\",\"data\":{}}]"))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        replica.status("/v1/streams/Order/order-1/events");
        replica.status("/v1/events?eventType=Order*");
        replica.status("/q/metrics");
        HttpResponse<Stream<String>> events = Replica.HTTP.send(
                HttpRequest.newBuilder(replica.uri("/v1/events/stream?eventType=Order*"))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = events.body()) {
            lines.anyMatch(line -> line.startsWith("data: "));
        }
    }
}
