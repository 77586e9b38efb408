package io.eventuali.ops;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logmanager.LogContext;

/** Every key of the service and those of Quarkus that it documents, and which texts can be read as their values. */
final class KnownSettings {
    /** What all keys of the service begin with. */
    static final String PREFIX = "eventuali.";

    private static final DurationConverter DURATIONS = new DurationConverter();
    private static final MemorySizeConverter SIZES = new MemorySizeConverter();
    private static final List<String> TRUTHS =
            List.of("true", "false", "1", "0", "yes", "no", "y", "n", "on", "off", "t", "f");

    private static final Form FLAG = new Form(
            text -> require(TRUTHS.contains(text.toLowerCase(Locale.ROOT))), "false", "it must be true or false");
    private static final Form NUMBER = new Form(Integer::parseInt, "1", "it must be a whole number");
    private static final Form TIME = new Form(DURATIONS::convert, "1s", "it must be a time, such as 500ms, 10s or 5m");
    private static final Form SIZE = new Form(SIZES::convert, "1M", "it must be a size, such as 512K or 64M");
    private static final Form LEVEL =
            new Form(KnownSettings::readLevel, "INFO", "it must be a level, such as DEBUG, INFO, WARN, ERROR or OFF");
    private static final Form TEXT = new Form(text -> {}, "x", "it must not be empty");

    /** Choices of the service. */
    static final Map<String, Form> CHOICES = Map.ofEntries(
            Map.entry("eventuali.embedded-postgres.enabled", FLAG),
            Map.entry("eventuali.http.enabled", FLAG),
            Map.entry("eventuali.http.whole-server", FLAG),
            Map.entry("eventuali.projection.<name>.enabled", FLAG),
            Map.entry("eventuali.projection.<name>.on-poison", oneOf("stop", "park")),
            Map.entry("eventuali.security.enabled", FLAG),
            Map.entry("eventuali.security.oidc.grants-required", FLAG),
            Map.entry("eventuali.streamer.tail", oneOf("postgres", "kafka")),
            Map.entry("eventuali.kafka.out.format", oneOf("json", "cloudevents-structured", "cloudevents-binary")),
            Map.entry("eventuali.kafka.out.from", oneOf("start", "end")),
            Map.entry("eventuali.kafka.in.from", oneOf("start", "end")),
            Map.entry("eventuali.kafka.in.mapping", oneOf("cloudevents", "fields")));

    /** What is checked where it is read. */
    static final List<String> FREE = List.of(
            // Read by DatabaseUrlSource, which says what is wrong with it.
            "eventuali.database.url",
            "eventuali.embedded-postgres.directory",
            // Kafka's own settings, checked by its clients.
            "eventuali.kafka.client.<name>",
            // Checked by KeySettings and ApiKeys, as the keys of the file are.
            "eventuali.security.keys-file",
            "eventuali.security.keys.<name>.aggregate-types",
            "eventuali.security.keys.<name>.event-types",
            "eventuali.security.keys.<name>.projections",
            "eventuali.security.keys.<name>.roles",
            "eventuali.security.keys.<name>.sha256",
            "eventuali.security.keys.<name>.until");

    private static final Map<String, Form> QUARKUS = Map.ofEntries(
            Map.entry("quarkus.http.port", NUMBER),
            Map.entry("quarkus.http.ssl-port", NUMBER),
            Map.entry("quarkus.http.io-threads", NUMBER),
            Map.entry("quarkus.http.host-enabled", FLAG),
            Map.entry("quarkus.http.so-reuse-port", FLAG),
            Map.entry("quarkus.http.http2", FLAG),
            Map.entry("quarkus.http.cors.enabled", FLAG),
            Map.entry("quarkus.http.cors.access-control-max-age", TIME),
            Map.entry("quarkus.http.insecure-requests", oneOf("enabled", "redirect", "disabled")),
            Map.entry("quarkus.http.idle-timeout", TIME),
            Map.entry("quarkus.http.read-timeout", TIME),
            Map.entry("quarkus.http.limits.max-body-size", SIZE),
            Map.entry("quarkus.http.limits.max-header-size", SIZE),
            Map.entry("quarkus.http.limits.max-chunk-size", SIZE),
            Map.entry("quarkus.http.limits.max-connections", NUMBER),
            Map.entry("quarkus.http.proxy.proxy-address-forwarding", FLAG),
            Map.entry("quarkus.http.proxy.allow-forwarded", FLAG),
            Map.entry("quarkus.http.proxy.allow-x-forwarded", FLAG),
            Map.entry("quarkus.shutdown.delay", TIME),
            Map.entry("quarkus.shutdown.timeout", TIME),
            Map.entry("quarkus.datasource.eventuali.reactive.max-size", NUMBER),
            Map.entry("quarkus.datasource.eventuali.jdbc.max-size", NUMBER),
            Map.entry("quarkus.oidc.token.forced-jwk-refresh-interval", TIME),
            Map.entry("quarkus.oidc.connection-timeout", TIME),
            Map.entry("quarkus.otel.sdk.disabled", FLAG),
            Map.entry("quarkus.thread-pool.max-threads", NUMBER),
            Map.entry("quarkus.vertx.event-loops-pool-size", NUMBER),
            Map.entry("quarkus.log.level", LEVEL),
            Map.entry("quarkus.log.category.<name>.level", LEVEL),
            Map.entry("quarkus.log.console.level", LEVEL),
            Map.entry("quarkus.log.console.enabled", FLAG),
            Map.entry("quarkus.log.console.json.enabled", FLAG),
            Map.entry("quarkus.log.file.enabled", FLAG),
            Map.entry("quarkus.log.file.level", LEVEL));

