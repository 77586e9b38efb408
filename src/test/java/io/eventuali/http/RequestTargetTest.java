package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RequestTargetTest {
    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "/v1/events -> /v1/events",
                "http://x/v1/events?from=1 -> /v1/events?from=1",
                "HTTPS://user@x:1/v1/events -> /v1/events",
                "http://x -> /",
                "http://x?/v1/events -> /?/v1/events",
                "v1/events -> v1/events",
                "* -> *"
            })
    void the_absolute_form_is_read_as_the_origin_form(String target, String origin) {
        assertThat(RequestTarget.originForm(target)).isEqualTo(origin);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "/v1/events?eventType=a*&from=1 -> /v1/events?eventType=a*&from=1",
                "/v1/streams/A/a+b,c/events -> /v1/streams/A/a+b,c/events",
                "/v1/streams/A/x;1/events -> /v1/streams/A/x%3B1/events",
                "/v1/events?eventType=a;b -> /v1/events?eventType=a%3Bb",
                "/v1/events?eventType=a|b{c}^`\\\"<>[] -> /v1/events?eventType=a%7Cb%7Bc%7D%5E%60%5C%22%3C%3E%5B%5D",
                "/v1/streams/A/a%2fb/events -> /v1/streams/A/a%2fb/events",
                "/v1/events?aggregateType=\u00C5\u0082 -> /v1/events?aggregateType=%C5%82",
                "/v1/streams/A/.../events -> /v1/streams/A/.../events",
                "/v1/streams/A/.a/events -> /v1/streams/A/.a/events",
                "/v1/events?eventType=/../x -> /v1/events?eventType=/../x"
            })
    void there_is_one_spelling(String target, String canonical) {
        assertThat(RequestTarget.canonical(target)).hasValue(canonical);
        assertThat(RequestTarget.canonical(canonical)).hasValue(canonical);
    }

    @Test
    void what_can_be_read_in_two_ways_has_none() {
        for (String target : List.of(
                "/v1/streams/A/%FE/events",
                "/v1/streams/A/%zz/events",
                "/v1/streams/A/\u00FE/events",
                "/v1/events?eventType=%C3",
                "/v1/streams/A/../events",
                "/v1/streams/A/./events",
                "/v1/streams/A/%2e%2E/events",
                "/v1/streams/A/.%2e/events",
                "/v1/streams/A/%2E",
                "/v1/..",
                "/v1/../q/metrics?x=1",
                "/v1/events#from",
                "/v1/events?eventType=a b",
                "/v1/events?eventType=a\u0001",
                "/v1/events?eventType=a\u007F")) {
            assertThat(RequestTarget.canonical(target)).as(target).isEmpty();
        }
    }
}
