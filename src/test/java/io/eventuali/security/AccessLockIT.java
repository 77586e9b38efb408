package io.eventuali.security;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.security.spi.runtime.AuthorizationController;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where the rules are not asked at all, for whatever reason, the resources of Eventuali are shut. */
@QuarkusTest
@TestProfile(AccessLockIT.WithoutRules.class)
@DisplayNameGeneration(ReplaceUnderscores.class)
class AccessLockIT {
    static Stream<AccessMatrixIT.Operation> operations() {
        return AccessMatrixIT.operations();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void a_request_that_no_rule_has_let_in_is_refused_at_the_resource(AccessMatrixIT.Operation operation) {
        given().header("X-API-Key", TestKeys.key("admin"))
                .contentType("application/json")
                .body("[]")
                .request(operation.method(), operation.target())
                .then()
                .statusCode(403)
                .body("type", equalTo("/problems/forbidden"));
    }

    /** The framework asks no policy. */
    public static class WithoutRules extends Secured {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(NoAuthorization.class);
        }
    }

    /** Switches the framework's authorization off, as a setting of its own does in development. */
    @Alternative
    @Singleton
    public static class NoAuthorization extends AuthorizationController {
        @Override
        public boolean isAuthorizationEnabled() {
            return false;
        }
    }
}
