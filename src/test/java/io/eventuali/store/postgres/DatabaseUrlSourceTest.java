package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DatabaseUrlSourceTest {
    private static final String REACTIVE = "quarkus.datasource.eventuali.reactive.url";
    private static final String JDBC = "quarkus.datasource.eventuali.jdbc.url";
    private static final String USER = "quarkus.datasource.eventuali.username";
    private static final String PASSWORD = "quarkus.datasource.eventuali.password";

    @Test
    void one_url_sets_both_data_sources() {
        Map<String, String> settings =
                DatabaseUrlSource.fromUrl("postgresql://ada:secret@db.example:5433/events?sslmode=require");

        assertThat(settings)
                .containsEntry(REACTIVE, "postgresql://db.example:5433/events?sslmode=require")
                .containsEntry(JDBC, "jdbc:postgresql://db.example:5433/events?sslmode=require")
                .containsEntry(USER, "ada")
                .containsEntry(PASSWORD, "secret");
    }

    @Test
    void user_password_port_and_options_may_be_absent() {
        Map<String, String> settings = DatabaseUrlSource.fromUrl("postgres://db.example/events");

        assertThat(settings)
                .containsEntry(JDBC, "jdbc:postgresql://db.example/events")
                .containsEntry(REACTIVE, "postgresql://db.example/events?sslmode=prefer")
                .doesNotContainKeys(USER, PASSWORD);
    }

    @Test
    void percent_encoded_characters_of_user_and_password_are_decoded_and_a_plus_stays() {
        Map<String, String> settings = DatabaseUrlSource.fromUrl("postgresql://a%40b:p%3A%2F+%25@db/events");

        assertThat(settings).containsEntry(USER, "a@b").containsEntry(PASSWORD, "p:/+%");
    }

    @Test
    void certificates_are_believed_or_checked_as_the_mode_says() {
        String trustAll = "quarkus.datasource.eventuali.reactive.trust-all";
        String hostname = "quarkus.datasource.eventuali.reactive.hostname-verification-algorithm";

        assertThat(DatabaseUrlSource.fromUrl("postgresql://db/e?sslmode=require"))
                .containsEntry(trustAll, "true");
        assertThat(DatabaseUrlSource.fromUrl("postgresql://db/e?sslmode=verify-ca"))
                .doesNotContainKeys(trustAll, hostname);
        assertThat(DatabaseUrlSource.fromUrl("postgresql://db/e?sslmode=verify-full&sslrootcert=%2Fca.pem"))
                .doesNotContainKey(trustAll)
                .containsEntry(hostname, "HTTPS")
                .containsEntry("quarkus.datasource.eventuali.reactive.trust-certificate-pem.certs", "/ca.pem");
    }

    @Test
    void an_address_of_ip_version_6_keeps_its_brackets() {
        assertThat(DatabaseUrlSource.fromUrl("postgresql://[::1]:5432/events"))
                .containsEntry(JDBC, "jdbc:postgresql://[::1]:5432/events");
    }

    @Test
    void a_host_with_an_underscore_is_a_host() {
        assertThat(DatabaseUrlSource.fromUrl("postgresql://u:p@my_db:5432/x"))
                .containsEntry(JDBC, "jdbc:postgresql://my_db:5432/x")
                .containsEntry(REACTIVE, "postgresql://my_db:5432/x?sslmode=prefer");
    }

    @Test
    void a_schema_and_a_name_reach_both_clients_under_either_spelling() {
        for (String options :
                List.of("currentSchema=es&ApplicationName=shop%20a", "search_path=es&application_name=shop%20a")) {
            assertThat(DatabaseUrlSource.fromUrl("postgresql://db/x?" + options))
                    .as(options)
                    .containsEntry(JDBC, "jdbc:postgresql://db/x?ApplicationName=shop%20a&currentSchema=es")
                    .containsEntry(
                            REACTIVE,
                            "postgresql://db/x?DateStyle=ISO&application_name=shop%20a&client_encoding=utf8"
                                    + "&search_path=es&sslmode=prefer");
        }
    }

    @Test
    void a_setting_of_the_server_reaches_both_clients_and_one_of_the_jdbc_driver_only_that() {
        assertThat(DatabaseUrlSource.fromUrl("postgresql://db/x?work_mem=64MB&connectTimeout=3"))
                .containsEntry(JDBC, "jdbc:postgresql://db/x?connectTimeout=3&options=-c%20work_mem%3D64MB")
                .containsEntry(
                        REACTIVE, "postgresql://db/x?DateStyle=ISO&client_encoding=utf8&sslmode=prefer&work_mem=64MB");
        assertThat(DatabaseUrlSource.fromUrl("postgresql://db/x?options=-c%20work_mem%3D64MB"))
                .containsEntry(JDBC, "jdbc:postgresql://db/x?options=-c%20work_mem%3D64MB")
                .extractingByKey(REACTIVE)
                .asString()
                .contains("options=-c%20work_mem%3D64MB");
    }

    @Test
    void what_stands_before_the_question_mark_may_stand_behind_it() {
        assertThat(DatabaseUrlSource.fromUrl("postgresql:///?host=db&port=5433&dbname=x&user=ada&password=s%26t"))
                .containsEntry(JDBC, "jdbc:postgresql://db:5433/x")
                .containsEntry(USER, "ada")
                .containsEntry(PASSWORD, "s&t");
    }

    @Test
    void a_url_that_cannot_be_used_is_refused_without_showing_its_password() {
        for (String bad : List.of(
                "mysql://ada:secret@db/events",
                "postgresql://ada:secret@db",
                "postgresql://ada:secret@db/",
                "postgresql:///events?password=secret",
                "postgresql://ada:secret word@db/events",
                "postgresql://ada:secret%zz@db/events",
                "jdbc:postgresql://db/events?password=secret",
                "postgresql://ada:secret@db:99999/events",
                "postgresql://ada:secret@one,two/events",
                "postgresql://ada:sec:ret@db/events#secret",
                "postgresql://ada@db/events?secret",
                "secret")) {
            assertThatThrownBy(() -> DatabaseUrlSource.fromUrl(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("eventuali.database.url")
                    .hasMessageNotContaining("secret")
                    .hasNoCause();
        }
    }
}
