package io.eventuali.support;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A PostgreSQL of a test's own, as durable as a real one, that can be killed and started again on the same data and port. */
public final class DatabaseServer implements AutoCloseable {
    private final Path data;
    private final int port;
    private EmbeddedPostgres server;

    public DatabaseServer() {
        this(newDirectory());
        start();
    }

    /** On a disk of its own. */
    public static DatabaseServer in(Path directory) {
        DatabaseServer server = new DatabaseServer(directory);
        server.start();
        return server;
    }

    private DatabaseServer(Path data) {
        this.data = data;
        this.port = Ports.free();
    }

    private static Path newDirectory() {
        try {
            Path directory =
                    Files.createDirectories(Path.of("target", "test-databases").toAbsolutePath());
            return Files.createTempDirectory(directory, "pg");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Another server with a copy of the data of this one, which has to be stopped. It is not started. */
    public DatabaseServer copy() {
        DatabaseServer copy = new DatabaseServer(newDirectory());
        copy.takeDataOf(this);
        return copy;
    }

    /** Replaces the data by that of another server; both have to be stopped. */
    public void takeDataOf(DatabaseServer other) {
        Tool.run(data.getParent(), "rm", "-rf", data.toString());
        Tool.run(data.getParent(), "cp", "-a", other.data.toString(), data.toString());
    }

    /** Makes it a standby, which streams from the primary at this port without being waited for. Before its start. */
    public void follow(int primary) {
        try {
            Files.writeString(data.resolve("standby.signal"), "");
            Files.writeString(
                    data.resolve("postgresql.auto.conf"),
                    "primary_conninfo = 'host=localhost port=" + primary + " user=postgres password=postgres'\n"
                            + "wal_retrieve_retry_interval = '100ms'\n");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Makes a standby the primary, with what it has received. */
    public void promote() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_promote(true, 60)");
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** The value of a statement with one row and one column. */
    public String value(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    public void start() {
        try {
            server = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(true)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("full_page_writes", "on")
                    .start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** {@code kill -9} of the server; its children follow by themselves. */
    public void kill() {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim());
            ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
            var children = postmaster.children().toList();
            postmaster.destroyForcibly();
            for (ProcessHandle child : children) {
                // Also without a last word: a backend must not finish a commit that a crash would have cut off.
                child.destroyForcibly();
            }
            postmaster.onExit().get();
            for (ProcessHandle child : children) {
                child.onExit().get();
            }
            releaseLock();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** There is nothing left to stop, but the library holds a lock on the directory until it has tried, and says that it failed. */
    private void releaseLock() throws IOException {
        Logger log = Logger.getLogger(EmbeddedPostgres.class.getName());
        log.setLevel(Level.OFF);
        server.close();
        log.setLevel(null);
    }

    /** Whether it takes connections. */
    public boolean isRunning() {
        try (Connection connection = connect()) {
            return connection.isValid(2);
        } catch (SQLException away) {
            return false;
        }
    }

    /** What {@code EVENTUALI_DATABASE_URL} has to be. */
    public String url() {
        return "postgresql://postgres:postgres@localhost:" + port + "/postgres";
    }

    public int port() {
        return port;
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:" + url().replace("postgres:postgres@", ""), "postgres", "postgres");
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
