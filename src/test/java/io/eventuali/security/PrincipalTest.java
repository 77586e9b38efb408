package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PrincipalTest {
    private static final String ISSUER = "https://login.example.com/realms/shop";

    @Test
    void the_owner_of_a_token_cannot_take_the_name_of_a_key() {
        Principal key = Principal.ofKey("alice");
        Principal token = Principal.ofToken(ISSUER, "alice");

        assertThat(key).isNotEqualTo(token);
        assertThat(key.text()).isEqualTo("alice");
        assertThat(token.text()).isEqualTo("https://login.example.com/realms/shop#alice");
        assertThat(Principal.ofToken("", "alice").text()).isNotEqualTo("alice");
    }

    /** Issuers and subjects made of what separates and encodes them. */
    @Test
    void two_principals_never_share_a_text() {
        List<String> parts =
                List.of("", "a", "#", "##", "a#", "#a", "%23", "%", "a b", "a?b", "a@b", "é", "\u00e9\n", "\t");
        Map<String, Principal> texts = new HashMap<>();

        for (String issuer : parts) {
            for (String subject : parts) {
                Principal principal = Principal.ofToken(issuer, subject);
                assertThat(texts.put(principal.text(), principal))
                        .as(principal.text())
                        .isNull();
                assertThat(principal.text()).matches("[!-~]*#[!-~]*").doesNotMatch("[A-Za-z0-9_-]*");
            }
        }
    }
}
