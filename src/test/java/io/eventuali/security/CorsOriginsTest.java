package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CorsOriginsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "/.*/",
                "/.+/",
                "/https?://.*/",
                "/https://.*/",
                "/.*example\\.com/",
                "/https:\\/\\/[a-z.]*example.com/",
                "/https://app\\.example\\.com.*/",
                "/.{25,}/",
                "/http://.*/",
                "/https://[^/]+/",
                "/https://.*\\.com/",
                "/https://.*\\.(net|org)/",
                "/(?i)HTTPS://.*/",
                "/https://\\d+\\.\\d+\\.\\d+\\.\\d+/",
                "/null|https://app\\.example\\.com/",
                "null",
                " * "
            })
    void origins_of_strangers_are_refused_with_the_remedy(String origin) {
        assertThat(CorsOrigins.complaint(List.of("https://app.example.com", origin)))
                .hasValueSatisfying(complaint -> assertThat(complaint)
                        .startsWith("quarkus.http.cors.origins=" + origin.trim())
                        .contains("list the origins"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com",
                "http://localhost:3000",
                "/https://([a-z0-9-]+\\.)?example\\.com/",
                "/https://[a-z]+-preview\\.example\\.co\\.uk/",
                "/https:\\/\\/.*\\.example\\.com/",
                "/https://shop-[0-9]+\\.example\\.com(:8443)?/",
                "/http://localhost:[0-9]+/"
            })
    void origins_that_are_named_are_let_in(String origin) {
        assertThat(CorsOrigins.complaint(List.of(origin))).isEmpty();
    }
}
