package io.eventuali.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server of our own, with its data in a temporary directory and every guarantee of durability on. */
final class PostgresServer implements AutoCloseable {
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");

    private final Path bin;
    private final Path directory;
    private final int port;
    private final Process process;

    private PostgresServer(Path bin, Path directory, int port, Process process) {
        this.bin = bin;
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** Starts the newest version that is installed. */
    static PostgresServer start() {
        Path bin = newestBin();
        Path directory = Programs.workDirectory("postgres");
        Path data = directory.resolve("data");
        int port = Programs.freePort();
        Programs.output(
                Duration.ofMinutes(1),
                Programs.unprivileged(List.of(
                        bin.resolve("initdb").toString(),
                        "--pgdata=" + data,
                        "--username=postgres",
                        "--auth=trust",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8")));
        List<String> command = Programs.unprivileged(List.of(
                bin.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-c",
                "port=" + port,
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=200",
                "-c",
                "fsync=on",
                "-c",
                "synchronous_commit=on",
                "-c",
                "full_page_writes=on",
                // Room for one run, so that a checkpoint does not fall into the turn of one side only.
                "-c",
                "max_wal_size=8GB",
                "-c",
                "checkpoint_timeout=1h"));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("server.log").toFile())
                    .start();
            PostgresServer server = new PostgresServer(bin, directory, port, process);
            server.awaitReady();
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Path newestBin() {
        try (Stream<Path> versions = Files.list(INSTALLED)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/postgres")))
                    .max(Comparator.comparing(
                            version -> Integer.parseInt(version.getFileName().toString())))
                    .orElseThrow(() -> new IllegalStateException("no PostgreSQL server in " + INSTALLED))
                    .resolve("bin");
        } catch (IOException failed) {
            throw new UncheckedIOException("PostgreSQL is not installed", failed);
        }
    }

    private void awaitReady() {
        for (int attempt = 0; ; attempt++) {
            try {
                connect().close();
                return;
            } catch (SQLException notYet) {
                if (attempt == 300 || !process.isAlive()) {
                    close();
                    throw new IllegalStateException("PostgreSQL does not start, see " + directory, notYet);
                }
                Programs.pause(Duration.ofMillis(100));
            }
        }
    }

    /** What the service takes as EVENTUALI_DATABASE_URL. */
    String url() {
        return "postgresql://postgres:postgres@127.0.0.1:" + port + "/postgres";
    }

    int port() {
        return port;
    }

    Path tool(String name) {
        return bin.resolve(name);
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }

    void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** The first column of the first row. */
    long number(String sql) {
        return Long.parseLong(text(sql));
    }

    /** The first column of the first row. */
    String text(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** G1 as a check of every benchmark: positions are dense and the head is at the last one. */
    void checkLog() {
        String dense =
                text("SELECT count(*) = max(global_position) AND max(global_position) = (SELECT position FROM log_head)"
                        + " AND min(global_position) = 1 FROM events");
        if (!"t".equals(dense)) {
            throw new IllegalStateException("the positions of the log are not dense");
        }
    }

    @Override
    public void close() {
        // Fast shutdown: sessions are ended, the data is left clean.
        Programs.stop(process, "INT");
        Programs.deleteTree(directory);
    }
}
