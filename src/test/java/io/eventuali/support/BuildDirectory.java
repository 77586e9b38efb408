package io.eventuali.support;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/** What all JVMs that run the tests of one build share: the directory {@code target}. */
final class BuildDirectory {
    static final Path TARGET = Path.of("target").toAbsolutePath();

    private BuildDirectory() {}

    /** Does something that one thread of one JVM at a time may do. */
    static <T> T alone(String what, Callable<T> task) throws Exception {
        synchronized (BuildDirectory.class) {
            Path locks = Files.createDirectories(TARGET.resolve("locks"));
            try (FileChannel file =
                    FileChannel.open(locks.resolve(what), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                // Closing the file gives the lock back.
                file.lock();
                return task.call();
            }
        }
    }

    /** A text that is another one once a file below has changed, was added or has gone. */
    static String fingerprint(Path... roots) throws IOException {
        CRC32 content = new CRC32();
        for (Path root : roots) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    content.update((file + " " + Files.size(file) + " "
                                    + Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS))
                            .getBytes());
                }
            }
        }
        return Long.toHexString(content.getValue());
    }
}
