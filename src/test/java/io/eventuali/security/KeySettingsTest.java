package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KeySettingsTest {
    private static final String HASH = "a".repeat(64);
    private static final String OTHER = "B".repeat(64);

    @Test
    void a_file_has_clients_with_several_keys_roles_and_patterns() {
        List<ApiKey> keys = read(
                "shop.sha256=" + HASH + "," + OTHER,
                "shop.roles=publisher, subscriber",
                "shop.aggregate-types=Order*,Stock",
                "shop.until=2027-01-01T00:00:00Z",
                "desk.sha256=" + "c".repeat(64),
                "desk.roles=operator");

        assertThat(keys).extracting(ApiKey::name).containsExactly("desk", "shop");
        ApiKey shop = keys.get(1);
        assertThat(shop.hashes()).containsExactly(HASH, OTHER.toLowerCase());
        assertThat(shop.roles()).containsExactlyInAnyOrder(Role.PUBLISHER, Role.SUBSCRIBER);
        assertThat(shop.until()).contains(Instant.parse("2027-01-01T00:00:00Z"));
        assertThat(shop.grant().accepts("OrderLine", "Any")).isTrue();
        assertThat(shop.grant().accepts("Secret", "Any")).isFalse();
        // Made of events that are not known to be granted.
        assertThat(shop.grant().acceptsProjection("p")).isFalse();
        assertThat(keys.get(0).grant().isUnrestricted()).isTrue();
        assertThat(keys.get(0).grant().acceptsProjection("p")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "k.roles=admin | k.sha256 must be set",
                "k.sha256=secret;k.roles=admin | not the key itself",
                "k.sha256=%s | k.roles must be set",
                "k.sha256=%s;k.roles=root | publisher, subscriber, operator, admin",
                "k.sha256=%s;k.roles=admin;k.until=tomorrow | RFC 3339",
                "k.sha256=%s;k.roles=admin;k.rolls=x | k.rolls is not a setting",
                "k.sha256=%s;k.roles=admin;k.event-types=a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p*q*r | k.event-types has a pattern",
                "anonymous.sha256=%s;anonymous.roles=admin | anonymous must have another name",
                "sha256=%s | sha256 is not a setting"
            })
    void a_wrong_setting_is_named_with_its_remedy_and_without_its_value(String settings, String message) {
        assertThatThrownBy(() -> read(settings.replace("%s", HASH).split(";")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("keys.properties")
                .hasMessageContaining(message)
                .hasMessageNotContaining("secret");
    }

    private static List<ApiKey> read(String... lines) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(String.join("\n", lines)));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return KeySettings.of("keys.properties", properties);
    }
}
