package io.eventuali.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.UnknownHostException;
import java.sql.SQLException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DatabaseReasonTest {
    @Test
    void a_host_that_is_not_known_is_named_with_what_to_do() {
        assertThat(Database.reason(
                        new SQLException("The connection attempt failed.", new UnknownHostException("db.exmple.org"))))
                .isEqualTo("there is no host db.exmple.org; correct eventuali.database.url");
    }

    @Test
    void other_failures_are_told_in_the_words_of_the_innermost_one_of_sql_in_one_line() {
        assertThat(Database.reason(new RuntimeException("x", new SQLException("password\n  refused"))))
                .isEqualTo("password, refused");
    }
}
