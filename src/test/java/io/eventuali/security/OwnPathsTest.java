package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class OwnPathsTest {
    private final OwnPaths service = new OwnPaths(true, true, "/");
    private final OwnPaths guest = new OwnPaths(true, false, "/");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/events",
                "/v1/events?limit=1",
                "/v1/events/7",
                "/v1/streams/A/b/events",
                "/v1/position",
                "/v1/sagas/order",
                "/v1/tickets;a=b"
            })
    void a_path_of_the_api_is_ours_everywhere(String path) {
        assertThat(service.isOfApi(path)).isTrue();
        assertThat(guest.isOfApi(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/customers", "/v1/eventsource", "/v1/", "/v1/events%2F", "/v1/%65vents"})
    void another_path_below_the_same_part_is_the_application_s(String path) {
        assertThat(service.isOfApi(path)).isTrue();
        assertThat(guest.isOfApi(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1", "/v2/events", "/customers/v1/events", "//v1/events", "/q/health", ""})
    void other_paths_are_not_the_api_s(String path) {
        assertThat(service.isOfApi(path)).isFalse();
        assertThat(guest.isOfApi(path)).isFalse();
    }

    @Test
    void without_an_api_nothing_is_ours() {
        assertThat(new OwnPaths(false, false, "/").isOfApi("/v1/events")).isFalse();
        assertThat(guest.isOfApi(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "/, '', /v1/events, /v1/events",
        "/, '', /q/health, /q/health",
        "/shop, '', /shop/v1/events, /v1/events",
        "/shop/, '', /shop/q/health, /q/health",
        "/shop, '', /v1/events, ''",
        "/shop, '', /shopping/v1/events, ''",
        "/, /api, /api/v1/events, /v1/events",
        "/, /api, /v1/events, ''",
        "/, api/, /q/health, /q/health",
        "/shop, /api, /shop/api/v1/events, /v1/events",
        "/shop, /shop/api, /shop/api/v1/events, /v1/events",
        "/shop, /api, /shop/v1/events, ''",
        "/shop, /api, /api/v1/events, ''"
    })
    void the_rules_go_where_the_paths_go(String root, String resources, String path, String inRules) {
        OwnPaths paths = new OwnPaths(true, true, root);
        paths.resourcesAreBelow(resources);

        assertThat(paths.unprefixed(path)).isEqualTo(inRules);
        assertThat(paths.isOfApi(path)).isEqualTo(inRules.startsWith("/v1/"));
    }
}
