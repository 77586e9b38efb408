package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class OidcAudienceTest {
    @Test
    void without_a_provider_nothing_is_missing() {
        assertThat(complaint(Map.of("quarkus.oidc.tenant-enabled", "false"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "quarkus.oidc.auth-server-url, quarkus.oidc.token.audience",
        "quarkus.oidc.public-key, quarkus.oidc.token.audience",
        "quarkus.oidc.provider, quarkus.oidc.token.audience",
        "quarkus.oidc.staff.auth-server-url, quarkus.oidc.staff.token.audience",
        "quarkus.oidc.\"a.b\".public-key, quarkus.oidc.\"a.b\".token.audience"
    })
    void every_provider_needs_an_audience_or_the_word_that_none_is_meant(String provider, String audience) {
        assertThat(complaint(Map.of(provider, "x"))).hasValueSatisfying(complaint -> assertThat(complaint)
                .startsWith(audience + " is not set")
                .contains("set it to"));
        assertThat(complaint(Map.of(provider, "x", audience, ""))).isPresent();
        assertThat(complaint(Map.of(provider, "x", audience, "eventuali"))).isEmpty();
        assertThat(complaint(Map.of(provider, "x", audience, "any"))).isEmpty();
    }

    @Test
    void a_provider_that_is_switched_off_needs_none() {
        assertThat(complaint(Map.of(
                        "quarkus.oidc.staff.auth-server-url", "x", "quarkus.oidc.staff.tenant-enabled", "false")))
                .isEmpty();
    }

    private static Optional<String> complaint(Map<String, String> settings) {
        return OidcAudience.complaint(new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build());
    }
}
