package io.eventuali.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.support.DatabaseServer;
import io.eventuali.support.Replica;
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
                "-Deventuali.store.append.queue-requests=many | eventuali.store.append.queue-requests"
            })
    void a_bad_setting_stops_the_start_and_is_named(String setting, String said) {
        try (Replica replica = Replica.launch(database, setting.trim())) {
            assertStopped(replica, said.trim());
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
