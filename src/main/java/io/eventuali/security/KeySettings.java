package io.eventuali.security;

import io.eventuali.event.InvalidEventException;
import io.eventuali.stream.NamePattern;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads keys out of configuration or out of a file, and says of a wrong one where it is and what it should be. */
final class KeySettings {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}");
    private static final String NEVER = "never";
    private static final Set<String> FIELDS =
            Set.of("sha256", "roles", "aggregate-types", "event-types", "projections", "until");

    private final String place;

    private KeySettings(String place) {
        this.place = place;
    }

    /** A key of the configuration. */
    static ApiKey of(String name, SecurityConfig.Key key) {
        return new KeySettings("eventuali.security.keys." + name)
                .key(
                        name,
                        key.sha256().names(),
                        key.roles().names(),
                        key.aggregateTypes().names(),
                        key.eventTypes().names(),
                        key.projections().ifSet(),
                        Optional.of(key.until()));
    }

    /** The keys of a file: its properties are those of the configuration, without what they all begin with. */
    static List<ApiKey> of(String file, Properties properties) {
        Set<String> names = new TreeSet<>();
        for (String property : properties.stringPropertyNames()) {
            int dot = property.indexOf('.');
            if (dot < 1 || !FIELDS.contains(property.substring(dot + 1))) {
                throw new ConfigurationException(
                        "%s: %s is not a setting; it should be <name>.<one of %s>".formatted(file, property, FIELDS));
            }
            names.add(property.substring(0, dot));
        }
        List<ApiKey> keys = new ArrayList<>();
        for (String name : names) {
            keys.add(new KeySettings(file + ": " + name)
                    .key(
                            name,
                            list(properties, name, "sha256").orElse(List.of()),
                            list(properties, name, "roles").orElse(List.of()),
                            list(properties, name, "aggregate-types").orElse(List.of("*")),
                            list(properties, name, "event-types").orElse(List.of("*")),
                            list(properties, name, "projections"),
                            Optional.ofNullable(properties.getProperty(name + ".until"))));
        }
        return keys;
    }

    private static Optional<List<String>> list(Properties properties, String name, String field) {
        return Optional.ofNullable(properties.getProperty(name + "." + field))
                .map(text -> NameList.of(text).names());
    }

    private ApiKey key(
            String name,
            List<String> hashes,
            List<String> roles,
            List<String> aggregateTypes,
            List<String> eventTypes,
            Optional<List<String>> projections,
            Optional<String> until) {
        require(NAME.matcher(name).matches(), "", "must have a name of 1 to 100 letters, digits, - or _");
        // Else a line of the audit log could not tell it from a service without security.
        require(
                !name.equals(Principal.ANONYMOUS.text()),
                "",
                "must have another name: this one stands for requests without security");
        require(!hashes.isEmpty(), "sha256", "must be set: the SHA-256 of the key, in hexadecimal");
        for (String hash : hashes) {
            require(
                    SHA256.matcher(hash).matches(),
                    "sha256",
                    "must be 64 hexadecimal digits: the SHA-256 of the key, not the key itself");
        }
        Set<Role> known = EnumSet.noneOf(Role.class);
        for (String role : roles) {
            known.add(Role.of(role)
                    .orElseThrow(() -> wrong("roles", "must be of publisher, subscriber, operator, admin")));
        }
        require(!known.isEmpty(), "roles", "must be set: some of publisher, subscriber, operator, admin");
        Grant events =
                new Grant(patterns("aggregate-types", aggregateTypes), patterns("event-types", eventTypes), List.of());
        List<NamePattern> readModels = projections
                .map(names -> patterns("projections", names))
                .orElseGet(() -> events.isUnrestricted() ? Grant.ALL.projections() : List.of());
        return new ApiKey(
                name,
                hashes.stream().map(hash -> hash.toLowerCase(Locale.ROOT)).toList(),
                known,
                new Grant(events.aggregateTypes(), events.eventTypes(), readModels),
                until.filter(text -> !text.equals(NEVER)).map(this::instant));
    }

    private List<NamePattern> patterns(String field, List<String> texts) {
        try {
            return texts.stream().map(NamePattern::of).toList();
        } catch (InvalidEventException invalid) {
            throw wrong(field, "has a pattern that " + invalid.rule());
        }
    }

    private Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text.trim()).toInstant();
        } catch (DateTimeException malformed) {
            throw wrong("until", "must be a time by RFC 3339, such as 2027-01-01T00:00:00Z, or never");
        }
    }

    private void require(boolean condition, String field, String rule) {
        if (!condition) {
            throw wrong(field, rule);
        }
    }

    private ConfigurationException wrong(String field, String rule) {
        return new ConfigurationException(place + (field.isEmpty() ? "" : "." + field) + " " + rule);
    }
}
