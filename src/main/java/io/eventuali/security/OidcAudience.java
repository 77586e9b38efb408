package io.eventuali.security;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/** Whether each provider of tokens is told for whom they have to be: a provider signs tokens for many services. */
final class OidcAudience {
    private static final String DEFAULT_TENANT = "quarkus.oidc.";
    /** A tenant with a name, which may stand in quotes, and a setting that says who signs its tokens. */
    private static final Pattern NAMED_TENANT =
            Pattern.compile("(quarkus\\.oidc\\.(\"[^\"]+\"|[^.\"]+)\\.)(auth-server-url|public-key|provider)");

    private OidcAudience() {}

    /** What is missing first, with the remedy; empty if nothing is. */
    static Optional<String> complaint(Config config) {
        return tenants(config)
                .filter(tenant -> !isSet(config, tenant + "token.audience"))
                .filter(tenant -> config.getOptionalValue(tenant + "tenant-enabled", Boolean.class)
                        .orElse(true))
                .findFirst()
                .map(tenant ->
                        ("%stoken.audience is not set, so a token that the provider made for another service would be"
                                        + " good here; set it to what tokens for this service name in aud, or to any if all of"
                                        + " them may come in")
                                .formatted(tenant));
    }

    private static Stream<String> tenants(Config config) {
        Stream<String> unnamed = OidcSwitch.PROVIDER.stream().anyMatch(key -> isSet(config, key))
                ? Stream.of(DEFAULT_TENANT)
                : Stream.empty();
        Stream<String> named = StreamSupport.stream(config.getPropertyNames().spliterator(), false)
                .filter(key -> NAMED_TENANT.matcher(key).matches() && isSet(config, key))
                .map(key -> key.substring(0, key.lastIndexOf('.') + 1))
                .sorted();
        return Stream.concat(unnamed, named);
    }

    private static boolean isSet(Config config, String key) {
        return config.getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent();
    }
}
