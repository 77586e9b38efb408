package io.eventuali.http;

import io.eventuali.event.Names;
import io.eventuali.stream.SubscriptionBuilder;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The parameters of a request, read strictly: one that is not known is refused, because a mistyped filter that is ignored
 * would show its reader everything.
 */
public final class QueryParameters {
    /** For {@link #skipsDamage}. */
    public static final String ON_DAMAGE = "onDamage";

    private static final Pattern POSITION = Pattern.compile("0|[1-9][0-9]{0,17}");
    /** What lets a browser in; it was looked at before. */
    private static final String TICKET = "ticket";

    private final MultivaluedMap<String, String> values;

    /** @param known names that are allowed */
    public QueryParameters(UriInfo uri, Set<String> known) {
        this.values = uri.getQueryParameters();
        for (String name : values.keySet()) {
            if (!known.contains(name) && !isTicketOfStream(uri, name)) {
                throw Problems.invalid(
                        Problems.shown(name), "is not a parameter here; known are " + new TreeSet<>(known));
            }
        }
    }

    /** Refuses any parameter, for an operation that has none. */
    public static void none(UriInfo uri) {
        new QueryParameters(uri, Set.of());
    }

    private static boolean isTicketOfStream(UriInfo uri, String name) {
        return name.equals(TICKET) && uri.getPath().endsWith("/stream");
    }

    /** All values of a parameter. */
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** The one value of a parameter; an empty one counts as absent. */
    public Optional<String> one(String name) {
        List<String> all = all(name);
        if (all.size() > 1) {
            throw Problems.invalid(name, "must occur once");
        }
        return all.stream().filter(value -> !value.isEmpty()).findFirst();
    }

    /** A name, or the beginning of one. */
    Optional<String> name(String field) {
        return one(field).map(name -> Names.check(field, name));
    }

    /** A global or stream position. */
    public Optional<Long> position(String name) {
        return one(name).map(value -> position(name, value));
    }

    /** Reads a position. */
    public static long position(String field, String value) {
        if (!POSITION.matcher(value).matches()) {
            throw Problems.invalid(field, "must be a position: a decimal number, 0 or more");
        }
        return Long.parseLong(value);
    }

    /** A number within bounds. */
    public int number(String name, int otherwise, int max) {
        return one(name)
                .map(value -> {
                    long number = POSITION.matcher(value).matches() ? Long.parseLong(value) : 0;
                    if (number < 1 || number > max) {
                        throw Problems.invalid(name, "must be a number from 1 to " + max);
                    }
                    return (int) number;
                })
                .orElse(otherwise);
    }

    /** What to do where the log cannot be read: whether to go on behind it, or to end there. */
    public boolean skipsDamage() {
        String onDamage = one(ON_DAMAGE).orElse("close");
        if (!onDamage.equals("skip") && !onDamage.equals("close")) {
            throw Problems.invalid(ON_DAMAGE, "must be skip or close");
        }
        return onDamage.equals("skip");
    }

    /** A point in time (RFC 3339). */
    public Optional<Instant> timestamp(String name) {
        return one(name).map(value -> Durations.moment(value)
                .orElseThrow(() -> Problems.invalid(name, "must be a time by RFC 3339, such as 2026-11-23T10:00:00Z")));
    }

    /** A length of time such as {@code 500ms} or {@code 2s}, within a bound. */
    Duration duration(String name, Duration otherwise, Duration max) {
        return one(name)
                .map(value -> Durations.of(value)
                        .filter(duration -> duration.compareTo(max) <= 0)
                        .orElseThrow(() -> Problems.invalid(
                                name, "must be a time such as 500ms or 2s, at most " + max.toSeconds() + "s")))
                .orElse(otherwise);
    }

    /** A yes or no. */
    public boolean flag(String name) {
        return one(name)
                .map(value -> switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw Problems.invalid(name, "must be true or false");
                })
                .orElse(false);
    }

    /** The filters of a request. */
    public void filters(SubscriptionBuilder subscription, int maxValues) {
        List<String> types = all("aggregateType");
        List<String> ids = all("aggregateId");
        List<String> eventTypes = all("eventType");
        if (types.size() + ids.size() + eventTypes.size() > maxValues) {
            throw Problems.invalid("filter", "must have at most " + maxValues + " values in all");
        }
        subscription
                .filterByAggregateType(types.toArray(String[]::new))
                .filterByAggregateId(ids.toArray(String[]::new))
                .filterByEventType(eventTypes.toArray(String[]::new));
    }
}
