package io.eventuali.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Other programs: run to their end within a time, or stopped by their process id. */
final class Programs {
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private Programs() {}

    /** What a program printed. It fails if the program does, or takes longer than {@code limit}. */
    static String output(Duration limit, List<String> command) {
        try {
            Path printed = Files.createTempFile("eventuali-bench", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(printed.toFile())
                        .start();
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.destroyForcibly();
                }
                String output = Files.readString(printed);
                if (!ended || process.exitValue() != 0) {
                    throw new IllegalStateException("%s %s:%n%s"
                            .formatted(command, ended ? "exited with " + process.exitValue() : "hangs", output));
                }
                return output;
            } finally {
                Files.delete(printed);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** The command as user postgres if this is root, since PostgreSQL refuses to run as root. The process id stays the server's own. */
    static List<String> unprivileged(List<String> command) {
        List<String> prefix =
                ROOT ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups") : List.of();
        return Stream.concat(prefix.stream(), command.stream()).toList();
    }

    /** A new directory under the system's temporary one that {@link #unprivileged} programs may write to. */
    static Path workDirectory(String name) {
        try {
            Path directory = Files.createTempDirectory("eventuali-bench-" + name);
            if (ROOT) {
                output(Duration.ofSeconds(5), List.of("chown", "postgres", directory.toString()));
            }
            return directory;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static void deleteTree(Path directory) {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Sends the signal and waits; a process that stays is killed. */
    static void stop(Process process, String signal) {
        if (process.isAlive()) {
            output(Duration.ofSeconds(5), List.of("kill", "-" + signal, Long.toString(process.pid())));
            try {
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException interrupted) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
