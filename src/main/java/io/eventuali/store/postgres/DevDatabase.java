package io.eventuali.store.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * A real PostgreSQL beside this process, for a machine that has only a JDK. Its data outlive the process, and it is as
 * durable as a server of its own: nothing is switched off.
 */
final class DevDatabase implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DevDatabase.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final FileChannel lockFile;
    private final FileLock lock;
    private final EmbeddedPostgres server;

    private DevDatabase(FileChannel lockFile, FileLock lock, EmbeddedPostgres server) {
        this.lockFile = lockFile;
        this.lock = lock;
        this.server = server;
    }

    /**
     * Starts the server on a directory, creating the data there the first time. Blocks until it answers.
     *
     * @throws IllegalStateException if another process uses the directory
     */
    static DevDatabase start(Path directory, int port) {
        long started = System.nanoTime();
        Path data = directory.toAbsolutePath().resolve("data");
        FileChannel lockFile = null;
        try {
            Files.createDirectories(data);
            lockFile = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(lockFile, directory);
            stopOrphan(data.resolve("postmaster.pid"));
            Redirect log = Redirect.appendTo(directory.resolve("server.log").toFile());
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setOverrideWorkingDirectory(
                            directory.resolve("bin").toAbsolutePath().toFile())
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("log_min_messages", "warning")
                    .setOutputRedirector(log)
                    .setErrorRedirector(log)
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
            LOG.infof(
                    "embedded PostgreSQL ready port=%d data=%s ms=%d",
                    server.getPort(), data, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
            return new DevDatabase(lockFile, lock, server);
        } catch (IOException | RuntimeException failed) {
            close(lockFile);
            if (failed instanceof IOException io) {
                throw new UncheckedIOException(
                        "cannot start the embedded PostgreSQL, see " + directory.resolve("server.log"), io);
            }
            throw (RuntimeException) failed;
        }
    }

    private static FileLock tryLock(FileChannel lockFile, Path directory) throws IOException {
        FileLock lock;
        try {
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            lock = null;
        }
        if (lock == null) {
            throw new IllegalStateException("another process uses the embedded PostgreSQL in " + directory
                    + "; stop it, choose another eventuali.embedded-postgres.directory, or let both use one server by"
                    + " EVENTUALI_DATABASE_URL");
        }
        return lock;
    }

    /**
     * A process that was killed leaves its server behind, or, if the machine went down, a pid file that may by now name
     * anybody. The lock above proves that no living process of ours owns it.
     */
    private static void stopOrphan(Path pidFile) throws IOException {
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        var orphan = lines.isEmpty()
                ? null
                : ProcessHandle.of(parsePid(lines.get(0))).orElse(null);
        if (orphan == null || !isPostgres(orphan)) {
            LOG.infof("removing a stale pid file pid=%s", lines.isEmpty() ? "" : lines.get(0));
            Files.delete(pidFile);
            return;
        }
        LOG.warnf("stopping the PostgreSQL that a killed process left behind pid=%d", orphan.pid());
        interrupt(orphan);
        try {
            orphan.onExit().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException stuck) {
            orphan.destroyForcibly();
        }
        Files.deleteIfExists(pidFile);
    }

    private static long parsePid(String line) {
        try {
            return Long.parseLong(line.trim());
        } catch (NumberFormatException damaged) {
            return -1;
        }
    }

    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString().startsWith("postgres"))
                .orElse(false);
    }

    /** SIGINT makes PostgreSQL shut down cleanly without waiting for its clients, which Java's {@code destroy} (SIGTERM) would. */
    private static void interrupt(ProcessHandle process) throws IOException {
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (IOException noSuchCommand) {
            process.destroy();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failed) {
            LOG.warnf("the embedded PostgreSQL did not stop cleanly: %s", failed.getMessage());
        }
        try {
            lock.release();
        } catch (IOException failed) {
            LOG.debugf("lock not released: %s", failed.getMessage());
        }
        close(lockFile);
    }

    private static void close(FileChannel file) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException failed) {
                LOG.debugf("lock file not closed: %s", failed.getMessage());
            }
        }
    }
}
