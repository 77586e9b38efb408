package io.eventuali.store.postgres;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.postgresql.PGProperty;

/**
 * Turns {@code eventuali.database.url} into the settings of both data sources, or, where nothing is configured, points them
 * at the embedded PostgreSQL. An explicit Quarkus property in the environment or on the command line still wins.
 */
public final class DatabaseUrlSource implements ConfigSourceFactory {
    /** Name of the configuration source that points at the embedded PostgreSQL. */
    static final String EMBEDDED = "PropertiesConfigSource[source=eventuali.embedded-postgres]";

    static final String REACTIVE_URL = "quarkus.datasource.eventuali.reactive.url";

    /** What is wrong with the URL. Here it could only be thrown while there is no log yet; {@link Database} says it. */
    static final String PROBLEM = "io.eventuali.database-problem";

    private static final String URL = "eventuali.database.url";
    private static final String JDBC_URL = "quarkus.datasource.eventuali.jdbc.url";
    private static final String JDBC_PREFIX = "jdbc:";
    /** Above application.properties (250), below environment variables (300). */
    private static final int ORDINAL = 275;
    /** Ordinal of microprofile-config.properties. */
    private static final int LOWEST_CONFIGURED = 100;

    /** A host may have an underscore, as the services of container engines do, which is no host of a {@link java.net.URI}. */
    private static final Pattern FORM = Pattern.compile("postgres(?:ql)?://"
            + "(?:(?<user>[^:@/?#\\s]*)(?::(?<password>[^:@/?#\\s]*))?@)?"
            + "(?<host>\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~-]*)(?::(?<port>[0-9]*))?"
            + "/(?<database>[^/?#\\s]*)(?:\\?(?<options>[^#\\s]*))?");

    /** Options of the server under the names that the JDBC driver has for them. */
    private static final Map<String, String> JDBC_NAMES =
            Map.of("search_path", "currentSchema", "application_name", "ApplicationName");

    private static final Map<String, String> SERVER_NAMES =
            Map.of("currentSchema", "search_path", "ApplicationName", "application_name");

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

    /** @throws IllegalArgumentException if the URL cannot be used; its message does not show the password */
    static Map<String, String> fromUrl(String url) {
        Matcher parts = FORM.matcher(url);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    URL + " must have the form postgresql://user:password@host:port/database?sslmode=…; special"
                            + " characters are percent-encoded");
        }
        Map<String, String> options = options(parts.group("options"));
        String host = firstOf(options.remove("host"), decode(parts.group("host")));
        String port = firstOf(options.remove("port"), given(parts.group("port")));
        String database = firstOf(options.remove("dbname"), decode(parts.group("database")));
        if (host == null || database == null || port != null && !isPort(port)) {
            throw new IllegalArgumentException(URL + " must name one host, a port from 1 to 65535, and a database");
        }
        Map<String, String> settings = new HashMap<>();
        putIfGiven(
                settings,
                "quarkus.datasource.eventuali.username",
                firstOf(options.remove("user"), decode(parts.group("user"))));
        putIfGiven(
                settings,
                "quarkus.datasource.eventuali.password",
                firstOf(options.remove("password"), decode(parts.group("password"))));
        String server = "postgresql://" + encode(host) + (port == null ? "" : ":" + port) + "/" + encode(database);
        String mode = options.getOrDefault("sslmode", "prefer");
        settings.put(JDBC_URL, JDBC_PREFIX + server + query(jdbcOptions(options)));
        settings.put(REACTIVE_URL, server + query(reactiveOptions(options, mode)));
        if (options.containsKey("sslrootcert")) {
            settings.put("quarkus.datasource.eventuali.reactive.trust-certificate-pem", "true");
            settings.put(
                    "quarkus.datasource.eventuali.reactive.trust-certificate-pem.certs", options.get("sslrootcert"));
        } else if (!mode.startsWith("verify-")) {
            // As libpq defines these modes: encrypt, but believe any certificate.
            settings.put("quarkus.datasource.eventuali.reactive.trust-all", "true");
        }
        if ("verify-full".equals(mode)) {
            settings.put("quarkus.datasource.eventuali.reactive.hostname-verification-algorithm", "HTTPS");
        }
        return settings;
    }

    /** As the JDBC driver names them. What it does not know is a setting of the server, such as {@code statement_timeout}. */
    private static Map<String, String> jdbcOptions(Map<String, String> options) {
        Map<String, String> jdbc = new TreeMap<>();
        List<String> server = new ArrayList<>();
        options.forEach((name, value) -> {
            String known = JDBC_NAMES.getOrDefault(name, name);
            if (name.equals("options")) {
                server.add(value);
            } else if (isJdbcName(known)) {
                jdbc.put(known, value);
            } else {
                server.add("-c " + name + "=" + value.replace("\\", "\\\\").replace(" ", "\\ "));
            }
        });
        if (!server.isEmpty()) {
            jdbc.put("options", String.join(" ", server));
        }
        return jdbc;
    }

    /** The reactive client takes {@code sslmode}; it hands everything else to the server, which refuses names of the JDBC driver. */
    private static Map<String, String> reactiveOptions(Map<String, String> options, String mode) {
        Map<String, String> reactive = new TreeMap<>();
        options.forEach((name, value) -> {
            String known = SERVER_NAMES.getOrDefault(name, name);
            if (!isJdbcName(known) || known.equals("options")) {
                reactive.put(known, value);
            }
        });
        if (!reactive.isEmpty()) {
            // The client leaves its own defaults out as soon as one is given.
            reactive.putIfAbsent("client_encoding", "utf8");
            reactive.putIfAbsent("DateStyle", "ISO");
        }
        reactive.put("sslmode", mode);
        return reactive;
    }

    private static boolean isJdbcName(String name) {
        return PGProperty.forName(name) != null;
    }

    private static Map<String, String> options(String query) {
        Map<String, String> options = new TreeMap<>();
        if (query != null && !query.isEmpty()) {
            for (String pair : query.split("&")) {
                int equals = pair.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException(URL + " must have options of the form name=value after its ?");
                }
                options.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return options;
    }

    private static String query(Map<String, String> options) {
        return options.isEmpty()
                ? ""
                : options.entrySet().stream()
                        .map(option -> encode(option.getKey()) + "=" + encode(option.getValue()))
                        .collect(Collectors.joining("&", "?", ""));
    }

    private static boolean isPort(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= 65_535;
    }

    private static void putIfGiven(Map<String, String> settings, String key, String value) {
        if (value != null) {
            settings.put(key, value);
        }
    }

    private static String firstOf(String first, String second) {
        return first != null ? first : second;
    }

    private static String given(String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static String decode(String text) {
        if (given(text) == null) {
            return null;
        }
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            // Its message would show the password.
            throw new IllegalArgumentException(URL + " has a % that is not followed by two hexadecimal digits");
        }
    }

    private static String encode(String text) {
        // The brackets around an address of IP version 6 belong to the URL.
        return text.startsWith("[")
                ? text
                : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
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
                "quarkus.datasource.eventuali.username",
                "postgres",
                "quarkus.datasource.eventuali.password",
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
