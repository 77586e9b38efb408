package io.eventuali.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.eventuali.consumer.ClaimRequest;
import io.eventuali.consumer.ConsumerReplay;
import io.eventuali.consumer.ConsumerSettings;
import io.eventuali.consumer.ConsumerSettings.OnPoison;
import io.eventuali.consumer.ConsumerSettings.Ordering;
import io.eventuali.consumer.Consumers.Start;
import io.eventuali.consumer.NewConsumer;
import io.eventuali.consumer.Settlement;
import io.eventuali.consumer.Settlement.Verb;
import io.eventuali.consumer.Token;
import io.eventuali.event.StreamId;
import io.eventuali.stream.EventFilter;
import io.eventuali.stream.NamePattern;
import io.eventuali.stream.StreamConfig;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the JSON bodies of requests about durable consumers. */
@Singleton
class ConsumerBody {
    private static final Set<String> SETTINGS =
            Set.of("filter", "start", "order", "maxInFlight", "ackTimeout", "retry", "onPoison");
    private static final Set<String> FILTER = Set.of("aggregateType", "aggregateId", "eventType");
    private static final Set<String> RETRY = Set.of("attempts", "first", "longest");
    private static final Set<String> CLAIM = Set.of("max", "wait", "leaseFor", "member");
    private static final Set<String> SETTLE = Set.of("acks", "retries", "parks", "extend");
    private static final Set<String> REPLAY = Set.of("from", "aggregateType", "aggregateId");
    private static final Pattern POSITION = Pattern.compile("[0-9]{1,18}");
    private static final Pattern MEMBER = Pattern.compile("[!-~]{0,100}");
    private static final Duration LONGEST_LEASE = Duration.ofHours(12);
    private static final Duration LONGEST_RETRY = Duration.ofDays(7);
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(30);
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(100);
    private static final int MAX_IN_FLIGHT = 10_000;
    private static final int MAX_ATTEMPTS = 1_000;
    private static final int MAX_REASON = 1_000;
    /** Events of one claim at most. */
    static final int MAX_CLAIM = 1_000;

    static final int DEFAULT_CLAIM = 10;

    private static final int MAX_SETTLED = 10_000;

    private final ObjectBody bodies;
    private final int maxFilterValues;

    ConsumerBody(ObjectBody bodies, StreamConfig config) {
        this.bodies = bodies;
        this.maxFilterValues = config.subscription().maxFilterValues();
    }

    NewConsumer put(byte[] body) {
        JsonNode json = bodies.object(body, SETTINGS);
        JsonNode filter = object(json, "filter", FILTER);
        JsonNode retry = object(json, "retry", RETRY);
        Ordering ordering = ObjectBody.text(json, "order")
                .map(text -> Ordering.of(text).orElseThrow(() -> Problems.invalid("order", "must be key, log or none")))
                .orElse(Ordering.KEY);
        OnPoison onPoison = ObjectBody.text(json, "onPoison")
                .map(text ->
                        OnPoison.of(text).orElseThrow(() -> Problems.invalid("onPoison", "must be park, skip or stop")))
                .orElse(ordering == Ordering.LOG ? OnPoison.STOP : OnPoison.PARK);
        if (ordering == Ordering.LOG && onPoison == OnPoison.PARK) {
            throw Problems.invalid(
                    "onPoison", "must be stop or skip where order is log: everything follows the event that is parked");
        }
        Duration first = duration(retry, "retry.", "first", Duration.ofSeconds(1), Duration.ZERO, LONGEST_RETRY);
        Duration longest = duration(retry, "retry.", "longest", Duration.ofMinutes(1), Duration.ZERO, LONGEST_RETRY);
        if (longest.compareTo(first) < 0) {
            longest = first;
        }
        return new NewConsumer(
                new ConsumerSettings(
                        new EventFilter(
                                patterns(filter, "aggregateType"),
                                patterns(filter, "aggregateId"),
                                patterns(filter, "eventType")),
                        ordering,
                        number(json, "", "maxInFlight", 1_000, MAX_IN_FLIGHT),
                        duration(json, "", "ackTimeout", Duration.ofSeconds(30), SHORTEST_LEASE, LONGEST_LEASE),
                        number(retry, "retry.", "attempts", 5, MAX_ATTEMPTS),
                        first,
                        longest,
                        onPoison),
                start(json.path("start"), "start"));
    }

