package io.eventuali.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A setting that cannot work stops the start of the packaged service, with one line for whoever started it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BadConfigurationIT {
    private static DatabaseServer database;

    @BeforeAll
    static void start() {
        database = new DatabaseServer();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-Deventuali.store.limits.request-events=-1 | eventuali.store.limits.request-events is -1; it must be from 1",
                "-Deventuali.subscription.max=0 | eventuali.subscription.max is 0; it must be 1 or more",
                "-Deventuali.store.append.timeout=0s | eventuali.store.append.timeout is 0s; it must be more than 0",
                "-Deventuali.projection.event-statistics.retry.attempts=-3 | eventuali.projection.event-statistics.retry.attempts is -3",
                "-Deventuali.embedded-postgres.enabled=true | eventuali.database.url and eventuali.embedded-postgres.enabled=true exclude each other; remove",
                "-Deventuali.store.limits.request-bytes=64M | quarkus.http.limits.max-body-size",
                "-Deventuali.store.append.queue-requests=many | eventuali.store.append.queue-requests is many; it must be a whole number",
                "-Deventuali.subscription.max= | eventuali.subscription.max is empty; it must be a whole number",
                "-Deventuali.store.append.timeout=soon | eventuali.store.append.timeout is soon; it must be a time, such as",
                "-Deventuali.security.enabled=ture | eventuali.security.enabled is ture; it must be true or false",
                "-Deventuali.kafka.out.format=xml | eventuali.kafka.out.format is xml; it must be json, cloudevents-structured or",
                "-Deventuali.bogus=1 | eventuali.bogus is no setting; correct its name, or remove it",
                "-Deventuali.kafka.out.topic=events | eventuali.kafka.out.topic is set, which needs brokers: set eventuali.kafka.bootstrap",
                "-Dquarkus.http.port=abc | quarkus.http.port is abc; it must be a whole number",
                "-Dquarkus.http.host=192.0.2.1 | quarkus.http.host is 192.0.2.1, which is no address of this machine",
                "-Dquarkus.log.level=LOUD | quarkus.log.level is LOUD; it must be a level, such as"
            })
    void a_bad_setting_stops_the_start_and_is_named_in_one_line(String setting, String said) {
        try (Replica replica = Replica.launch(database, setting.trim())) {
            assertStopped(replica, said.trim());
            assertThat(replica.log().lines().filter(line -> !line.isBlank())).hasSize(1);
        }
    }

    @Test
    void settings_of_a_projection_that_there_is_not_stop_the_start() {
        try (Replica replica = Replica.launch(database, "-Deventuali.projection.event-statistic.partitions=2")) {
            assertStopped(
                    replica,
                    "eventuali.projection.event-statistic has settings, and there is no projection of this name;"
                            + " there are: event-statistics");
        }
    }

    @ParameterizedTest
    @CsvSource({"nobody, postgres", "postgres, nowhere", "postgres, postgres?currentSchema=my%20schema"})
    void a_role_or_database_that_does_not_exist_is_not_waited_for(String user, String name) {
        URI given = URI.create(database.url());
        String url = "postgresql://%s:hunter2@%s:%d/%s".formatted(user, given.getHost(), given.getPort(), name);
        try (Replica replica = Replica.launch(url)) {
            assertStopped(replica, "the database refuses this service: ");
            assertThat(replica.log()).doesNotContain("waiting for the database", "hunter2");
        }
    }

    @Test
    void no_database_in_production_is_said_with_the_remedy() {
        try (Replica replica = Replica.launchWithoutDatabase()) {
            assertStopped(replica, "no database is configured. Set EVENTUALI_DATABASE_URL=postgresql://");
        }
    }

    @Test
    void a_malformed_url_is_said_without_its_password() {
        try (Replica replica = Replica.launch("mysql://eventuali:hunter2@db/eventuali")) {
            assertStopped(replica, "eventuali.database.url must have the form postgresql://");
            assertThat(replica.log()).doesNotContain("hunter2");
        }
    }

    @Test
    void a_database_that_does_not_answer_is_said_with_the_setting_that_ends_the_wait() {
        try (Replica replica = Replica.launch(
                "postgresql://eventuali:hunter2@localhost:1/eventuali", "-Deventuali.database.start-timeout=1s")) {
            assertStopped(replica, "the database did not answer within PT1S (eventuali.database.start-timeout)");
            assertThat(replica.log()).doesNotContain("hunter2");
        }
    }

    /** Its last line says it, and there is no stack trace. */
    private static void assertStopped(Replica replica, String said) {
        assertThat(replica.awaitExit()).isNotZero();
        assertThat(replica.log().lines().filter(line -> !line.isBlank()))
                .last()
                .asString()
                .contains(said);
        assertThat(replica.log()).doesNotContain("\tat ");
    }
}
