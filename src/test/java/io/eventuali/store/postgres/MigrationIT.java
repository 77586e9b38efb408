package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Rounds;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The schema comes to be once, whoever starts with whom. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MigrationIT {
    private static final int ROUNDS = Rounds.of(5, "starts of four replicas");
    private static final int REPLICAS = 4;

    @Test
    void replicas_that_start_on_an_empty_database_at_once_all_find_the_schema() throws Exception {
        try (DatabaseServer server = new DatabaseServer()) {
            ExecutorService replicas = Executors.newFixedThreadPool(REPLICAS);
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    String database = "start" + round;
                    execute(server, "CREATE DATABASE " + database);
                    CyclicBarrier together = new CyclicBarrier(REPLICAS);
                    List<Future<?>> starts = new ArrayList<>();
                    for (int replica = 0; replica < REPLICAS; replica++) {
                        starts.add(replicas.submit(() -> {
                            PGSimpleDataSource dataSource = dataSource(server, database);
                            Flyway flyway = flyway(dataSource);
                            together.await();
                            Database.migrate(dataSource, flyway);
                            return null;
                        }));
                    }
                    for (Future<?> start : starts) {
                        start.get();
                    }
                    assertThat(head(dataSource(server, database))).isZero();
                }
            } finally {
                replicas.shutdownNow();
            }
        }
    }

    /** As the service configures it: with what it inherits from its own defaults. */
    private static Flyway flyway(PGSimpleDataSource dataSource) {
        Config config = ConfigProvider.getConfig();
        return Flyway.configure()
                .dataSource(dataSource)
                .locations(config.getValue("quarkus.flyway.eventuali.locations", String.class))
                .table(config.getValue("quarkus.flyway.eventuali.table", String.class))
                .baselineOnMigrate(config.getValue("quarkus.flyway.eventuali.baseline-on-migrate", boolean.class))
                .baselineVersion(config.getValue("quarkus.flyway.eventuali.baseline-version", String.class))
                .load();
    }

    private static PGSimpleDataSource dataSource(DatabaseServer server, String database) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setPortNumbers(new int[] {server.port()});
        dataSource.setDatabaseName(database);
        dataSource.setUser("postgres");
        dataSource.setPassword("postgres");
        return dataSource;
    }

    private static void execute(DatabaseServer server, String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long head(PGSimpleDataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet head = statement.executeQuery("SELECT position FROM log_head")) {
            assertThat(head.next()).isTrue();
            return head.getLong(1);
        }
    }
}
