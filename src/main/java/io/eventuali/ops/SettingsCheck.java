package io.eventuali.ops;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.SmallRyeConfig;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/**
 * Stops a start whose settings cannot work, before anything is opened or connected to. What it says is one line: the key, what is wrong
 * with it, and the remedy.
 */
@Singleton
class SettingsCheck {
    private static final int BEFORE_ALL_OTHERS = Interceptor.Priority.PLATFORM_BEFORE;
    /** Stands in a key for the name of a projection. */
    static final String NAME = "<name>";

    private static final Duration LONGEST_TICKET = Duration.ofSeconds(30);
    private static final String TOPIC = "it must be a topic's name: 1 to 249 of letters, digits, '.', '_' and '-'";
    private static final String TOPIC_FORM = "[A-Za-z0-9._-]{1,249}";
    private static final String NAMED = "it must have 1 to 200 characters, none of them blank";
    private static final String NAMED_FORM = "\\S{1,200}";
    private static final String PLACE = "it must be key, topic, text:…, header:NAME, value or value:/json/pointer";
    private static final String PLACE_FORM = "key|topic|text:.*|header:.+|value|value:|value:/.*";
    private static final String BROKERS = "[^\\s,]+:[0-9]{1,5}";

    private static final String POOL_SIZE = "quarkus.datasource.eventuali.reactive.max-size";
    private static final int FEWEST_CONNECTIONS = 4;

