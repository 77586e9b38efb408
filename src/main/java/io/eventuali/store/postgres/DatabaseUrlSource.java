package io.eventuali.store.postgres;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Turns {@code eventuali.database.url} into the settings of both data sources, or, where nothing is configured, points them
 * at the embedded PostgreSQL. An explicit Quarkus property in the environment or on the command line still wins.
 */
public final class DatabaseUrlSource implements ConfigSourceFactory {
    /** Name of the configuration source that points at the embedded PostgreSQL. */
    static final String EMBEDDED = "PropertiesConfigSource[source=eventuali.embedded-postgres]";

    static final String REACTIVE_URL = "quarkus.datasource.reactive.url";

    /** What is wrong with the URL. Here it could only be thrown while there is no log yet; {@link Database} says it. */
    static final String PROBLEM = "io.eventuali.database-problem";

    private static final String URL = "eventuali.database.url";
    private static final String JDBC_URL = "quarkus.datasource.jdbc.url";
    private static final String JDBC_PREFIX = "jdbc:";
    /** Above application.properties (250), below environment variables (300). */
    private static final int ORDINAL = 275;
    /** Ordinal of microprofile-config.properties. */
    private static final int LOWEST_CONFIGURED = 100;

    private static final String CHOSEN_PORT = "io.eventuali.embedded-postgres-port";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Map<String, String> settings;
        try {
            settings = configured(context);
        } catch (IllegalArgumentException wrong) {
            Map<String, String> nowhere = new HashMap<>(embedded(context));
            nowhere.put(PROBLEM, wrong.getMessage());
            return List.of(new PropertiesConfigSource(nowhere, URL, ORDINAL));
        }
        return List.of(
                settings == null
                        ? new PropertiesConfigSource(embedded(context), "eventuali.embedded-postgres", ORDINAL)
                        : new PropertiesConfigSource(settings, URL, ORDINAL));
    }

    @Override
    public OptionalInt getPriority() {
        return OptionalInt.of(ORDINAL);
    }

    /** Null if no database is configured. */
    private static Map<String, String> configured(ConfigSourceContext context) {
        String url = value(context, URL);
        String reactive = value(context, REACTIVE_URL);
        String jdbc = value(context, JDBC_URL);
        if (url != null) {
            return fromUrl(url);
        }
        if (reactive != null && jdbc == null) {
            return Map.of(JDBC_URL, JDBC_PREFIX + reactive.replaceFirst("^vertx-reactive:", ""));
        }
        if (jdbc != null && reactive == null) {
            return Map.of(REACTIVE_URL, jdbc.substring(JDBC_PREFIX.length()));
        }
        return jdbc != null ? Map.of() : null;
    }

    private static String value(ConfigSourceContext context, String name) {
        ConfigValue value = context.getValue(name);
        // What a build saw here is recorded far below everything a user can set, and is no configuration.
        boolean absent =
                value == null || value.getValue() == null || value.getValue().isBlank();
        return absent || value.getConfigSourceOrdinal() < LOWEST_CONFIGURED ? null : value.getValue();
    }

    static Map<String, String> fromUrl(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException malformed) {
            // Its message would show the password.
            throw new IllegalArgumentException(URL + " is not a URL; special characters in it must be percent-encoded");
        }
        if (!Set.of("postgresql", "postgres").contains(String.valueOf(uri.getScheme()))
                || uri.getHost() == null
                || uri.getPath() == null
                || uri.getPath().length() < 2) {
            throw new IllegalArgumentException(
                    URL + " must have the form postgresql://user:password@host:port/database?sslmode=…");
        }
        Map<String, String> settings = new HashMap<>();
        if (uri.getRawUserInfo() != null) {
            String[] user = uri.getRawUserInfo().split(":", 2);
            settings.put("quarkus.datasource.username", decode(user[0]));
            if (user.length == 2) {
                settings.put("quarkus.datasource.password", decode(user[1]));
            }
        }
        String server =
                "postgresql://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + uri.getRawPath();
        Map<String, String> options = uri.getRawQuery() == null
                ? Map.of()
                : Arrays.stream(uri.getRawQuery().split("&"))
                        .map(pair -> pair.split("=", 2))
                        .filter(pair -> pair.length == 2)
                        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (first, second) -> second));
        settings.put(JDBC_URL, JDBC_PREFIX + server + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()));
        String mode = options.getOrDefault("sslmode", "prefer");
        settings.put(REACTIVE_URL, server + "?sslmode=" + mode);
        if (options.containsKey("sslrootcert")) {
            settings.put("quarkus.datasource.reactive.trust-certificate-pem", "true");
            settings.put("quarkus.datasource.reactive.trust-certificate-pem.certs", decode(options.get("sslrootcert")));
        } else if (!mode.startsWith("verify-")) {
            // As libpq defines these modes: encrypt, but believe any certificate.
            settings.put("quarkus.datasource.reactive.trust-all", "true");
        }
        if ("verify-full".equals(mode)) {
            settings.put("quarkus.datasource.reactive.hostname-verification-algorithm", "HTTPS");
        }
        return settings;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static Map<String, String> embedded(ConfigSourceContext context) {
        String port = value(context, "eventuali.embedded-postgres.port");
        if (port == null || port.equals("0")) {
            port = chosenPort();
        }
        String server = "postgresql://localhost:" + port + "/postgres";
        return Map.of(
                REACTIVE_URL,
                server,
                JDBC_URL,
                JDBC_PREFIX + server,
                "quarkus.datasource.username",
                "postgres",
                "quarkus.datasource.password",
                "postgres");
    }

    /** A system property, because configuration is read by several class loaders of one process, which must agree. */
    private static synchronized String chosenPort() {
        String chosen = System.getProperty(CHOSEN_PORT);
        if (chosen == null) {
            try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                chosen = Integer.toString(probe.getLocalPort());
            } catch (IOException noPort) {
                throw new UncheckedIOException(noPort);
            }
            System.setProperty(CHOSEN_PORT, chosen);
        }
        return chosen;
    }
}
