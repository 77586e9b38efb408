package io.eventuali.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Who may do and see what. */
@ConfigMapping(prefix = "eventuali.security")
public interface SecurityConfig {
    /** Whether requests need credentials. Without a word: not in dev mode and tests, and everywhere else. */
    Optional<Boolean> enabled();

    /** Keys of clients, by a name for each. */
    Map<String, Key> keys();

    /** A file with more keys: properties such as {@code orders.sha256=…}; read anew when it changes. */
    Optional<Path> keysFile();

    /** How often to look whether that file has changed; 10 ms to 1 h. What it takes away has an end within that time and a quarter of a second. */
    @WithDefault("250ms")
    Duration keysReload();

    /** Paths that need no credentials, with {@code *} for any run of characters. */
    @WithDefault("/q/health,/q/health/*")
    List<String> publicPaths();

    /** Paths of the application that embeds Eventuali, which it protects itself. */
    Optional<List<String>> applicationPaths();

    /** How long a ticket is good; 1 to 30 s. */
    @WithDefault("30s")
    Duration ticketLifetime();

    /** Tokens of an OpenID Connect provider. */
    Oidc oidc();

    /** How much one principal, or one address without good credentials, may ask of one replica. */
    RateLimit rateLimit();

    /** A client's key. */
    interface Key {
        /** SHA-256 of the key, in hexadecimal; several are all good. */
        @WithConverter(NameList.Reader.class)
        NameList sha256();

        /** What the client may do: publisher, subscriber, operator, admin. */
        @WithConverter(NameList.Reader.class)
        NameList roles();

        /** Aggregate types it may see or append to; {@code *} for any run of characters. */
        @WithDefault("*")
        @WithConverter(NameList.Reader.class)
        NameList aggregateTypes();

        /** Event types it may see or append. */
        @WithDefault("*")
        @WithConverter(NameList.Reader.class)
        NameList eventTypes();

        /** Projections it may read; all, unless its events are restricted, then none. */
        @WithDefault(NameList.UNSET)
        @WithConverter(NameList.Reader.class)
        NameList projections();

        /** When the key ends, by RFC 3339, or {@code never}. */
        @WithDefault("never")
        @WithConverter(NameList.TextReader.class)
        String until();
    }

    /** Tokens of an OpenID Connect provider. */
    interface Oidc {
        /** The claim that lists aggregate types; {@code /} leads into an object. */
        @WithDefault("eventuali_aggregate_types")
        String aggregateTypesClaim();

        /** The claim that lists event types. */
        @WithDefault("eventuali_event_types")
        String eventTypesClaim();

        /** The claim that lists projections. */
        @WithDefault("eventuali_projections")
        String projectionsClaim();

        /** Whether a token without those claims is granted nothing, rather than everything that its roles allow. */
        @WithDefault("false")
        boolean grantsRequired();

        /**
         * How often the provider is asked again about the token of an open stream, export or wait, if it was asked about it at the beginning;
         * 250 ms to 1 h. Each costs a request to the provider.
         */
        @WithDefault("5s")
        Duration recheck();
    }

    /** How much one principal, or one address without good credentials, may ask of one replica. */
    interface RateLimit {
        /** Requests a second; 0 for no limit. A stream counts once, when it is opened. */
        @WithDefault("1000")
        long requestsPerSecond();

        /** Requests that may come at once; twice the requests of a second when not set. */
        OptionalLong burst();

        /** Bad keys, tokens and tickets that one address may send a second, and ten times as many at once; 0 for no limit. */
        @WithDefault("50")
        long failuresPerSecond();
    }
}
