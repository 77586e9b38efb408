package io.eventuali.security;

import io.eventuali.support.Issuer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A service with security, with keys for several clients, and an OpenID Connect provider of its own. */
public class Secured implements QuarkusTestProfile {
    /** Set while the service runs. */
    static volatile Issuer issuer;

    @Override
    public Map<String, String> getConfigOverrides() {
        Map<String, String> settings = new HashMap<>(Map.of("eventuali.security.enabled", "true"));
        // A log of its own: sagas that other tests left behind go on in theirs, and these tests count positions.
        settings.put("eventuali.embedded-postgres.directory", "target/eventuali/secured");
        settings.put("eventuali.security.application-paths", "/guarded");
        // A policy of the framework's own adds to the rules, and takes nothing from them.
        settings.put("quarkus.http.auth.permission.open.paths", "/*");
        settings.put("quarkus.http.auth.permission.open.policy", "permit");
        key(settings, "publisher", "publisher", Map.of());
        key(settings, "reader", "subscriber", Map.of());
        key(settings, "operator", "operator", Map.of());
        key(settings, "admin", "admin", Map.of());
        key(
                settings,
                "shop",
                "publisher,subscriber",
                Map.of("aggregate-types", "Order*", "event-types", "Order*,Shared"));
        key(settings, "dashboard", "subscriber", Map.of("aggregate-types", "Order*", "projections", "event-*"));
        key(
                settings,
                "travel",
                "publisher,subscriber,operator",
                Map.of("aggregate-types", "Trip,Saga.trip", "event-types", "*"));
        key(settings, "cart", "publisher,subscriber", Map.of("aggregate-types", "Cart*"));
        // Two keys of one client, as while one is replaced.
        settings.merge(
                "eventuali.security.keys.cart.sha256",
                TestKeys.hash(TestKeys.key("cart-new")),
                (old, fresh) -> old + "," + fresh);
        key(settings, "placed", "subscriber", Map.of("event-types", "OrderPlaced"));
        key(settings, "starter", "publisher", Map.of("aggregate-types", "Saga.trip", "event-types", "SagaStarted"));
        key(settings, "teller", "publisher", Map.of("aggregate-types", "*", "event-types", "TripPaid"));
        key(settings, "nothing", "subscriber", Map.of("aggregate-types", "", "projections", ""));
        key(settings, "unlisted", "subscriber", Map.of("projections", ""));
        key(settings, "expired", "admin", Map.of("until", "2020-01-01T00:00:00Z"));
        return settings;
    }

    private static void key(Map<String, String> settings, String name, String roles, Map<String, String> more) {
        String prefix = "eventuali.security.keys." + name + ".";
        settings.put(prefix + "sha256", TestKeys.hash(TestKeys.key(name)));
        settings.put(prefix + "roles", roles);
        more.forEach((field, value) -> settings.put(prefix + field, value));
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(Provider.class));
    }

    /** Starts the provider before the service. */
    public static class Provider implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            issuer = new Issuer();
            ChangingKeys.set();
            return Map.of(
                    "quarkus.oidc.auth-server-url",
                    issuer.url(),
                    "quarkus.oidc.token.audience",
                    "eventuali",
                    "eventuali.security.keys-file",
                    ChangingKeys.FILE.toString());
        }

        @Override
        public void stop() {
            issuer.close();
        }
    }
}