    static final List<Bound<?>> BOUNDS = List.of(
            Bound.number("eventuali.embedded-postgres.port", 0, 65_535),
            Bound.time("eventuali.database.start-timeout"),
            Bound.time("eventuali.database.snapshot-warning"),
            Bound.time("eventuali.database.connection.timeout", Duration.ofMillis(100), Duration.ofMinutes(1)),
            Bound.time("eventuali.database.connection.probe-interval", Duration.ofMillis(100), Duration.ofMinutes(1)),
            Bound.number("eventuali.store.limits.request-events", 1, 1_000_000),
            Bound.size("eventuali.store.limits.event-bytes"),
            Bound.size("eventuali.store.limits.request-bytes"),
            Bound.size("eventuali.http.body.budget"),
            Bound.size("eventuali.http.body.share"),
            Bound.size("eventuali.http.body.min-rate"),
            Bound.time("eventuali.http.body.rate-window"),
            Bound.time("eventuali.http.body.timeout"),
            Bound.number("eventuali.store.limits.name-length", 1, 300),
            Bound.number("eventuali.store.limits.json-depth", 1, 1_000),
            Bound.number("eventuali.store.append.queue-requests"),
            Bound.size("eventuali.store.append.queue-bytes"),
            Bound.number("eventuali.store.append.batch-events"),
            Bound.size("eventuali.store.append.batch-bytes"),
            Bound.time("eventuali.store.append.timeout"),
            Bound.time("eventuali.store.append.lock-timeout"),
            Bound.time("eventuali.store.append.retry-after"),
            Bound.number("eventuali.store.read.page-events"),
            Bound.size("eventuali.store.read.page-bytes"),
            Bound.number("eventuali.store.read.max-limit"),
            Bound.time("eventuali.store.read.poll-interval"),
            Bound.time("eventuali.store.read.timeout"),
            Bound.number("eventuali.streamer.capacity", 1, 1 << 24),
            Bound.size("eventuali.streamer.capacity-bytes"),
            Bound.size("eventuali.streamer.cache-bytes"),
            Bound.size("eventuali.streamer.shared-bytes"),
            Bound.size("eventuali.streamer.outgoing-bytes"),
            Bound.text(
                    "eventuali.verify.daily-at",
                    "([01]\\d|2[0-3]):[0-5]\\d",
                    "it must be a time of the day such as 03:00"),
            Bound.number("eventuali.subscription.max"),
            Bound.number("eventuali.subscription.max-per-principal"),
            Bound.number("eventuali.subscription.max-per-address"),
            Bound.number("eventuali.subscription.max-per-connection"),
            Bound.number("eventuali.subscription.max-filter-values"),
            Bound.number("eventuali.subscription.batch-events"),
            Bound.size("eventuali.subscription.batch-bytes"),
            Bound.time("eventuali.subscription.heartbeat"),
            Bound.number("eventuali.subscription.checkpoint-events"),
            Bound.number("eventuali.subscription.conflate-aggregates"),
            Bound.time("eventuali.subscription.stall-timeout"),
            Bound.time("eventuali.subscription.retry"),
            Bound.time("eventuali.subscription.removal-memory"),
            Bound.timeOrNone("eventuali.drain.window"),
            Bound.time("eventuali.ownership.duration"),
            Bound.time("eventuali.ownership.renew"),
            Bound.number("eventuali.projection.<name>.partitions", 1, 64),
            Bound.number("eventuali.projection.<name>.batch-events"),
            Bound.time("eventuali.projection.<name>.batch-time"),
            Bound.timeOrNone("eventuali.projection.<name>.checkpoint-interval"),
            Bound.number("eventuali.projection.<name>.retry.attempts", 0, Integer.MAX_VALUE),
            Bound.time("eventuali.projection.<name>.retry.delay"),
            Bound.time("eventuali.projection.<name>.retry.max-delay"),
            Bound.number("eventuali.projection.<name>.max-dead-letters", 0, Integer.MAX_VALUE),
            Bound.time("eventuali.projection.<name>.handler-timeout"),
            Bound.size("eventuali.projection.<name>.state-bytes"),
            Bound.size("eventuali.projection.<name>.cache-bytes"),
            Bound.size("eventuali.projection.<name>.snapshot-bytes"),
            Bound.number("eventuali.saga.concurrency"),
            Bound.time("eventuali.saga.poll"),
            Bound.time("eventuali.saga.step-timeout"),
            Bound.time("eventuali.saga.deadline"),
            Bound.time("eventuali.saga.retention"),
            Bound.number("eventuali.saga.retry.attempts", 0, Integer.MAX_VALUE),
            Bound.number("eventuali.saga.retry.compensation-attempts", 0, Integer.MAX_VALUE),
            Bound.time("eventuali.saga.retry.delay"),
            Bound.time("eventuali.saga.retry.max-delay"),
            Bound.time("eventuali.security.keys-reload", Duration.ofMillis(10), Duration.ofHours(1)),
            Bound.time("eventuali.security.ticket-lifetime", Duration.ofSeconds(1), LONGEST_TICKET),
            Bound.texts("eventuali.security.public-paths", "[/*].*", "each must begin with / or *"),
            Bound.texts("eventuali.security.application-paths", "[/*].*", "each must begin with / or *"),
            Bound.text("eventuali.security.oidc.aggregate-types-claim", "\\S+", "it must name a claim"),
            Bound.text("eventuali.security.oidc.event-types-claim", "\\S+", "it must name a claim"),
            Bound.text("eventuali.security.oidc.projections-claim", "\\S+", "it must name a claim"),
            Bound.time("eventuali.security.oidc.recheck", Duration.ofMillis(250), Duration.ofHours(1)),
            Bound.number("eventuali.security.rate-limit.requests-per-second", 0, Integer.MAX_VALUE),
            Bound.number("eventuali.security.rate-limit.burst"),
            Bound.number("eventuali.security.rate-limit.failures-per-second", 0, Integer.MAX_VALUE),
            Bound.text(
                    "eventuali.cloudevents.source", "\\S{1,300}", "it must be a URI reference of 1 to 300 characters"),
            Bound.texts("eventuali.kafka.bootstrap-servers", BROKERS, "each must be host:port"),
            Bound.time("eventuali.kafka.retry-delay"),
            Bound.time("eventuali.kafka.retry-max-delay"),
            Bound.text(
                    "eventuali.kafka.out.topic",
                    "([A-Za-z0-9._-]|\\{aggregateType\\}){1,249}",
                    TOPIC + ", or {aggregateType} among them"),
            Bound.text("eventuali.kafka.out.name", NAMED_FORM, NAMED),
            Bound.patterns("eventuali.kafka.out.aggregate-type"),
            Bound.patterns("eventuali.kafka.out.aggregate-id"),
            Bound.patterns("eventuali.kafka.out.event-type"),
            Bound.number("eventuali.kafka.out.batch-events", 1, 1_000_000),
            Bound.texts("eventuali.kafka.in.topics", TOPIC_FORM, TOPIC),
            Bound.text("eventuali.kafka.in.group", NAMED_FORM, NAMED),
            Bound.text("eventuali.kafka.in.fields.aggregate-type", PLACE_FORM, PLACE),
            Bound.text("eventuali.kafka.in.fields.aggregate-id", PLACE_FORM, PLACE),
            Bound.text("eventuali.kafka.in.fields.event-type", PLACE_FORM, PLACE),
            Bound.text("eventuali.kafka.in.fields.event-id", PLACE_FORM, PLACE),
            Bound.text("eventuali.kafka.in.fields.data", PLACE_FORM, PLACE),
            Bound.text("eventuali.kafka.in.fields.metadata", PLACE_FORM, PLACE),
            Bound.text(
                    "eventuali.kafka.in.dead-letter-topic",
                    "([A-Za-z0-9._-]|\\{topic\\}){1,249}",
                    TOPIC + ", or {topic} among them"),
            Bound.number("eventuali.kafka.in.batch-records", 1, 1_000_000),
            Bound.text("eventuali.kafka.tail.topic", TOPIC_FORM, TOPIC),
            Bound.time("eventuali.kafka.tail.gap-wait"),
            Bound.number("eventuali.kafka.tail.buffer-events"));

    /** First waits, which grow up to those whose keys end with {@code max-delay}. */
    private static final List<String> GROWING = List.of(
            "eventuali.kafka.retry-delay", "eventuali.saga.retry.delay", "eventuali.projection.<name>.retry.delay");

    private final SmallRyeConfig config;

    SettingsCheck(Config config) {
        this.config = config.unwrap(SmallRyeConfig.class);
    }

    void check(@Observes @Priority(BEFORE_ALL_OTHERS) StartupEvent starting) {
        wrong().or(() -> HttpPort.of(config).flatMap(HttpPort::complaint)).ifPresent(what -> {
            throw new ConfigurationException(what);
        });
    }

