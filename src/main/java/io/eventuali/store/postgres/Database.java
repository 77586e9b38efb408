package io.eventuali.store.postgres;

import io.quarkus.runtime.configuration.ConfigUtils;
import jakarta.inject.Singleton;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.config.ConfigValue;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/** Makes the database ready before the store opens: starts the embedded one if that is meant, waits, checks, migrates. */
@Singleton
class Database {
    private static final Logger LOG = Logger.getLogger(Database.class);
    private static final int OLDEST_SERVER = 140_000;
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** "eventuali" in ASCII, cut to eight bytes. The key is the database's, so it should collide with nobody's. */
    private static final long MIGRATION_LOCK = 0x6576656e7475616cL;

    private final DatabaseConfig config;
    private final DataSource dataSource;
    private final Flyway flyway;
    private DevDatabase embedded;

    Database(DatabaseConfig config, DataSource dataSource, Flyway flyway) {
        this.config = config;
        this.dataSource = dataSource;
        this.flyway = flyway;
    }

    /** Blocks until the schema is there. */
    void prepare() {
        ConfigValue url = ConfigProvider.getConfig().getConfigValue(DatabaseUrlSource.REACTIVE_URL);
        if (DatabaseUrlSource.EMBEDDED.equals(url.getSourceName())) {
            startEmbedded(URI.create(url.getValue()).getPort());
        }
        try {
            awaitServer();
            migrate(dataSource, flyway);
        } catch (RuntimeException failed) {
            release();
            throw failed;
        }
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
    static void migrate(DataSource dataSource, Flyway flyway) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + MIGRATION_LOCK + ")");
            try {
                flyway.migrate();
            } finally {
                statement.execute("SELECT pg_advisory_unlock(" + MIGRATION_LOCK + ")");
            }
        } catch (SQLException failed) {
            throw new IllegalStateException("the database was lost while it was brought up to date", failed);
        }
    }

    private void startEmbedded(int port) {
        boolean production = ConfigUtils.isProfileActive("prod");
        if (!config.embeddedPostgres().enabled().orElse(!production)) {
            throw new IllegalStateException(
                    "no database is configured. Set EVENTUALI_DATABASE_URL=postgresql://user:password@host:5432/database"
                            + "; for a trial on this machine, eventuali.embedded-postgres.enabled=true starts one in "
                            + config.embeddedPostgres().directory());
        }
        embedded = DevDatabase.start(config.embeddedPostgres().directory(), port);
    }

    private void awaitServer() {
        Instant giveUp = Instant.now().plus(config.database().startTimeout());
        while (true) {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet version = statement.executeQuery("SELECT current_setting('server_version_num')::int")) {
                version.next();
                if (version.getInt(1) < OLDEST_SERVER) {
                    throw new IllegalStateException(
                            "PostgreSQL 14 or newer is needed, the server has version number " + version.getInt(1));
                }
                return;
            } catch (SQLException unreachable) {
                if (Instant.now().isAfter(giveUp)) {
                    throw new IllegalStateException(
                            "the database did not answer within "
                                    + config.database().startTimeout(),
                            unreachable);
                }
                LOG.warnf("waiting for the database: %s", unreachable.getMessage());
            }
            try {
                Thread.sleep(RETRY.toMillis());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for the database", interrupted);
            }
        }
    }
}