    ConsumerReplay replay(byte[] body) {
        JsonNode json = bodies.object(body, REPLAY);
        Optional<String> type = ObjectBody.text(json, "aggregateType");
        Optional<String> id = ObjectBody.text(json, "aggregateId");
        boolean from = json.hasNonNull("from");
        if (from == (type.isPresent() || id.isPresent()) || type.isPresent() != id.isPresent()) {
            throw Problems.invalid("body", "must have from, or aggregateType and aggregateId");
        }
        return from
                ? new ConsumerReplay(Optional.of(start(json.get("from"), "from")), Optional.empty())
                : new ConsumerReplay(Optional.empty(), Optional.of(new StreamId(type.get(), id.get())));
    }

    private static Start start(JsonNode value, String field) {
        if (value.isMissingNode() || value.isNull()) {
            return new Start.At(0);
        }
        if (value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0) {
            return new Start.At(value.longValue());
        }
        String text = value.isTextual() ? value.textValue() : "";
        if (text.equals("start")) {
            return new Start.At(0);
        }
        if (text.equals("end")) {
            return new Start.End();
        }
        if (POSITION.matcher(text).matches()) {
            return new Start.At(Long.parseLong(text));
        }
        Optional<Instant> moment = Durations.moment(text);
        if (moment.isPresent()) {
            return new Start.Since(moment.get());
        }
        throw Problems.invalid(field, "must be start, end, a position (0 or more), or a time by RFC 3339");
    }

    ClaimRequest claim(byte[] body) {
        JsonNode json = bodies.object(body, CLAIM);
        String member = ObjectBody.text(json, "member").orElse("");
        requireMember(member);
        return new ClaimRequest(
                number(json, "", "max", DEFAULT_CLAIM, MAX_CLAIM),
                duration(json, "", "wait", Duration.ZERO, Duration.ZERO, LONGEST_PATIENCE),
                json.hasNonNull("leaseFor")
                        ? Optional.of(duration(json, "", "leaseFor", null, SHORTEST_LEASE, LONGEST_LEASE))
                        : Optional.empty(),
                member);
    }

    static void requireMember(String member) {
        if (!MEMBER.matcher(member).matches()) {
            throw Problems.invalid("member", "must be at most 100 printable ASCII characters without blanks");
        }
    }

    /** For how long events are handed out. */
    static Duration lease(String field, String text) {
        return duration(field, text, SHORTEST_LEASE, LONGEST_LEASE);
    }

    List<Settlement> settle(byte[] body) {
        JsonNode json = bodies.object(body, SETTLE);
        List<Settlement> settlements = new ArrayList<>();
        entries(
                json,
                "acks",
                Set.of("token"),
                (at, entry, token) -> settlements.add(new Settlement(token, Verb.ACK, Optional.empty(), "")));
        entries(
                json,
                "retries",
                Set.of("token", "after", "reason"),
                (at, entry, token) -> settlements.add(new Settlement(
                        token,
                        Verb.RETRY,
                        entry.hasNonNull("after")
                                ? Optional.of(duration(entry, at + ".", "after", null, Duration.ZERO, LONGEST_RETRY))
                                : Optional.empty(),
                        reason(entry, at))));
        entries(
                json,
                "parks",
                Set.of("token", "reason"),
                (at, entry, token) ->
                        settlements.add(new Settlement(token, Verb.PARK, Optional.empty(), reason(entry, at))));
        entries(
                json,
                "extend",
                Set.of("token", "leaseFor"),
                (at, entry, token) -> settlements.add(new Settlement(
                        token,
                        Verb.EXTEND,
                        Optional.of(duration(
                                entry, at + ".", "leaseFor", Duration.ofSeconds(30), SHORTEST_LEASE, LONGEST_LEASE)),
                        "")));
        if (settlements.isEmpty()) {
            throw Problems.invalid("body", "must have acks, retries, parks or extend");
        }
        if (settlements.size() > MAX_SETTLED) {
            throw Problems.invalid("body", "must settle at most " + MAX_SETTLED + " events");
        }
        Set<Long> positions = new HashSet<>();
        for (Settlement settlement : settlements) {
            if (!positions.add(settlement.token().position())) {
                throw Problems.invalid("body", "must name a token once");
            }
        }
        return settlements;
    }

