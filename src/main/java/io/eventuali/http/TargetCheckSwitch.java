package io.eventuali.http;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import java.util.List;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Switches off a check of Quarkus, which answers targets such as {@code ?eventType=a|b} with a bare 400 before any handler sees them;
 * {@link EarlyRefusals} takes them or refuses them with a document. The switch is a system property that is read once, before there
 * are beans; a source of configuration, though it has no settings, comes early enough.
 */
public final class TargetCheckSwitch implements ConfigSourceFactory {
    private static final String PROPERTY = "vertx.disableURIValidation";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, "true");
        }
        return List.of();
    }
}
