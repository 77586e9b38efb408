package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventuali.security.AccessRules.Scope;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AccessRulesTest {
    @ParameterizedTest
    @CsvSource({
        "POST, /v1/streams/Order/1/events, PUBLISHER",
        "POST, /v1/events, PUBLISHER",
        "POST, /v1/sagas/order, PUBLISHER",
        "GET, /v1/streams/Order/1/events, SUBSCRIBER",
        "HEAD, /v1/streams/Order/1/events, SUBSCRIBER",
        "GET, /v1/streams/a%2Fb/a%20b/events, SUBSCRIBER",
        "GET, /v1/events/stream, SUBSCRIBER",
        "GET, /v1/projections/p/state/k, SUBSCRIBER",
        "GET, /v1/projections/p/stream, SUBSCRIBER",
        "GET, /v1/projections/p/dead-letters, OPERATOR",
        "GET, /v1/projections/p/history, OPERATOR",
        "GET, /q/asyncapi, SUBSCRIBER",
        "GET, /v1/projections/p/rebuild, OPERATOR",
        "GET, /v1/projections/p/rebuild/stream, OPERATOR",
        "DELETE, /v1/projections/p/rebuild, OPERATOR",
        "POST, /v1/projections/p/reset, OPERATOR",
        "POST, /v1/projections/p/rebuild, OPERATOR",
        "POST, /v1/projections/p/dead-letters/7/retry, OPERATOR",
        "GET, /v1/sagas/order/1, OPERATOR",
        "POST, /v1/sagas/order/1/skip, OPERATOR",
        "DELETE, /v1/subscriptions/x, OPERATOR"
    })
    void a_request_has_a_rule_that_names_its_role(String method, String path, Role role) {
        assertThat(AccessRules.of(method, path).orElseThrow().roles()).contains(role);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "*",
                "/v1",
                "/v1/",
                "/v2/events",
                "/v1/events/",
                "/v1//events",
                "//v1/events",
                "/v1/Events",
                "/v1/%65vents",
                "/v1/events;x",
                "/v1/events/1;x",
                "/v1/events/..",
                "/v1/streams/Order/../events",
                "/v1/streams/Order//events",
                "/v1/sagas/x/../../events",
                "/v1/sagas/x/%2e%2e/%2E%2e/events",
                "/v1/sagas/x/.%2e/%2E./events",
                "/v1/sagas/x/%2e/y",
                "/q/openapi/%2e%2e/%2e%2e/v1/events",
                "/q/metrics/%2E%2E/%2E%2E/v1/events",
                "/q/health/..%2f..%2fv1/events",
                "/q/health/live/more",
                "/q/health/",
                "/v1/projections/p/other",
                "/v1/projections/p/state/a/b",
                "/v1/groups"
            })
    void a_path_without_a_rule_is_nobodys(String path) {
        assertThat(AccessRules.of("GET", path)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "OPTIONS", "get", "X"})
    void a_method_without_a_rule_is_nobodys(String method) {
        assertThat(AccessRules.of(method, "/v1/events")).isEmpty();
    }

    @Test
    void acts_of_operators_are_told_from_looking_on() {
        assertThat(AccessRules.of("POST", "/v1/projections/p/pause")
                        .orElseThrow()
                        .isOperatorAct())
                .isTrue();
        assertThat(AccessRules.of("GET", "/v1/subscriptions").orElseThrow().isOperatorAct())
                .isFalse();
        assertThat(AccessRules.of("POST", "/v1/events").orElseThrow().isOperatorAct())
                .isFalse();
    }

    @Test
    void what_is_named_in_a_path_is_held_against_the_grant() {
        assertThat(AccessRules.of("GET", "/v1/projections/p/state")
                        .orElseThrow()
                        .scope())
                .isEqualTo(Scope.PROJECTION);
        assertThat(AccessRules.of("GET", "/v1/sagas/order/1").orElseThrow().scope())
                .isEqualTo(Scope.SAGA);
        assertThat(AccessRules.of("GET", "/v1/sagas").orElseThrow().scope()).isEqualTo(Scope.ALL_EVENTS);
    }
}
