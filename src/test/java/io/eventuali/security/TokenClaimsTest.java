package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.security.AccessRefusedException.Reason;
import io.eventuali.stream.NamePattern;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class TokenClaimsTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    @Test
    void a_token_says_whose_it_is_and_when_it_ends() {
        TokenClaims claims = TokenClaims.of("{\"iss\":\"https://idp\",\"sub\":\"ada\",\"exp\":1800000060.9}");

        assertThat(claims.principal(Optional.empty())).isEqualTo(Principal.ofToken("https://idp", "ada"));
        assertThat(claims.until(NOW)).contains(NOW.plusSeconds(60));
        assertThat(TokenClaims.of("{\"sub\":\"ada\"}").principal(Optional.of("https://idp")))
                .isEqualTo(Principal.ofToken("https://idp", "ada"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'sub':'ada'",
                "'iss':null,'sub':'ada'",
                "'iss':7,'sub':'ada'",
                "'iss':'','sub':'ada'",
                "'iss':'https://idp'",
                "'iss':'https://idp','sub':null",
                "'iss':'https://idp','sub':''",
                "'iss':'https://idp','sub':7",
                "'iss':'https://idp','sub':['ada']",
                "'iss':'https://idp','sub':{'a':1}",
                "'iss':'https://idp','sub':'a\\u0000b'",
                "'iss':'https://idp','sub':'a\\nb'",
                "'iss':'https://idp','sub':'a\\u202eb'",
                "'iss':'https://idp','sub':'\\ud800'"
            })
    void a_token_that_does_not_say_whose_it_is_is_refused(String claims) {
        refused(() -> TokenClaims.of(json(claims)).principal(Optional.empty()));
    }

    @Test
    void a_subject_that_fills_the_log_is_refused() {
        refused(() -> TokenClaims.of(json("'iss':'https://idp','sub':'" + "x".repeat(256) + "'"))
                .principal(Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'exp':1000000000000000000",
                "'exp':253402300800",
                "'exp':1e999",
                "'exp':123456789012345678901234567890123456789012345678901234567890",
                "'exp':-1",
                "'exp':-1e30",
                "'exp':'1800000060'",
                "'exp':null",
                "'exp':[1800000060]",
                "'exp':true",
                "'exp':1800000060,'nbf':1e40",
                "'exp':1800000060,'nbf':'x'",
                "'exp':1800000060,'iat':-9e99",
                "'exp':1800000060,'iat':1800000061",
                "'exp':1800000060,'iat':{}"
            })
    void a_time_that_is_none_is_refused(String claims) {
        refused(() -> TokenClaims.of(json(claims)).until(NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "7", "{", "{\"sub\":\"ada\",\"sub\":\"eve\"}"})
    void claims_that_can_be_read_in_two_ways_or_none_are_refused(String json) {
        refused(() -> TokenClaims.of(json));
    }

    @Test
    void claims_nested_without_end_are_refused() {
        refused(() -> TokenClaims.of("{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"));
    }

    /** Patterns with a bar between them; a hyphen for none. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "'Order* Cart'; Order*|Cart",
                "['Order *']; Order *",
                "['Order', 'Cart *']; Order|Cart *",
                "''; -",
                "'  '; -",
                "null; -",
                "[]; -",
                "7; -",
                "true; -",
                "{'a':'*'}; -",
                "[null]; -",
                "['Order', null]; -",
                "['Order', 7]; -",
                "['Order', ['*']]; -",
                "['']; -",
                "['a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p*q*r']; -",
                "'a\\u0000 b'; -"
            })
    void a_claim_that_cannot_be_read_grants_nothing(String claim, String patterns) {
        List<String> expected = patterns.equals("-") ? List.of() : List.of(patterns.split("\\|"));

        for (String path : List.of("types", "a/types", "https://shop.example/types")) {
            String json = path.equals("a/types") ? "'a':{'types':" + claim + "}" : "'" + path + "':" + claim;
            assertThat(TokenClaims.of(json(json)).patterns(path).orElseThrow())
                    .as(path)
                    .extracting(NamePattern::toString)
                    .containsExactlyElementsOf(expected);
        }
    }

    @Test
    void a_claim_is_absent_only_where_nothing_stands_in_its_place() {
        assertThat(TokenClaims.of("{}").patterns("types")).isEmpty();
        assertThat(TokenClaims.of("{}").patterns("a/types")).isEmpty();
        assertThat(TokenClaims.of("{\"a\":{}}").patterns("a/types")).isEmpty();
        for (String instead : List.of("null", "7", "\"x\"", "[]", "[{\"types\":\"*\"}]")) {
            assertThat(TokenClaims.of("{\"a\":" + instead + "}").patterns("a/types"))
                    .as(instead)
                    .contains(List.of());
        }
    }

    private static String json(String claims) {
        return "{" + claims.replace('\'', '"') + "}";
    }

    private static void refused(Runnable read) {
        assertThatThrownBy(read::run)
                .isInstanceOfSatisfying(AccessRefusedException.class, refused -> assertThat(refused.reason())
                        .isEqualTo(Reason.UNAUTHENTICATED));
    }
}