    private interface Entry {
        void read(String at, JsonNode entry, Token token);
    }

    /** Each entry is a token, or an object that has one. */
    private static void entries(JsonNode json, String field, Set<String> members, Entry reader) {
        JsonNode entries = json.path(field);
        if (entries.isMissingNode() || entries.isNull()) {
            return;
        }
        if (!entries.isArray()) {
            throw Problems.invalid(field, "must be an array");
        }
        for (int i = 0; i < entries.size(); i++) {
            JsonNode entry = entries.get(i);
            String at = field + "[" + i + "]";
            if (entry.isObject()) {
                requireKnown(entry, at + ".", members);
            } else if (!entry.isTextual()) {
                throw Problems.invalid(at, "must be a token, or an object with one");
            }
            String text =
                    entry.isTextual() ? entry.textValue() : entry.path("token").asText("");
            Token token = Token.of(text)
                    .orElseThrow(() ->
                            Problems.invalid(entry.isTextual() ? at : at + ".token", "must be a token of a claim"));
            reader.read(at, entry, token);
        }
    }

    private static String reason(JsonNode entry, String at) {
        String reason = ObjectBody.text(entry, "reason").orElse("");
        if (reason.length() > MAX_REASON || reason.indexOf('\0') >= 0) {
            throw Problems.invalid(
                    at + ".reason", "must be at most " + MAX_REASON + " characters, and none of them NUL");
        }
        return reason;
    }

    private static JsonNode object(JsonNode json, String field, Set<String> members) {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return value;
        }
        if (!value.isObject()) {
            throw Problems.invalid(field, "must be an object");
        }
        requireKnown(value, field + ".", members);
        return value;
    }

    private static void requireKnown(JsonNode object, String prefix, Set<String> members) {
        object.fieldNames().forEachRemaining(member -> {
            if (!members.contains(member)) {
                throw Problems.invalid(Problems.shown(prefix + member), "is not a member here; known are " + members);
            }
        });
    }

    /** One pattern, or an array of them. */
    private List<NamePattern> patterns(JsonNode filter, String field) {
        JsonNode values = filter.path(field);
        if (values.isMissingNode() || values.isNull()) {
            return List.of();
        }
        List<JsonNode> all = new ArrayList<>();
        if (values.isArray()) {
            values.forEach(all::add);
        } else {
            all.add(values);
        }
        if (all.size() > maxFilterValues) {
            throw Problems.invalid("filter." + field, "must have at most " + maxFilterValues + " values");
        }
        return all.stream()
                .map(value -> {
                    if (!value.isTextual()) {
                        throw Problems.invalid("filter." + field, "must be a string, or an array of strings");
                    }
                    return NamePattern.of(value.textValue());
                })
                .toList();
    }

    private static int number(JsonNode json, String prefix, String field, int otherwise, int max) {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1 || value.intValue() > max) {
            throw Problems.invalid(prefix + field, "must be a number from 1 to " + max);
        }
        return value.intValue();
    }

    private static Duration duration(
            JsonNode json, String prefix, String field, Duration otherwise, Duration min, Duration max) {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        return duration(prefix + field, value.isTextual() ? value.textValue() : "", min, max);
    }

    private static Duration duration(String field, String text, Duration min, Duration max) {
        return Durations.of(text)
                .filter(read -> read.compareTo(min) >= 0 && read.compareTo(max) <= 0)
                .orElseThrow(() -> Problems.invalid(
                        field,
                        "must be a time such as 500ms or 30s, from " + Durations.text(min) + " to "
                                + Durations.text(max)));
    }
}
