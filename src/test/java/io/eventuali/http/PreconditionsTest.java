package io.eventuali.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.event.ExpectedPosition;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreconditionsTest {
    @Test
    void without_a_header_every_position_is_fine() {
        assertThat(expected(Map.of())).isEqualTo(ExpectedPosition.ANY);
    }

    @Test
    void if_match_names_the_position_of_the_stream() {
        assertThat(expected(Map.of("If-Match", List.of("\"7\"")))).isEqualTo(ExpectedPosition.at(7));
        assertThat(expected(Map.of("If-Match", List.of(" \"7\" ")))).isEqualTo(ExpectedPosition.at(7));
        assertThat(expected(Map.of("If-Match", List.of("\"0\"")))).isEqualTo(ExpectedPosition.EMPTY);
    }

    @Test
    void if_none_match_with_a_star_demands_that_the_stream_does_not_exist() {
        assertThat(expected(Map.of("If-None-Match", List.of("*")))).isEqualTo(ExpectedPosition.EMPTY);
    }

    @Test
    void a_malformed_if_match_is_refused() {
        for (String bad : List.of(
                "",
                "7",
                "\"\"",
                "\"-1\"",
                "\"07\"",
                "\"a\"",
                "W/\"7\"",
                "\"7\", \"8\"",
                "*",
                "\"1234567890123456789\"")) {
            refused("If-Match", Map.of("If-Match", List.of(bad)));
        }
    }

    @Test
    void if_none_match_with_anything_but_a_star_is_refused() {
        for (String bad : List.of("", "\"7\"", "\"*\"", "*, *")) {
            refused("If-None-Match", Map.of("If-None-Match", List.of(bad)));
        }
    }

    @Test
    void both_headers_or_one_of_them_twice_are_refused() {
        refused("If-Match", Map.of("If-Match", List.of("\"7\""), "If-None-Match", List.of("*")));
        refused("If-Match", Map.of("If-Match", List.of("\"7\"", "\"7\"")));
        refused("If-None-Match", Map.of("If-None-Match", List.of("*", "*")));
    }

    private static void refused(String field, Map<String, List<String>> headers) {
        assertThatThrownBy(() -> expected(headers)).as("%s", headers).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.status()).isEqualTo(400);
            assertThat(problem.members()).containsEntry("field", field);
        });
    }

    private static ExpectedPosition expected(Map<String, List<String>> headers) {
        HttpHeaders stub = (HttpHeaders) Proxy.newProxyInstance(
                PreconditionsTest.class.getClassLoader(),
                new Class<?>[] {HttpHeaders.class},
                (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("getRequestHeader");
                    return headers.getOrDefault(arguments[0], List.of());
                });
        return Preconditions.expected(stub);
    }
}