    /** What may be set to nothing, and is then left out. */
    static final Set<String> OPTIONAL = Set.of(
            "eventuali.verify.daily-at",
            "eventuali.database.url",
            "eventuali.embedded-postgres.enabled",
            "eventuali.kafka.bootstrap-servers",
            "eventuali.kafka.client.<name>",
            "eventuali.kafka.in.topics",
            "eventuali.kafka.out.aggregate-id",
            "eventuali.kafka.out.aggregate-type",
            "eventuali.kafka.out.event-type",
            "eventuali.kafka.out.topic",
            "eventuali.kafka.tail.topic",
            "eventuali.projection.<name>.partitions",
            "eventuali.projection.<name>.on-poison",
            "eventuali.security.application-paths",
            "eventuali.security.enabled",
            "eventuali.security.keys-file",
            "eventuali.security.keys.<name>.aggregate-types",
            "eventuali.security.keys.<name>.event-types",
            "eventuali.security.keys.<name>.projections",
            "eventuali.security.keys.<name>.roles",
            "eventuali.security.keys.<name>.sha256",
            "eventuali.security.keys.<name>.until",
            "eventuali.security.rate-limit.burst",
            "eventuali.subscription.max-per-principal",
            "quarkus.http.read-timeout",
            "quarkus.http.io-threads",
            "quarkus.http.limits.max-body-size",
            "quarkus.http.limits.max-connections",
            "quarkus.http.cors.access-control-max-age",
            "quarkus.shutdown.timeout",
            "quarkus.shutdown.delay",
            "quarkus.thread-pool.max-threads",
            "quarkus.vertx.event-loops-pool-size",
            "quarkus.log.console.json.enabled");

    private static final Map<String, Form> PLAIN = new HashMap<>();
    private static final List<Named> NAMED = new ArrayList<>();

    static {
        SettingsCheck.BOUNDS.forEach(bound -> put(bound.key(), form(bound.type())));
        CHOICES.forEach(KnownSettings::put);
        FREE.forEach(key -> put(key, TEXT));
        QUARKUS.forEach(KnownSettings::put);
    }

    private KnownSettings() {}

    private static void put(String key, Form required) {
        Form form = OPTIONAL.contains(key) ? required.orNothing() : required;
        if (key.contains(SettingsCheck.NAME)) {
            String[] around = key.split(SettingsCheck.NAME, 2);
            NAMED.add(new Named(
                    around[0],
                    Pattern.compile(Pattern.quote(around[0])
                            // The last part of a name may be anything, as names of Kafka's settings are.
                            + (around[1].isEmpty() ? ".+" : "(\"[^\"]+\"|[^.\"]+)")
                            + Pattern.quote(around[1])),
                    form));
        } else {
            PLAIN.put(key, form);
        }
    }

    private static Form form(Class<?> type) {
        if (type == Integer.class) {
            return NUMBER;
        }
        if (type == Duration.class) {
            return TIME;
        }
        return type == MemorySize.class ? SIZE : TEXT;
    }

    private static Form oneOf(String... words) {
        return new Form(
                text -> require(Arrays.asList(words)
                        .contains(text.toLowerCase(Locale.ROOT).replace('_', '-'))),
                words[0],
                "it must be "
                        + Stream.of(words).limit(words.length - 1L).collect(Collectors.joining(", "))
                        + " or " + words[words.length - 1]);
    }

    private static void readLevel(String text) {
        try {
            LogContext.getLogContext().getLevelForName(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            Level.parse(text.toUpperCase(Locale.ROOT));
        }
    }

    private static void require(boolean readable) {
        if (!readable) {
            throw new IllegalArgumentException();
        }
    }

    /** How the values of a key look; empty if there is no such key. */
    static Optional<Form> of(String key) {
        int index = key.endsWith("]") ? key.lastIndexOf('[') : -1;
        String name = index < 0 ? key : key.substring(0, index);
        Form form = PLAIN.get(name);
        return form != null
                ? Optional.of(form)
                : NAMED.stream()
                        .filter(named -> name.startsWith(named.start())
                                && named.pattern().matcher(name).matches())
                        .map(Named::form)
                        .findFirst();
    }

    private record Named(String start, Pattern pattern, Form form) {}

    /**
     * How the values of a key look.
     *
     * @param reader fails with any exception at a text that is none
     * @param substitute a text that can be read
     * @param remedy what it has to be, for somebody who gave another one
     * @param nothing whether it may be empty
     */
    record Form(Consumer<String> reader, String substitute, String remedy, boolean nothing) {
        private Form(Consumer<String> reader, String substitute, String remedy) {
            this(reader, substitute, remedy, false);
        }

        boolean reads(String text) {
            return text.isEmpty() ? nothing : isRead(text);
        }

        private Form orNothing() {
            return new Form(reader, substitute, remedy, true);
        }

        private boolean isRead(String text) {
            try {
                reader.accept(text.trim());
                return true;
            } catch (RuntimeException unreadable) {
                return false;
            }
        }
    }
}
