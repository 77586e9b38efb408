package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PresentedTest {
    private static final MultiMap NOTHING = MultiMap.caseInsensitiveMultiMap();

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer x",
        "authorization, Basic YWRhOmFkYQ==",
        "AUTHORIZATION, ''",
        "Authorization, evk_x",
        "Proxy-Authorization, Digest x",
        "x-api-key, x",
        "X-Auth-Token, x",
        "Api-Key, x",
        "X-Whatever, evk_x",
        "Cookie, evt_x"
    })
    void a_header_that_was_meant_as_a_credential_is_one(String name, String value) {
        assertThat(Presented.in(MultiMap.caseInsensitiveMultiMap().add(name, value), NOTHING))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"ticket, x", "access_token, x", "key, evk_x"})
    void so_is_a_parameter(String name, String value) {
        assertThat(Presented.in(NOTHING, MultiMap.caseInsensitiveMultiMap().add(name, value)))
                .isTrue();
    }

    @Test
    void an_ordinary_request_has_none() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("Host", "localhost")
                .add("Accept", "*/*")
                .add("Idempotency-Key", "order-17")
                .add("Cookie", "theme=dark");

        assertThat(Presented.in(headers, MultiMap.caseInsensitiveMultiMap().add("limit", "1")))
                .isFalse();
    }
}
