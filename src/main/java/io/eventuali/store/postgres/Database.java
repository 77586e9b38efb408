package io.eventuali.store.postgres;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalDataSource.FlushMode;
import io.eventuali.sql.Statements;
import io.eventuali.task.Tasks;
import io.quarkus.flyway.FlywayDataSource;
import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.ConfigValue;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jboss.logging.Logger;

/** Makes the database ready before the store opens: starts the embedded one if that is meant, waits, checks, migrates. */
@Singleton
class Database {
    private static final Logger LOG = Logger.getLogger(Database.class);
    private static final int OLDEST_SERVER = 140_000;
    /** Between attempts to reach a server that does not answer. */
    static final Duration RETRY = Duration.ofSeconds(1);

    private static final Duration LOCK_RETRY = Duration.ofMillis(200);
    /** "eventuali" in ASCII, cut to eight bytes. The key is the database's, so it should collide with nobody's. */
    private static final long MIGRATION_LOCK = 0x6576656e7475616cL;

    /** Classes of SQLSTATE: no such database, invalid authorization, invalid value of a setting, no such name or right. */
    private static final Set<String> REFUSALS = Set.of("3D", "28", "22", "42");

    private final DatabaseConfig config;
    private final DataSource dataSource;
    private final Flyway flyway;
    private final Tasks tasks;
    private DevDatabase embedded;

    Database(
            DatabaseConfig config,
            @io.quarkus.agroal.DataSource(Statements.DATA_SOURCE) DataSource dataSource,
            @FlywayDataSource(Statements.DATA_SOURCE) Flyway flyway,
            Tasks tasks) {
        this.tasks = tasks;
        this.config = config;
        this.dataSource = dataSource;
        this.flyway = flyway;
    }

    /**
     * Blocks until the schema is there.
     *
     * @throws ConfigurationException naming the setting that keeps it from being there, and the remedy
     */
    void prepare() {
        ConfigProvider.getConfig()
                .getOptionalValue(DatabaseUrlSource.PROBLEM, String.class)
                .ifPresent(problem -> {
                    throw new ConfigurationException(problem);
                });
        ConfigValue url = ConfigProvider.getConfig().getConfigValue(DatabaseUrlSource.REACTIVE_URL);
        // A start that waits would not see that the process is asked to stop, and the process waits for its start.
        Thread ender = new Thread(Thread.currentThread()::interrupt, "eventuali-start-ends");
        Runtime.getRuntime().addShutdownHook(ender);
        try {
            if (DatabaseUrlSource.EMBEDDED.equals(url.getSourceName())) {
                startEmbedded(URI.create(url.getValue()).getPort());
            }
            awaitSchema();
        } catch (RuntimeException failed) {
            release();
            throw failed;
        } finally {
            remove(ender);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException processEnds) {
            LOG.trace("the process ends already");
        }
    }

    /** How long a start waits for the server. */
    Duration startTimeout() {
        return config.database().startTimeout();
    }

    /** Stops the embedded server, if there is one. */
    void release() {
        if (embedded != null) {
            embedded.close();
            embedded = null;
        }
    }

