package io.eventuali.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventuali.support.Seed;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ExemptPathsTest {
    private static final List<String> OWNED = List.of(
            "/v1",
            "/v1/",
            "/v1/events",
            "/v1/events/stream",
            "/v1/streams/Order/1/events",
            "/v1/projections/p/state/k",
            "/v1/new/some/day",
            "/q",
            "/q/metrics",
            "/q/openapi",
            "/q/health/ready");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "/*",
                "/v*",
                "/v1*",
                "/v1/*",
                "/v1",
                "/*1/*",
                "/*/events",
                "/*/streams/*",
                "*/events",
                "/v1/events/stream",
                "/v1/position",
                "**",
                "/**",
                "/*v1/*"
            })
    void no_setting_opens_the_api(String pattern) {
        assertRefused("public-paths", List.of("/q/health", pattern), List.of());
        assertRefused("application-paths", List.of(), List.of("/shop/*", pattern));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q", "/q/*", "/q*", "/*/metrics", "*metrics", "/q/", "/q/h*", "/q/*/ready"})
    void endpoints_of_operators_are_opened_one_by_one(String pattern) {
        assertRefused("public-paths", List.of(pattern), List.of());
        assertRefused("application-paths", List.of(), List.of(pattern));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health/*", "/q/openapi", "/q/swagger-ui/*"})
    void an_endpoint_is_public_and_never_the_applications(String path) {
        assertThat(ExemptPaths.of(List.of(path), List.of()).contains(path.replace("*", "x")))
                .isTrue();
        assertRefused("application-paths", List.of(), List.of(path));
    }

    @Test
    void paths_of_the_application_are_left_alone() {
        ExemptPaths exempt = ExemptPaths.of(List.of("/q/health"), List.of("/products/*", "/v10/*", "/quick", "/V1/*"));

        assertThat(List.of("/q/health", "/products/1", "/v10/x", "/quick", "/V1/events"))
                .allMatch(exempt::contains);
        assertThat(List.of("/products", "/quick/x", "/v1/events", "/q/health/ready", "/q/metrics"))
                .noneMatch(exempt::contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/shop/../v1/events",
                "/shop/..",
                "/shop/./x",
                "/shop//v1/events",
                "//v1/events",
                "/shop/%2e%2e/v1/events",
                "/shop/x;y",
                "/shop/x\\y",
                "/shop/\n"
            })
    void another_spelling_is_another_path(String path) {
        ExemptPaths exempt = ExemptPaths.of(List.of(), List.of("/shop/*", "//*"));

        assertThat(exempt.contains(path)).isEqualTo(path.equals("/shop/\n"));
    }

    @Test
    void whatever_pattern_is_taken_matches_no_path_of_the_api() {
        Seed seed = Seed.next();
        RandomGenerator random = seed.random();
        String[] parts = {"/", "*", "v1", "q", "events", "metrics", "v", "1", "health", "x", "streams"};
        int taken = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder pattern = new StringBuilder(random.nextBoolean() ? "/" : "");
            for (int n = 1 + random.nextInt(5); n > 0; n--) {
                pattern.append(parts[random.nextInt(parts.length)]);
            }
            try {
                ExemptPaths exempt = ExemptPaths.of(List.of(), List.of(pattern.toString()));
                taken++;
                assertThat(OWNED).as("application-paths=%s, %s", pattern, seed).noneMatch(exempt::contains);
            } catch (ConfigurationException refused) {
                assertThat(refused).hasMessageContaining("application-paths");
            }
        }

        assertThat(taken).as("%s", seed).isGreaterThan(1_000);
    }

    private static void assertRefused(String key, List<String> publicPaths, List<String> applicationPaths) {
        assertThatThrownBy(() -> ExemptPaths.of(publicPaths, applicationPaths))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("eventuali.security." + key + " has ")
                .hasMessageContaining("; name ");
    }
}