    /** What is wrong first; empty if everything can work. */
    Optional<String> wrong() {
        return unreadable()
                .or(() -> Stream.of(BOUNDS.stream().flatMap(this::outside), port(), contradictions(), shrinking())
                        .flatMap(all -> all)
                        .findFirst());
    }

    private Optional<String> unreadable() {
        return config.getOptionalValue(UnreadableSettings.PROBLEM, String.class);
    }

    private Stream<String> port() {
        return config
                .getOptionalValue("quarkus.http.port", Integer.class)
                .filter(port -> port < 0 || port > HttpPort.HIGHEST)
                .map(port -> "quarkus.http.port is %d; it must be from 0 to %d".formatted(port, HttpPort.HIGHEST))
                .stream();
    }

    private Stream<String> outside(Bound<?> bound) {
        return keys(bound.key()).flatMap(key -> bound.complaint(config, key).stream());
    }

    /** The key itself or, if it has a place for a name, all that are set. */
    private Stream<String> keys(String key) {
        int place = key.indexOf(NAME);
        if (place < 0) {
            return Stream.of(key);
        }
        String before = key.substring(0, place);
        String after = key.substring(place + NAME.length());
        return StreamSupport.stream(config.getPropertyNames().spliterator(), false)
                .filter(name -> name.startsWith(before)
                        && name.endsWith(after)
                        && name.length() > before.length() + after.length()
                        && !name.contains("*"));
    }

    private Stream<String> contradictions() {
        return Stream.of(
                        when(
                                config.getOptionalValue(POOL_SIZE, Integer.class)
                                        .filter(size -> size < FEWEST_CONNECTIONS)
                                        .isPresent(),
                                POOL_SIZE + " must be at least " + FEWEST_CONNECTIONS + ": one connection appends, one"
                                        + " listens, one is for leases, and one for all the rest; raise it"),
                        when(
                                isSet("eventuali.database.url") && isTrue("eventuali.embedded-postgres.enabled"),
                                "eventuali.database.url and eventuali.embedded-postgres.enabled=true exclude each"
                                        + " other; remove the one that is not meant"),
                        when(
                                bytes("eventuali.store.limits.event-bytes")
                                        > bytes("eventuali.store.limits.request-bytes"),
                                "eventuali.store.limits.event-bytes is more than eventuali.store.limits.request-bytes,"
                                        + " so such an event would never arrive; raise the latter or lower the former"),
                        when(
                                isTrue("eventuali.http.whole-server")
                                        && bytes("eventuali.store.limits.request-bytes")
                                                > bytes("quarkus.http.limits.max-body-size"),
                                "eventuali.store.limits.request-bytes is more than quarkus.http.limits.max-body-size,"
                                        + " which would cut such a request off; raise the latter or lower the former"),
                        when(
                                bytes("eventuali.store.limits.request-bytes") > bytes("eventuali.http.body.share"),
                                "eventuali.store.limits.request-bytes is more than eventuali.http.body.share, so such a"
                                        + " request would never be taken; raise the latter or lower the former"),
                        when(
                                bytes("eventuali.http.body.share") > bytes("eventuali.http.body.budget"),
                                "eventuali.http.body.share is more than eventuali.http.body.budget, of which it is a"
                                        + " part; raise the latter or lower the former"),
                        when(
                                time("eventuali.ownership.renew")
                                                .multipliedBy(4)
                                                .compareTo(time("eventuali.ownership.duration"))
                                        > 0,
                                "eventuali.ownership.renew is more than a quarter of eventuali.ownership.duration, so"
                                        + " leases would end while their owner lives; lower the former or raise the"
                                        + " latter"),
                        when(
                                time("eventuali.subscription.stall-timeout")
                                                .compareTo(time("quarkus.http.idle-timeout"))
                                        >= 0,
                                "eventuali.subscription.stall-timeout must be below quarkus.http.idle-timeout, which"
                                        + " would cut a stalled subscriber off first; raise the latter or lower the"
                                        + " former"))
                .flatMap(Optional::stream);
    }

    private Stream<String> shrinking() {
        return GROWING.stream().flatMap(this::keys).flatMap(first -> {
            String longest = first.replaceFirst("delay$", "max-delay");
            return when(
                    config.getOptionalValue(first, Duration.class)
                            .flatMap(least -> config.getOptionalValue(longest, Duration.class)
                                    .map(most -> least.compareTo(most) > 0))
                            .orElse(false),
                    "%s is more than %s, which is to be the longest such wait; lower the former or raise the latter"
                            .formatted(first, longest))
                    .stream();
        });
    }

    private static Optional<String> when(boolean wrong, String what) {
        return wrong ? Optional.of(what) : Optional.empty();
    }

    private boolean isSet(String key) {
        return config.getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent();
    }

    private boolean isTrue(String key) {
        return config.getOptionalValue(key, Boolean.class).orElse(false);
    }

    private long bytes(String key) {
        return config.getValue(key, MemorySize.class).asLongValue();
    }

    private Duration time(String key) {
        return config.getValue(key, Duration.class);
    }
}