    /**
     * Brings the schema up to date. Callers in other processes wait for each other: Flyway locks as well, but only after it
     * has looked whether its history is there, so of two that start on an empty database at once one would fail.
     */
    static void migrate(DataSource dataSource, Flyway flyway) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            awaitLock(statement);
            try {
                flyway.migrate();
            } finally {
                statement.execute("SELECT pg_advisory_unlock(" + MIGRATION_LOCK + ")");
            }
        }
    }

    /** Asks again and again: an answer that is long in coming would look like a connection that has died. */
    private static void awaitLock(Statement statement) throws SQLException {
        while (true) {
            try (ResultSet locked = statement.executeQuery("SELECT pg_try_advisory_lock(" + MIGRATION_LOCK + ")")) {
                locked.next();
                if (locked.getBoolean(1)) {
                    return;
                }
            }
            pause(LOCK_RETRY);
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ConfigurationException("the start was ended while it waited for the database");
        }
    }

    private void startEmbedded(int port) {
        boolean production = ConfigUtils.isProfileActive("prod");
        if (!config.embeddedPostgres().enabled().orElse(!production)) {
            throw new ConfigurationException(
                    "no database is configured. Set EVENTUALI_DATABASE_URL=postgresql://user:password@host:5432/database"
                            + "; for a trial on this machine, eventuali.embedded-postgres.enabled=true starts one in "
                            + config.embeddedPostgres().directory());
        }
        embeddable(ImageMode.current());
        try {
            embedded = DevDatabase.start(config.embeddedPostgres().directory(), port, tasks);
        } catch (NoClassDefFoundError notThere) {
            throw new ConfigurationException("no database is configured, and the embedded PostgreSQL is no part of this"
                    + " application. Set EVENTUALI_DATABASE_URL=postgresql://user:password@host:5432/database, or add"
                    + " io.zonky.test:embedded-postgres with the binaries of this platform to the dependencies");
        }
    }

    /** @throws ConfigurationException for a native executable, which does not hold the binaries of a server */
    static void embeddable(ImageMode mode) {
        if (mode == ImageMode.NATIVE_RUN) {
            throw new ConfigurationException("no database is configured, and a native executable has no embedded"
                    + " PostgreSQL. Set EVENTUALI_DATABASE_URL=postgresql://user:password@host:5432/database, or start"
                    + " the service on a JVM");
        }
    }

    private void awaitSchema() {
        Instant giveUp = Instant.now().plus(startTimeout());
        while (true) {
            try {
                checkServer();
                migrate(dataSource, flyway);
                // Nothing needs them any more, and idle ones would take places of the connections that append and
                // listen.
                if (dataSource instanceof AgroalDataSource pool) {
                    pool.flush(FlushMode.GRACEFUL);
                }
                return;
            } catch (SQLException | FlywayException unreachable) {
                if (isRefused(unreachable) || unreachable instanceof FlywayException && !isLost(unreachable)) {
                    throw refused(unreachable);
                }
                if (Instant.now().isAfter(giveUp)) {
                    throw new ConfigurationException(
                            "the database did not answer within %s (eventuali.database.start-timeout): %s; see to the server, or correct eventuali.database.url"
                                    .formatted(startTimeout(), reason(unreachable)));
                }
                LOG.warnf("waiting for the database: %s", reason(unreachable));
            }
            pause(RETRY);
        }
    }

    /** Without its cause: the reason is in the message, and one line is enough for it. */
    private static ConfigurationException refused(Throwable failure) {
        return new ConfigurationException(
                states(failure).findAny().isPresent()
                        ? "the database refuses this service: %s; correct eventuali.database.url, or the roles and rights there"
                                .formatted(reason(failure))
                        : "the tables of the service cannot be brought up to date: %s".formatted(reason(failure)));
    }

    private void checkServer() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet version = statement.executeQuery("SELECT current_setting('server_version_num')::int")) {
            version.next();
            if (version.getInt(1) < OLDEST_SERVER) {
                throw new ConfigurationException(
                        "PostgreSQL 14 or newer is needed, the server has version number " + version.getInt(1));
            }
        }
        PoolerCheck.run(dataSource);
    }

    /** Whether it answers that there is no such role or database, or another password, setting or right: waiting changes nothing. */
    private static boolean isRefused(Throwable failure) {
        return states(failure).anyMatch(state -> state.length() == 5 && REFUSALS.contains(state.substring(0, 2)));
    }

    /** Whether the server went away in the middle: connection exceptions, and what a server that stops or starts says. */
    private static boolean isLost(Throwable failure) {
        return states(failure).anyMatch(state -> state.startsWith("08") || state.startsWith("57P"));
    }

    private static Stream<String> states(Throwable failure) {
        return causes(failure)
                .filter(SQLException.class::isInstance)
                .map(cause -> ((SQLException) cause).getSQLState())
                .filter(Objects::nonNull);
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }

    /** What the server said, or else what the failure says, in one line. */
    static String reason(Throwable failure) {
        Optional<Throwable> unknown =
                causes(failure).filter(UnknownHostException.class::isInstance).findFirst();
        if (unknown.isPresent()) {
            return "there is no host " + unknown.get().getMessage() + "; correct eventuali.database.url";
        }
        String said = causes(failure)
                .filter(SQLException.class::isInstance)
                .reduce((first, second) -> second)
                .orElse(failure)
                .getMessage();
        return String.valueOf(said).strip().replaceAll("\\s*\\R\\s*", ", ");
    }
}
