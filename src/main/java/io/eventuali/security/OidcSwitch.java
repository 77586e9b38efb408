package io.eventuali.security;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Switches OpenID Connect on where a provider is configured, or one is to be started for development: without any Quarkus would refuse to
 * start.
 */
public final class OidcSwitch implements ConfigSourceFactory {
    /** Settings of which each says who signs tokens. */
    static final List<String> PROVIDER =
            List.of("quarkus.oidc.auth-server-url", "quarkus.oidc.public-key", "quarkus.oidc.provider");

    /** Settings of a provider in a container, which begins after this was asked; this one may also say that there is to be none. */
    private static final String DEV_SERVICE = "quarkus.keycloak.devservices.";

    private static final String DEV_SERVICE_ENABLED = DEV_SERVICE + "enabled";

    /** Below microprofile-config.properties (100): whatever else is set wins. */
    private static final int ORDINAL = 90;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        boolean configured = PROVIDER.stream().anyMatch(key -> isSet(context.getValue(key))) || hasDevService(context);
        // Said either way, because what a build saw is remembered.
        Map<String, String> settings = Map.of("quarkus.oidc.tenant-enabled", Boolean.toString(configured));
        return List.of(new PropertiesConfigSource(settings, "eventuali.oidc", ORDINAL));
    }

    private static boolean hasDevService(ConfigSourceContext context) {
        ConfigValue enabled = context.getValue(DEV_SERVICE_ENABLED);
        if (isSet(enabled)) {
            return Boolean.parseBoolean(enabled.getValue());
        }
        Iterator<String> names = context.iterateNames();
        while (names.hasNext()) {
            if (names.next().startsWith(DEV_SERVICE)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSet(ConfigValue value) {
        return value != null && value.getValue() != null && !value.getValue().isBlank();
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }
}
